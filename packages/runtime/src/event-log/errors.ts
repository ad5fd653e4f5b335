/** What the event log throws. Match on `code`. */

import { PipelineError } from '@payout/schemas/error'
import { placeOf } from '@payout/schemas/place'
import type { TopicName } from '@payout/schemas/topics'

/**
 * The task session is over: it went elsewhere, a transaction failed, or the process stops. Nothing more may be
 * written; let it leave the handler. `cause` is what ended it, where that was an error.
 */
export class TaskEndedError extends PipelineError {
  constructor(task: string, reason: string, options?: ErrorOptions) {
    super('LOG_TASK_ENDED', `the session of ${task} has ended (${reason}): return from the handler`, options)
  }
}

/** Kafka did not answer, or not in time. Whether a record was stored is not known. Try again later. */
export class LogUnavailableError extends PipelineError {
  constructor(what: string, options?: ErrorOptions) {
    super('LOG_UNAVAILABLE', `${what}: is Kafka up, and reachable from here?`, options)
  }
}

/** What of the settings is not what the brokers want, by the port that was asked. */
export type LogAccessErrorCode =
  | 'LOG_LOGIN_REFUSED'
  | 'LOG_LOGIN_MISSING'
  | 'LOG_LOGIN_UNWANTED'
  | 'LOG_LOGIN_MECHANISM'
  | 'LOG_CERTIFICATE_UNTRUSTED'
  | 'LOG_CERTIFICATE_HOST'
  | 'LOG_CERTIFICATE_DATE'
  | 'LOG_CLIENT_CERTIFICATE'
  | 'LOG_TLS_MISSING'
  | 'LOG_TLS_UNWANTED'
  | 'LOG_TLS_FILES'

/**
 * Kafka is there, and can't be used with these settings: log-in, certificates, TLS. Nothing was sent. Trying again
 * helps only after somebody has changed something here or at the brokers.
 */
export class LogAccessError extends PipelineError {
  constructor(code: LogAccessErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** Whether Kafka can't be used at the moment, and the same may be tried again later. */
export function isKafkaAway(error: unknown): error is LogUnavailableError | LogAccessError {
  return error instanceof LogUnavailableError || error instanceof LogAccessError
}

/** Topics were made, and not every partition of them has a leader in time. */
export class TopicsLateError extends LogUnavailableError {
  constructor(withinMs: number, options?: ErrorOptions) {
    super(`not every partition of the new topics has a leader after ${withinMs / 1000} s`, options)
  }
}

/** As much is already under way as may be. Nothing was sent; try again when some of it is done. */
export class PublisherFullError extends PipelineError {
  constructor(maxBytes: number) {
    super('LOG_PUBLISHER_FULL', `${maxBytes} bytes of records are already on their way to Kafka: try again later`)
  }
}

/** The topic is not there. Topics are made by one explicit step, never by use. */
export class TopicMissingError extends PipelineError {
  constructor(topic: string, options?: ErrorOptions) {
    super('LOG_TOPIC_MISSING', `the topic ${topic} does not exist: create the topics first`, options)
  }
}

/** A topic has fewer partitions than another one that has to have as many. */
export class PartitionMissingError extends PipelineError {
  constructor(topic: TopicName, partition: number, partitions: number) {
    super(
      'LOG_PARTITION_MISSING',
      `${topic} has no partition ${partition}, but ${partitions} partitions: every gateway topic needs one for each lane. npm run topics -- check tells what to do`,
    )
  }
}

/**
 * Topics are not as they must be, and it is not safe to go on; what is wrong, and the way out of each, is in the
 * message.
 */
export class TopicsUnfitError extends PipelineError {
  constructor(messages: readonly string[], options?: ErrorOptions) {
    const lines = messages.map((message) => `\n  - ${message}`).join('')
    super(
      'LOG_TOPICS_UNFIT',
      `the topics are not as they must be, and nothing goes on until they are:${lines}`,
      options,
    )
  }
}

/** The record can never be stored in this topic. Nothing was sent. */
export class RecordTooLargeError extends PipelineError {
  constructor(topic: string, bytes: number, maxBytes: number) {
    super('LOG_RECORD_TOO_LARGE', `a record of ${bytes} bytes is more than ${topic} takes (${maxBytes} bytes)`)
  }
}

/**
 * A position lies where the partition has no records any more, or not yet. Behind its end, the topic was made anew or
 * has lost records: somebody has to look, and to delete the group's offsets when all is well.
 */
export class OffsetOutOfRangeError extends PipelineError {
  constructor(topic: string, partition: number, offset: number, range: { beginning: number; end: number }) {
    super(
      'LOG_OFFSET_OUT_OF_RANGE',
      `${topic}-${partition} holds ${range.beginning} to ${range.end}, but the reading stands at ${offset}`,
    )
  }
}

/** The offsets of a group can't be set while its members work. Nothing was changed. */
export class GroupAtWorkError extends PipelineError {
  constructor(group: string) {
    super(
      'LOG_GROUP_AT_WORK',
      `${group} is at work: stop all its processes first, and wait until the group has noticed (a session timeout)`,
    )
  }
}

/** A batch of records as it was found, which nobody can read. */
export interface FoundBatch {
  readonly topic: TopicName
  readonly partition: number
  readonly firstOffset: number
  readonly lastOffset: number
  /** What is wrong with it. */
  readonly reason: string
  /** As it stands in the log. */
  readonly bytes: Buffer
}

/**
 * A batch can't be decoded: nobody knows its codec, it is damaged, or it would become too large. What lies behind it
 * in its partition waits until the reason is gone (a later release, a larger `KAFKA_MAX_BATCH_BYTES`), or until a
 * person steps over it.
 */
export class BatchUndecodableError extends PipelineError {
  readonly #batch: FoundBatch

  constructor(batch: FoundBatch) {
    const { topic, partition, firstOffset, lastOffset, reason } = batch
    super(
      'LOG_BATCH_UNDECODABLE',
      `the batch of ${topic}, partition ${partition}, offsets ${firstOffset} to ${lastOffset}, can't be decoded: ${reason}. What lies behind it waits. ` +
        `Where it may be left out: npm run dead-letters -- step-over ${placeOf({ topic, partition, offset: firstOffset })}`,
    )
    this.#batch = batch
  }

  /** Not an own property, so that no log shows its bytes. */
  get batch(): FoundBatch {
    return this.#batch
  }
}
