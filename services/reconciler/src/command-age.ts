/**
 * How long the id of a command is remembered, milliseconds. The signer lets none pass that is older than 30 days (COMMAND_TOO_OLD), so a command may
 * wait in its lane for ten days more.
 */
export const COMMAND_LIFE_MS = 40 * 86_400_000

/**
 * Whether a command may have been worked off and forgotten since. Such a one comes where a lane reads `gateway.decisions` from its beginning.
 * @param source where the command stands; its time stamp is in UTC milliseconds, as is `now`.
 */
export function isTooOld({ timestamp }: { readonly timestamp: number }, now: number): boolean {
  return timestamp <= now - COMMAND_LIFE_MS
}
