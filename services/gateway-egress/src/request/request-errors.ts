import { PipelineError } from '@payout/schemas/error'

/**
 * Two requests with different content have the same batch number or request id. Neither the second nor what follows it
 * is sent.
 */
export class BatchNumberTakenError extends PipelineError {
  constructor(key: string, place: string, heldBy: string) {
    super(
      'EGRESS_BATCH_NO_TAKEN',
      `the request at ${place} has the number ${key}, which the request at ${heldBy} holds with other content: it is not sent, and its lane waits. ` +
        'Find out which writer made it, and see "A batch number is taken" in docs/operations.md.',
    )
  }
}

/** A request of a service that this release can't call: its writer is newer. */
export class ServiceUnknownError extends PipelineError {
  constructor(key: string, service: string) {
    super(
      'EGRESS_SERVICE_UNKNOWN',
      `the request ${key} is for the service ${service}, which this release of gateway-egress does not know: its lane waits. Upgrade gateway-egress before the signer.`,
    )
  }
}

/** The record lies below what is processed: another process has this lane, or the offset went back. */
export class BelowCheckpointError extends PipelineError {
  constructor(place: string) {
    super(
      'EGRESS_BELOW_CHECKPOINT',
      `the request at ${place} is processed already: the session ends and its offset is looked at again`,
    )
  }
}
