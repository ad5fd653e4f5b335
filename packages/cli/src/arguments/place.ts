import { type Place, parsePlace } from '@payout/schemas/place'
import type { TopicName } from '@payout/schemas/topics'
import { UsageError } from '../terminal/errors.ts'

/**
 * The place that a person typed, as errors and lists name it.
 * @throws UsageError where it is none, or no topic of ours
 */
export function typedPlace(text: string): Place<TopicName> {
  const place = parsePlace(text)
  if (place === undefined)
    throw new UsageError(`${JSON.stringify(text)} is no place: topic/partition@offset, as in payout.commands/3@17`)
  return place
}
