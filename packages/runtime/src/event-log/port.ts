/**
 * The event log as the services see it: records in, records out, and the transaction that binds the two. Services and
 * tests know this file only; `kafkajs/` behind it is one way to keep its promises, and `test/contract` proves them.
 *
 * A **lane** is partition p of all `gateway.*` topics: everything about a batch stands in one lane. A **task** is
 * what one process works on alone, with one transactional id: for egress and the reconciler a lane, for the signer
 * one input partition.
 */
import type { TopicName } from '@payout/schemas/topics'
import type { BatchUndecodableError } from './errors.ts'

/** A record as it was read. Aborted records are never seen. */
export interface LogRecord {
  readonly topic: TopicName
  readonly partition: number
  readonly offset: number
  /** The record's time stamp, UTC milliseconds. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** Header values as UTF-8 text; of a repeated header the last one. */
  readonly headers: Readonly<Record<string, string>>
}

/** A record to be written. The partition is always explicit (S3.2). */
export interface OutgoingRecord {
  readonly topic: TopicName
  readonly partition: number
  readonly key: string | Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
}

/** Some records of one partition in order, as one fetch brought them. */
export interface Fetched {
  readonly topic: TopicName
  readonly partition: number
  /** May be empty: the fetch held nothing but transaction markers or aborted records. */
  readonly records: readonly LogRecord[]
  /** The offset behind everything that this fetch covered: what a commit names once the records are processed. */
  readonly next: number
}

/** Next offset to be read, by topic of the task. */
export type Offsets = Partial<Record<TopicName, number>>

/**
 * One ownership of one task, from its initialisation to its end. It ends when the task goes to another process, when
 * any transaction fails, when the handler returns or throws, or when the process stops. After the end every method
 * rejects with `TaskEndedError`, and a new session begins from the committed offsets, here or elsewhere.
 */
export interface TaskSession {
  /** `lane-7`, or `payout.commands-3` where the task is one input partition. Part of the transactional id. */
  readonly name: string
  /** The number of the task's partitions, which for `gateway.*` topics is the lane's number. */
  readonly partition: number
  readonly topics: readonly TopicName[]
  /** Aborts when the session has ended: calls under way are given up, nothing more may be written. */
  readonly signal: AbortSignal
  /** True once the process was asked to stop: take nothing new, finish or hand back what is under way, then return. */
  readonly stopping: boolean
  /** The committed offset as read *after* the initialisation; undefined where the group never committed one. */
  committed(topic: TopicName): number | undefined
  /** The first offset that the topic's partition still holds. */
  beginning(topic: TopicName): number
  /** The last stable offset of the task's partition of this topic, asked now: what "to the end" means (S3.8). */
  end(topic: TopicName): Promise<number>
  /**
   * The offset behind everything that was acknowledged in the task's partition of this topic before the call, what is
   * not decided yet among it: whoever reads to there has all that is committed with a record that is read already.
   */
  written(topic: TopicName): Promise<number>
  /**
   * The next fetched records, of all topics of the task or of those named; the order within a partition is kept.
   * Waits up to `timeoutMs` for something; an empty list means nothing came, or the process is stopping, or `wake()`
   * was called. What is not polled stays paused at the broker, and of what is polled about one MiB is fetched ahead,
   * so a task that is busy bounds its own memory. One poll at a time.
   */
  poll(options: { topics?: readonly TopicName[]; maxRecords: number; timeoutMs: number }): Promise<Fetched[]>
  /**
   * The offset behind the last fetch that poll() has handed out for this topic (markers and aborted records
   * included).
   */
  position(topic: TopicName): number
  /** Makes the poll() under way return at once, or the next one where none is under way. */
  wake(): void
  /**
   * One transaction: the records and the offsets become visible together, or not at all. When it rejects with
   * `TaskEndedError` the session is over, and which of the two happened is not known here (Kafka's answer may be what
   * was lost): the committed offsets and the records of the next session tell. Calls are queued and run one after the
   * other. An empty call only waits for those before it. What can't be sent at all (`RecordTooLargeError`, offsets of
   * a foreign or replayed topic) is refused before anything is sent, and the session goes on.
   */
  commit(records: readonly OutgoingRecord[], offsets: Offsets): Promise<void>
}

/**
 * What a service does with a task. Returning ends the session gracefully; throwing ends it and a new one begins after
 * a back-off.
 */
export type TaskHandler = (session: TaskSession) => Promise<void>

export interface TaskConsumerOptions {
  /** The consumer group without its namespace: the service's name. */
  readonly group: string
  /**
   * `by-lane`: partition p of all topics is one task. `by-partition`: each partition of each topic is a task of its
   * own.
   */
  readonly tasks: 'by-lane' | 'by-partition'
  readonly topics: readonly TopicName[]
  /**
   * Topics of these that are always read from their beginning in a session and never committed (`gateway.attempts`).
   */
  readonly replayed?: readonly TopicName[]
  /**
   * Waited for before each session: a task is not opened in vain while what its handler can't do without is away.
   * Resolves when there is something to be said for a try, and rejects with the signal's reason when it aborts.
   * Whether the try works out, the handler finds out.
   */
  readonly ready?: (signal: AbortSignal) => Promise<void>
  /**
   * Called when a partition of a task stands still before a batch that can't be decoded. The task's other topics go on,
   * and so do other tasks. A replayed topic can't be done without: there `poll()` throws the same error. It goes on
   * by itself once a person has stepped over the batch, or the batch can be decoded after all: it is fetched again
   * every some seconds. A handler that waits for the halted topic itself waits with it.
   * @returns called when the partition goes on, or the session has ended
   */
  readonly onHalt?: (task: string, error: BatchUndecodableError) => () => void
  readonly handler: TaskHandler
}

/** A running member of a consumer group. */
export interface TaskConsumer {
  /** The names of the tasks that have a live session at this moment. */
  readonly tasks: readonly string[]
  /** True while the member is in its group and every task it holds has a session that works. */
  readonly healthy: boolean
  /** Rejects when the consumer can't go on and the process has to end; resolves when it was stopped. */
  readonly ended: Promise<void>
  /**
   * Graceful: handlers see `stopping`, finish, and the tasks are handed on. Past `graceMs` the sessions are aborted.
   */
  stop(graceMs: number): Promise<void>
}

/**
 * Appends with all replicas' acknowledgement and group commit: what arrives for the partitions of one leader while it
 * has not answered goes to it in one request, one batch a partition. What it refuses for one partition harms no other.
 */
export interface Publisher {
  /**
   * Resolves with the record's offset when it is safely stored. Rejects with `LogUnavailableError` when that is not
   * known (the record may be there), within some seconds, or at once with `PublisherFullError` when `maxBytes` are
   * already in flight and with `RecordTooLargeError` when the topic can never take it.
   */
  append(record: OutgoingRecord): Promise<{ offset: number }>
  /** False while the last appends failed. */
  readonly healthy: boolean
  close(): Promise<void>
}

/** Where in a partition a read begins. */
export type ReadFrom = 'beginning' | { readonly offset: number } | { readonly timestamp: number }

export interface ReadOptions {
  /** The partitions to read, each with its beginning. */
  readonly from: readonly { readonly topic: TopicName; readonly partition: number; readonly at: ReadFrom }[]
  /**
   * `end`: up to the last stable offset as of the call (S3.8). `decided`: further, to all that was committed before
   * the call, also where another transaction that is still open holds the last stable offset back; what lies beyond
   * it comes last, in the order of its commits (S2.2). `follow`: on and on, until the signal.
   */
  readonly until: 'end' | 'decided' | 'follow'
  readonly signal?: AbortSignal
  /**
   * Called with how far the reading has come in a partition: whatever it gives of what lies before `next` was given,
   * and the caller has come back for more. At first it is called with where the reading begins. Markers and aborted
   * records count, so that it comes to the end also where nothing else is left (S3.8).
   */
  readonly onPosition?: (topic: TopicName, partition: number, next: number) => void
}

/** A small topic, read from its beginning and followed by asking again. */
export interface Tail {
  /**
   * Everything that was committed before the call and was not given by an earlier one, of all partitions, each in the
   * order of its commits. Other transactions that are still open hold nothing back. Calls are queued. One that
   * rejects loses nothing: the next one gives it. Costs one request to each broker where nothing came. Throws
   * `LogUnavailableError` within 20 seconds, `TopicMissingError`, `OffsetOutOfRangeError` where the topic was made
   * anew, now and ever after, `BatchUndecodableError` where nobody has stepped over the batch, and the signal's
   * reason.
   */
  next(options?: { readonly signal?: AbortSignal }): Promise<readonly LogRecord[]>
}

export interface PartitionOffsets {
  readonly beginning: number
  /** The last stable offset. */
  readonly end: number
}

/** The event log of one namespace. */
export interface EventLog {
  readonly namespace: string
  /** Services reach it through `startTasks` only, which binds committed offsets and checkpoints (S2.4, S2.5). */
  consume(options: TaskConsumerOptions): Promise<TaskConsumer>
  publisher(options: { maxBytes: number }): Publisher
  /**
   * Reads committed records outside any group of the pipeline; commits nothing. Order is kept within a partition.
   * When the signal aborts, a reading that follows ends, and any other throws the signal's reason, so that it never
   * looks complete. Throws `LogUnavailableError` when it can't begin or can't go on; while brokers are away for a
   * time it waits for them. Throws `BatchUndecodableError` before a batch that can't be decoded, unless a person has
   * stepped over it.
   */
  read(options: ReadOptions): AsyncIterable<LogRecord>
  /** Follows a topic that is small enough to be read whole. Nothing is asked before its first `next()`. */
  tail(topic: TopicName): Tail
  /** How many partitions the topic has. Throws `TopicMissingError` where it is not there. */
  partitions(topic: TopicName): Promise<number>
  /** The partition that murmur2 gives to the key, as Java's default partitioner does. */
  partitionFor(topic: TopicName, key: string): Promise<number>
  offsets(topic: TopicName): Promise<PartitionOffsets[]>
  /**
   * The offset behind everything that was acknowledged in each partition before the call. Unlike the last stable
   * offset it counts what is not decided yet: after a commit its markers come to one partition sooner than to
   * another, so that a record can be read while another one of the same transaction lies beyond its own partition's
   * last stable offset.
   */
  written(topic: TopicName): Promise<number[]>
  /** Committed offsets of one of our groups, by partition; undefined where there is none. */
  committed(group: string, topic: TopicName): Promise<(number | undefined)[]>
  /** Initialises a transactional id, so that nothing that was in flight under it can commit any more (S7.4). */
  fence(group: string, taskName: string): Promise<void>
  /** The names of all tasks of a group (`lane-0` …), which `fence` takes. */
  taskNames(options: { tasks: 'by-lane' | 'by-partition'; topics: readonly TopicName[] }): Promise<string[]>
  close(): Promise<void>
}
