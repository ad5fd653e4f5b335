import { redactPersonalData } from '@payout/mapi/text/personal-data'
import type { Coordinates } from '@payout/runtime/redis/port'
import { placeOf } from '@payout/schemas/place'

/** Why a command, or a payout in it, is refused: a stable code and a sentence, both for the event that says so. */
export interface Refusal {
  readonly code: string
  readonly explanation: string
}

/** An alias has at most 32 characters and an id 64: what is longer is neither, and may be too large for an event. */
const MAX_SHOWN = 100
/** So much is looked at: what is personal, and begins in what is shown, ends within it. */
const MAX_READ = 10 * MAX_SHOWN

/**
 * What upstream wrote in the place of an id, alias or date, as events may show it: nothing personal (MAPI-14), and its
 * beginning where it is long; no half of a character, which no event can hold. Ids of events are made of the whole.
 * @param known names and accounts that may have slipped into the place
 */
export function shown(text: string, known: readonly string[] = []): string {
  const masked = redactPersonalData(text.slice(0, MAX_READ), known)
  return masked.length > MAX_SHOWN || text.length > MAX_READ
    ? `${masked.slice(0, MAX_SHOWN).toWellFormed()}…`
    : masked.toWellFormed()
}

/** The part of an event that says that it comes of a command. */
export function ofCommand(source: Coordinates) {
  const { timestamp } = source
  return {
    occurredAt: timestamp,
    seenAt: timestamp,
    evidence: { kind: 'command', id: placeOf(source), source },
  } as const
}
