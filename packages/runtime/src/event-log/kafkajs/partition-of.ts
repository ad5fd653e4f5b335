import { Partitioners } from 'kafkajs'

const place = Partitioners.DefaultPartitioner()

/** The partition of a key (as UTF-8) among `partitions`, as Java's default partitioner has it: murmur2, without its sign. */
export function partitionOf(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }))
  return place({ topic: '', partitionMetadata, message: { key, value: null } })
}
