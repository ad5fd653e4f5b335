import type { DockerEngine } from './docker/docker-engine.ts'
import type { Lifeline } from './process/lifeline.ts'
import { ProvisionError, type ProvisionErrorCode } from './provision-error.ts'
import type { Attempt, Missing } from './way.ts'

/** What every way to a server is handed to work with. */
export interface ProvisionDependencies {
  readonly brokers: 1 | 3
  readonly kafkaSettings: Record<string, string>
  /** As ProvisionOptions has it. */
  readonly light: boolean
  readonly progress: (message: string) => void
  /** Where processes keep their data; absolute. */
  readonly folder: string
  /** Where their logs go, and stay; beside their data without it. */
  readonly logs: string | undefined
  /** Whether the data, and what lies beside it, stay at the end. */
  readonly keepsData: boolean
  /** The name of this provision, on its containers. */
  readonly session: string
  readonly lifeline: Lifeline
  /** The Docker engine, looked for at the first call only. */
  readonly docker: () => Promise<DockerEngine | Missing>
}

const PORT_TRIES = 3

/** Tries again, with other ports, when another program took a port between its choice and its use. */
async function withOtherPorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      const isTaken = error instanceof ProvisionError && error.code === 'PROVISION_PORT_TAKEN'
      if (!isTaken || attempt === PORT_TRIES) throw error
    }
  }
}

/** Starts a server; what the provision itself reports as an error is the reason why this way does not lead there. */
export async function attemptStart<T>(how: string, start: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { server: await withOtherPorts(start), how }
  } catch (error) {
    if (!(error instanceof ProvisionError) || error.code === 'PROVISION_SETTING') throw error
    return failed(error)
  }
}

/** A way that was there, and failed: what would lead to another server is no way out of that. */
export function failed(error: ProvisionError): Missing {
  const { message: missing, code } = error
  if (code === 'PROVISION_NOTHING_FOUND') return { missing }
  return { missing, failure: error, wayOut: wayOutOf(code) }
}

function wayOutOf(code: Exclude<ProvisionErrorCode, 'PROVISION_NOTHING_FOUND'>): string {
  switch (code) {
    case 'PROVISION_TOO_SLOW':
      return 'give it more time (START_LIMIT=10m)'
    case 'PROVISION_FETCH_FAILED':
      return 'look at the network, and at its proxy, for the download'
    case 'PROVISION_PORT_TAKEN':
      return 'try again, which takes other ports'
    case 'PROVISION_START_FAILED':
    case 'PROVISION_UNREACHABLE':
    case 'PROVISION_SETTING':
    case 'PROVISION_NOT_POSSIBLE':
      return 'put right what is said above'
  }
}

/** Starts a server by the Docker engine. A reason other than a missing engine is reported at once. */
export async function attemptByDocker<T>(
  dependencies: ProvisionDependencies,
  how: string,
  start: (engine: DockerEngine) => Promise<T>,
): Promise<Attempt<T>> {
  const engine = await dependencies.docker()
  if ('missing' in engine) return engine
  dependencies.lifeline.removeContainers(dependencies.session)
  const attempt = await attemptStart(how, () => start(engine))
  if ('missing' in attempt) dependencies.progress(`not by Docker: ${attempt.missing}`)
  return attempt
}
