import type { RunningSystem } from './running-system.ts'

/** What `--help` of every command says about where it looks. */
export const systemHelp = `
The system is the one that the environment names, as for the services: KAFKA_BROKERS, REDIS_URL, NAMESPACE and PARTNERS_FILE, and KAFKA_TLS…,
KAFKA_SASL…, REDIS_TLS… where they are needed. Where the services have a SCHEMA_REGISTRY_URL, the commands need it too; it may take REGISTRY_LIMIT (10s) to answer.
Where none is named, it is the system that runs on this machine, as .local/up.json says (UP_FILE names another file).`

/**
 * The system that a command talks to. The clients of Kafka and Redis and the settings are loaded here and not before:
 * so `--help` and a wrong command line answer at once.
 * @throws NoSystemError where none is up and none is named
 */
export async function runningSystem(): Promise<RunningSystem> {
  const { RunningSystem } = await import('./running-system.ts')
  return new RunningSystem()
}
