import { type TopicName, topicNamed } from './topics.ts'

/** Where a record stands: topic by the contracts' name, without a namespace. */
export interface Place<Topic extends string = string> {
  readonly topic: Topic
  readonly partition: number
  readonly offset: number
}

/**
 * A place in words, as evidence in events, errors, logs and commands name it: `payout.commands/3@17` is partition 3,
 * offset 17. Contract: events carry it as the id of their evidence.
 */
export function placeOf({ topic, partition, offset }: Place): string {
  return `${topic}/${partition}@${offset}`
}

/** The place that `placeOf` has written; undefined where the text is none, or its topic is none of ours. */
export function parsePlace(text: string): Place<TopicName> | undefined {
  const [, name = '', partition, offset] = /^([a-z.-]+)\/(\d{1,9})@(\d{1,15})$/.exec(text) ?? []
  const topic = topicNamed(name)
  return topic === undefined ? undefined : { topic, partition: Number(partition), offset: Number(offset) }
}
