import { isoMoment } from '@payout/mapi/text/moment'
import { DAY_MS } from '@payout/schemas/units'

/**
 * How long the id of a command is remembered, milliseconds. The signer lets none pass that is older than 30 days
 * (COMMAND_TOO_OLD), so a command may wait in its lane for ten days more.
 */
export const COMMAND_LIFE_MS = 40 * DAY_MS

/**
 * Whether a command may have been processed and forgotten since. Such a one comes where a lane reads `gateway.commands`
 * from its beginning.
 * @param source where the command stands; its time stamp is in UTC milliseconds, as is `now`.
 */
export function isTooOld({ timestamp }: { readonly timestamp: number }, now: number): boolean {
  return timestamp <= now - COMMAND_LIFE_MS
}

/**
 * From when the command is, and from when on commands are remembered, for an explanation; both moments as for
 * `isTooOld`.
 */
export function ageWords({ timestamp }: { readonly timestamp: number }, now: number): string {
  return `it is of ${isoMoment(timestamp)}, and commands are remembered from ${isoMoment(now - COMMAND_LIFE_MS)} on (forty days)`
}
