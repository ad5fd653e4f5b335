import { runCommand } from '@payout/cli/terminal/command-line'
import { ProvisionError } from '@payout/sandbox/provision/provision-error'
import { ProgramStartError } from './system/supervisor.ts'

/** What `--help` says about the limits of what is started. */
export const startLimitHelp = `START_LIMIT in the environment (3m; 90s, 10m) is how long each server and service may take until it is ready: raise it on a slow machine.
DOCKER_LIMIT (5s) is how long a Docker engine may take to answer. CONNECT_LIMIT (5s) is how long a server that KAFKA_BROKERS or REDIS_URL names may take to take a connection.`

/** Does what the command line of this process says, and ends the process with the exit code. */
export function runDemoCommand(command: Parameters<typeof runCommand>[0]): Promise<void> {
  return runCommand(command, isSettingFault)
}

/** Whether a server or a service did not start because a setting is wrong: trying once more would not help. */
function isSettingFault(error: unknown): boolean {
  if (error instanceof ProvisionError) return error.code === 'PROVISION_SETTING'
  return error instanceof ProgramStartError && error.isConfiguration
}
