/**
 * What people have said about batches that can't be decoded. Their word is a record in a dead-letter topic: the batch
 * as it stood, who steps over it, and why. It holds for every reader, and for that batch only: the hash of its bytes
 * is part of it.
 */

import { createHash } from 'node:crypto'
import { deadLetterHeaders } from '@payout/schemas/dead-letter-headers'
import { deadLetterTopic, type TopicName, topics } from '@payout/schemas/topics'
import { KIB } from '@payout/schemas/units'
import { type BatchUndecodableError, type FoundBatch, OffsetOutOfRangeError } from './errors.ts'
import type { LogRecord, OutgoingRecord, Tail } from './port.ts'

const headers = {
  ...deadLetterHeaders,
  /** Only where the record is a whole batch: its last offset; `dead-letter-offset` is its first. */
  lastOffset: 'dead-letter-last-offset',
  /** SHA-256 of the batch, in hexadecimal. */
  hash: 'dead-letter-batch-sha256',
  by: 'dead-letter-stepped-over-by',
  why: 'dead-letter-stepped-over-because',
} as const

/** What the headers and the record's own frame take, and some room. */
const ADDED_BYTES = 8 * KIB

/** Who steps over a batch, and why. */
export interface SteppingOver {
  readonly by: string
  readonly why: string
}

/** The dead-letter topic in which the batches of a topic are stepped over. */
export function stepOverTopic(topic: TopicName): TopicName {
  return deadLetterTopic(topic === 'agreement.commands' ? topic : 'payout.commands')
}

/**
 * The record that says it.
 * @param partitions how many the dead-letter topic has
 */
export function stepOverRecord(
  { code, message, batch }: BatchUndecodableError,
  { by, why }: SteppingOver,
  partitions: number,
): OutgoingRecord {
  const topic = stepOverTopic(batch.topic)
  const hasRoom = batch.bytes.length <= topics[topic].maxMessageBytes - ADDED_BYTES
  return {
    topic,
    partition: batch.partition % partitions,
    key: null,
    value: hasRoom ? batch.bytes : null,
    headers: {
      [headers.code]: code,
      [headers.explanation]: message,
      [headers.topic]: batch.topic,
      [headers.partition]: String(batch.partition),
      [headers.offset]: String(batch.firstOffset),
      [headers.lastOffset]: String(batch.lastOffset),
      [headers.hash]: hashOf(batch),
      [headers.by]: by,
      [headers.why]: why,
      ...(hasRoom ? {} : { [headers.valueLeftOut]: String(batch.bytes.length) }),
    },
  }
}

/** Who has stepped over the batch that a dead letter holds, and why; undefined for a dead letter of another kind. */
export function steppingOverOf({ headers: said }: LogRecord): SteppingOver | undefined {
  const { [headers.by]: by, [headers.why]: why, [headers.hash]: hash } = said
  return by === undefined || why === undefined || hash === undefined ? undefined : { by, why }
}

/** Finds out whether somebody has stepped over a batch. */
export class SteppedOver {
  readonly #tailOf: (topic: TopicName) => Tail
  readonly #tails = new Map<TopicName, Tail>()
  readonly #words = new Set<string>()

  /** @param tailOf one that goes on behind what it can't decode */
  constructor(tailOf: (topic: TopicName) => Tail) {
    this.#tailOf = tailOf
  }

  /**
   * Whether somebody had stepped over the batch before the call. Reads only what came since it was asked last, in all
   * partitions: a word stays one where the topic has grown.
   * @throws TopicMissingError, LogUnavailableError and the like, as `Tail.next` does; the signal's reason
   */
  async includes({ batch }: BatchUndecodableError, signal?: AbortSignal): Promise<boolean> {
    const topic = stepOverTopic(batch.topic)
    const tail = this.#tails.get(topic) ?? this.#tailOf(topic)
    this.#tails.set(topic, tail)
    for (const record of await this.#next(topic, tail, signal)) {
      const {
        [headers.topic]: of,
        [headers.partition]: at,
        [headers.offset]: first,
        [headers.hash]: hash,
      } = record.headers
      if (steppingOverOf(record) !== undefined) this.#words.add(`${of} ${at} ${first} ${hash}`)
    }
    return this.#words.has(wordOf(batch))
  }

  async #next(topic: TopicName, tail: Tail, signal: AbortSignal | undefined): Promise<readonly LogRecord[]> {
    try {
      return await tail.next(signal && { signal })
    } catch (error) {
      // The dead-letter topic was made anew: it is read from its beginning next time. A word says which bytes it is
      // about, so old ones stay true.
      if (error instanceof OffsetOutOfRangeError) this.#tails.delete(topic)
      throw error
    }
  }
}

function wordOf(batch: FoundBatch): string {
  return `${batch.topic} ${batch.partition} ${batch.firstOffset} ${hashOf(batch)}`
}

function hashOf({ bytes }: FoundBatch): string {
  return createHash('sha256').update(bytes).digest('hex')
}
