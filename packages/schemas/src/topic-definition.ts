/** What decides the number of a topic's partitions. */
type PartitionRule =
  /** As many as there are lanes: partition p of every such topic is lane p. */
  | 'lanes'
  /**
   * Set when the topic is made (setting `TOPIC_PARTITIONS`); records are placed by murmur2 of their key, as Java
   * does.
   */
  | 'by-key'
  /** One: its records are few, and their order counts. */
  | 'one'

/** One row of the topic table. */
export interface TopicDefinition {
  /** Who may read it: `users` is part of the contract with upstream and downstream, `pipeline` is our own. */
  readonly audience: 'users' | 'pipeline'
  /** What the key of a record is made of. */
  readonly key: string
  /** Full names of the Avro records that may stand in it; empty for dead letters, whose values stay as they came. */
  readonly values: readonly string[]
  readonly partitions: PartitionRule
  readonly cleanupPolicy: 'delete' | 'compact'
  /** `-1`: kept without limit. Unit: milliseconds. */
  readonly retentionMs: number
  readonly maxMessageBytes: number
  /** The only service that writes it; `upstream` for commands, `people` for what is typed. */
  readonly writtenBy: readonly (
    | 'upstream'
    | 'people'
    | 'signer'
    | 'gateway-egress'
    | 'gateway-ingress'
    | 'reconciler'
  )[]
  readonly readBy: readonly ('downstream' | 'signer' | 'gateway-egress' | 'gateway-ingress' | 'reconciler')[]
  readonly description: string
}

/**
 * Kafka's `compression.type` of a topic. What others write is `uncompressed`: the broker decompresses on arrival and
 * holds `max.message.bytes` against what comes out, so that no small batch becomes a huge one. What we write stays as
 * it came.
 */
export function compressionType({ writtenBy }: TopicDefinition): 'uncompressed' | 'producer' {
  return writtenBy.includes('upstream') ? 'uncompressed' : 'producer'
}
