import { DAY_MS } from '@payout/schemas/units'
import type { LaneRequest } from './lane-request.ts'

/** How long the last word on a batch number is remembered, from the moment it was said. */
export const BATCH_LIFE_MS = 60 * DAY_MS
/**
 * How long that of a service request is remembered, from the moment it may not be sent any more: a copy read after that
 * is too late by itself.
 */
const SERVICE_LIFE_MS = 2 * DAY_MS

/** Until when the last word on a request, said at `at`, is remembered; UTC milliseconds. */
export function forgetAtOf({ kind, endsAt }: Pick<LaneRequest, 'kind' | 'endsAt'>, at: number): number {
  return kind === 'batch' ? at + BATCH_LIFE_MS : Math.max(at, endsAt) + SERVICE_LIFE_MS
}

/**
 * From this age on (of a batch's day, of a service request's `endsAt`) a last word may be forgotten already;
 * milliseconds.
 */
export const TOO_OLD_MS = { batch: BATCH_LIFE_MS - DAY_MS, service: SERVICE_LIFE_MS - DAY_MS } as const
