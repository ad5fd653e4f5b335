import { type Place, placeOf } from '@payout/schemas/place'
import type { TopicName } from '@payout/schemas/topics'

/**
 * The record that causes a transition: `gateway.answers/3@12`; of a record with several rows `gateway.answers/3@12#2`.
 */
export type CauseKey = string

/** What a record, or a row of it, is known by in a payout's list of transitions. */
export function causeOf(source: Place & { readonly line?: number }): CauseKey {
  const { line = 0 } = source
  return `${placeOf(source)}${line === 0 ? '' : `#${line}`}`
}

/** Whether the record stands in this topic. */
export function isCausedBy(cause: CauseKey, topic: TopicName): boolean {
  return cause.startsWith(`${topic}/`)
}
