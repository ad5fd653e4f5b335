/** What only an operator of Kafka does to the offsets of a group. */
import { kafkaClient } from '@payout/runtime/event-log/kafkajs/client'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import type { System } from '../system.ts'

type Place = Pick<System, 'namespace' | 'logger'> & { readonly brokers: readonly string[] }

function adminOf({ brokers, namespace, logger }: Place) {
  return kafkaClient({ brokers, clientId: `${namespace}.operator`, logger }).admin()
}

/** Takes away all that a group has committed; its members must have ended. */
export async function forgetOffsets(place: Place, group: string): Promise<void> {
  const admin = adminOf(place)
  await admin.connect()
  await admin.deleteGroups([`${place.namespace}.${group}`])
  await admin.disconnect()
}

/** Sets what a group has committed; its members must have ended. */
export async function setOffsets(
  place: Place,
  group: string,
  topic: TopicName,
  partitions: readonly { readonly partition: number; readonly next: number }[],
): Promise<void> {
  const admin = adminOf(place)
  await admin.connect()
  await admin.setOffsets({
    groupId: `${place.namespace}.${group}`,
    topic: qualifiedTopic(place.namespace, topic),
    partitions: partitions.map(({ partition, next }) => ({ partition, offset: String(next) })),
  })
  await admin.disconnect()
}
