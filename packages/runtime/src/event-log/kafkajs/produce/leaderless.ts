/** A partition without a leader keeps nobody from learning where the others are. */
import type { Cluster, MetadataAnswer, MetadataBroker } from '../internals.ts'

/**
 * Lets a cluster learn all that an answer to Metadata says. By itself kafkajs throws an answer away that has an error
 * for one partition, and asks again for seconds: while one has no leader, nobody learns where the leaders of the
 * others are. What has no leader is then led by node -1. The error of a topic is still an error.
 */
export function withPartitionsWithoutLeader({ brokerPool }: Cluster): void {
  const find = brokerPool.findConnectedBroker.bind(brokerPool)
  brokerPool.findConnectedBroker = async () => tolerant(await find())
}

/** The same broker, whose answers to Metadata have no errors of partitions. */
function tolerant(broker: MetadataBroker): MetadataBroker {
  const lookupRequest: MetadataBroker['lookupRequest'] = (apiKey, definition) => {
    const protocol = broker.lookupRequest(apiKey, definition)
    return (asked) => {
      const { request, response } = protocol(asked)
      return { request, response: { ...response, parse: (answer) => response.parse(withoutErrors(answer)) } }
    }
  }
  return Object.create(broker, { lookupRequest: { value: lookupRequest } })
}

function withoutErrors(answer: MetadataAnswer): MetadataAnswer {
  const topicMetadata = answer.topicMetadata.map((topic) => ({
    ...topic,
    partitionMetadata: topic.partitionMetadata.map((partition) => ({ ...partition, partitionErrorCode: 0 })),
  }))
  return { ...answer, topicMetadata }
}
