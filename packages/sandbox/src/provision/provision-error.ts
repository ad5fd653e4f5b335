import { PipelineError } from '@payout/schemas/error'

/** What can go wrong with the provision of Kafka and Redis; the caller tells them apart by `code`. */
export type ProvisionErrorCode =
  /** Nothing on this machine can run it; the message lists what is missing and the ways out. */
  | 'PROVISION_NOTHING_FOUND'
  /** A download by Maven failed; the message ends with Maven's own words. */
  | 'PROVISION_FETCH_FAILED'
  /** A server ended before it was ready; the message ends with its last words. */
  | 'PROVISION_START_FAILED'
  /** A server runs, and was not ready in time; the message names what raises the limit. */
  | 'PROVISION_TOO_SLOW'
  /** An address in the environment is malformed, or nothing answers there. */
  | 'PROVISION_UNREACHABLE'
  /** A setting in the environment is malformed. */
  | 'PROVISION_SETTING'
  /** Another program took the port in between; trying again takes another port. */
  | 'PROVISION_PORT_TAKEN'
  /** The way that was taken cannot do this (stop a server that somebody else runs, for example). */
  | 'PROVISION_NOT_POSSIBLE'

/** An error of the provision: `code` is stable, the message says the way out. */
export class ProvisionError extends PipelineError {
  declare readonly code: ProvisionErrorCode

  constructor(code: ProvisionErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}
