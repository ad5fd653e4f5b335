/** What can be wrong with a topic, and what it makes of it: the one table, which the documentation is made of, too. */

export interface TopicRule {
  /** What is wrong, as the rest of a sentence that begins with "A topic". */
  readonly what: string
  /** `error`: `npm run topics -- check` ends with 1. */
  readonly level: 'error' | 'warning'
  /**
   * Whether signer, egress and reconciler work on nothing until it is mended: where going on could pay twice, or lose
   * what has to be known.
   */
  readonly waits: boolean
  readonly because: string
}

export const TOPIC_RULES = {
  missing: {
    what: 'does not exist, or may not be seen',
    level: 'error',
    waits: true,
    because: 'nothing can be read from it or written to it',
  },
  lanes: {
    what: 'of `gateway.*`, but for `gateway.switches`, has another number of partitions than the others',
    level: 'error',
    waits: true,
    because: 'partition p of all of them is lane p: what belongs together would be worked on apart',
  },
  'lanes-changed': {
    what: 'of `gateway.*` has got more partitions while the process runs',
    level: 'error',
    waits: true,
    because:
      'agreements would change their lanes; it is looked at by services only, and a process takes the new number when it is started again',
  },
  compacted: {
    what: 'that keeps every record is compacted',
    level: 'error',
    waits: true,
    because: 'requests, answers and events of the same key vanish, and with them what was signed, sent and said',
  },
  deletes: {
    what: 'that has to be compacted deletes by age or size',
    level: 'error',
    waits: true,
    because: 'intents, deferred requests, agreements, forms and stops of partners vanish',
  },
  'not-compacted': {
    what: 'that has to be compacted is not, and deletes nothing',
    level: 'error',
    waits: false,
    because: 'nothing is lost, and each start reads more',
  },
  'kept-too-short': {
    what: 'that Redis is rebuilt from is kept for less than `CLAIM_LIFE` and a day, or by size',
    level: 'error',
    waits: true,
    because: 'after a rebuild an id that was paid could be paid again',
  },
  'kept-short': {
    what: 'is kept shorter than it should be: a year for what is the audit, 30 days for commands',
    level: 'warning',
    waits: false,
    because: 'what is deleted before it is read stops its task (`TASK_OFFSETS_BEHIND`)',
  },
  'small-batches': {
    what: 'takes smaller batches than it needs (`max.message.bytes`)',
    level: 'error',
    waits: false,
    because: 'a large record stops its task, or a large notify gets 503, and all others go on',
  },
  unsafe: {
    what: 'could lose acknowledged records: fewer than three replicas, `min.insync.replicas` below 2, unclean leader election. In production only',
    level: 'error',
    waits: true,
    because: 'an intent or a claim that Kafka forgets can be paid twice',
  },
  standstill: {
    what: 'has as many `min.insync.replicas` as replicas. In production only',
    level: 'error',
    waits: false,
    because: 'everything stands while one broker is restarted',
  },
  'key-partitions': {
    what: 'that its users choose the keys of has another number of partitions than `TOPIC_PARTITIONS`',
    level: 'warning',
    waits: false,
    because: 'records of one key may stand in two partitions; services do not look at it',
  },
  compression: {
    what: 'has another `compression.type`',
    level: 'warning',
    waits: false,
    because: 'a small batch may become a huge one; `KAFKA_MAX_BATCH_BYTES` bounds it',
  },
  unseen: {
    what: 'has settings that this user may not see',
    level: 'warning',
    waits: false,
    because: 'nobody looks at them: give DESCRIBE_CONFIGS on the topics',
  },
} as const satisfies Readonly<Record<string, TopicRule>>

export type TopicFault = keyof typeof TOPIC_RULES
