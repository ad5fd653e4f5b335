import { type TopicName, topicNames } from '@payout/schemas/topics'

const names: ReadonlyMap<string, TopicName> = new Map(topicNames.map((name) => [name, name]))

/** A topic's name as it was read from Redis; undefined where no topic is called so (any more). */
export function asTopicName(text: string): TopicName | undefined {
  return names.get(text)
}
