import { PipelineError } from '@payout/schemas/error'

/** Two requests with different payouts or accounts have the same batch number. Neither the second nor what follows it is sent. */
export class BatchNumberTakenError extends PipelineError {
  constructor(key: string, place: string, heldBy: string) {
    super(
      'EGRESS_BATCH_NO_TAKEN',
      `the request at ${place} has the batch number ${key}, which the request at ${heldBy} holds with other content: it is not sent, and its lane waits. ` +
        'Find out which writer made it, and see "A batch number is taken" in docs/operations.md.',
    )
  }
}

/** The record lies below what is worked off: another process has this lane, or the offset went back. */
export class BelowFloorError extends PipelineError {
  constructor(place: string) {
    super(
      'EGRESS_BELOW_FLOOR',
      `the request at ${place} is worked off already: the session ends and its offset is looked at again`,
    )
  }
}
