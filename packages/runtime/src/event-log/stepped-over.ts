/**
 * What people have said about batches that can't be decoded. Their word is a record in a dead-letter topic: the batch as it stood, who steps over it, and
 * why. It holds for every reader, and for that batch only: the hash of its bytes is part of it.
 */
import { createHash } from 'node:crypto'
import { deadLetterTopic, type TopicName, topics } from '@payout/schemas/topics'
import { deadLetterHeaders } from '../dead-letter-headers.ts'
import type { BatchUndecodableError, FoundBatch } from './errors.ts'
import type { EventLog, LogRecord, OutgoingRecord, ReadOptions } from './port.ts'

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
const ADDED_BYTES = 8 * 1024

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

interface Place {
  /** The offset behind what was read. */
  next: number
  readonly words: Set<string>
  /** Readings of one place come one after the other. */
  reading: Promise<void>
}

/** Finds out whether somebody has stepped over a batch. */
export class SteppedOver {
  readonly #log: Pick<EventLog, 'read' | 'partitions'>
  readonly #places = new Map<string, Place>()

  /** @param log one that gives up at a batch that can't be decoded. */
  constructor(log: Pick<EventLog, 'read' | 'partitions'>) {
    this.#log = log
  }

  /**
   * Whether somebody had stepped over the batch before the call. Reads only what came since it was asked last.
   * @throws TopicMissingError, LogUnavailableError; BatchUndecodableError where the dead-letter topic holds such a batch itself
   */
  async includes({ batch }: BatchUndecodableError): Promise<boolean> {
    const topic = stepOverTopic(batch.topic)
    const partition = batch.partition % (await this.#log.partitions(topic))
    const name = `${topic} ${partition}`
    const place = this.#places.get(name) ?? { next: 0, words: new Set<string>(), reading: Promise.resolve() }
    this.#places.set(name, place)
    const reading = place.reading.then(() => this.#read(topic, partition, place))
    place.reading = reading.catch(() => undefined)
    await reading
    return place.words.has(wordOf(batch))
  }

  async #read(topic: TopicName, partition: number, place: Place): Promise<void> {
    const from = [{ topic, partition, at: { offset: place.next } }]
    // Over markers, too: where nothing came, the next look makes no consumer.
    const onPosition: ReadOptions['onPosition'] = (_topic, _partition, next) => {
      place.next = next
    }
    for await (const record of this.#log.read({ from, until: 'end', onPosition })) {
      const {
        [headers.topic]: of,
        [headers.partition]: at,
        [headers.offset]: first,
        [headers.hash]: hash,
      } = record.headers
      if (steppingOverOf(record) !== undefined) place.words.add(`${of} ${at} ${first} ${hash}`)
    }
  }
}

function wordOf(batch: FoundBatch): string {
  return `${batch.topic} ${batch.partition} ${batch.firstOffset} ${hashOf(batch)}`
}

function hashOf({ bytes }: FoundBatch): string {
  return createHash('sha256').update(bytes).digest('hex')
}
