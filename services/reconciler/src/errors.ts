import { PipelineError } from '@payout/schemas/error'

/**
 * The batch is known and one of its payouts is not: Redis has lost something without its replication id having changed.
 */
export class StateMissingError extends PipelineError {
  constructor(batchNo: string) {
    super(
      'RECONCILER_STATE_MISSING',
      `batch ${batchNo} is known and the state of one of its payouts is not there: Redis is trusted and has lost it. See "A task waits" in docs/operations.md`,
    )
  }
}

/** Something else than a reconciler wrote a state, or a later release did. */
export class StateUnreadableError extends PipelineError {
  constructor(key: string) {
    super(
      'RECONCILER_STATE_UNREADABLE',
      `the state ${key} in Redis can't be read: upgrade this service; where something else wrote it, see "A task waits" in docs/operations.md`,
    )
  }
}

/** Another process changes the same states again and again: it should have lost the lane long ago. */
export class StateConflictError extends PipelineError {
  constructor() {
    super(
      'RECONCILER_STATE_CONFLICT',
      'the states of this lane change under its owner: another reconciler still works on it; the lane begins again',
    )
  }
}
