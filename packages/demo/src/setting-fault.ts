import { ProvisionError } from '@payout/sandbox/provision/provision-error'
import { ProgramStartError } from './system/supervisor.ts'

/** Whether a server or a service did not start because a setting is wrong: trying once more would not help. */
export function isSettingFault(error: unknown): boolean {
  if (error instanceof ProvisionError) return error.code === 'PROVISION_SETTING'
  return error instanceof ProgramStartError && error.isConfiguration
}
