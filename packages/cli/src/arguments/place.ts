import { type TopicName, topicNames } from '@payout/schemas/topics'
import { UsageError } from '../terminal/errors.ts'

/** Where a record stands: `topic/partition@offset`. */
export function placeOf({
  topic,
  partition,
  offset,
}: {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}): string {
  return `${topic}/${partition}@${offset}`
}

/**
 * The place that a person typed, as errors and lists name it.
 * @throws UsageError where it is none, or no topic of ours
 */
export function parsePlace(text: string): { topic: TopicName; partition: number; offset: number } {
  const [, name, partition, offset] = /^([a-z.-]+)\/(\d{1,9})@(\d{1,15})$/.exec(text) ?? []
  const topic = topicNames.find((known) => known === name)
  if (topic === undefined)
    throw new UsageError(`${JSON.stringify(text)} is no place: topic/partition@offset, as in payout.commands/3@17`)
  return { topic, partition: Number(partition), offset: Number(offset) }
}
