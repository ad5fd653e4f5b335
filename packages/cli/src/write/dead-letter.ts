import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import { type SteppingOver, steppingOverOf } from '@payout/runtime/event-log/stepped-over'
import { deadLetterHeaders } from '@payout/schemas/dead-letter-headers'
import { placeOf } from '@payout/schemas/place'
import { type CommandTopic, deadLetterTopic } from '@payout/schemas/topics'
import { CommandFailedError } from '../terminal/errors.ts'

/** Every topic that commands stand in. */
export const commandTopics: readonly CommandTopic[] = ['payout.commands', 'agreement.commands']

/** A command that could not be read, as it stands in the dead-letter topic. */
export interface DeadLetter {
  /** `payout.commands.dlq` or `agreement.commands.dlq`. */
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** When it became a dead letter, UTC milliseconds. */
  readonly at: number
  readonly code: string
  readonly explanation: string
  /** Where the command stood: `payout.commands/3@17`. */
  readonly from: string
  /** When the command first came, UTC milliseconds. */
  readonly firstAt: number
  readonly bytes: number
  /** Where it is a whole batch that nobody can decode: who has stepped over it, and why. */
  readonly steppedOver?: SteppingOver
}

export function deadLetterOf(record: LogRecord): DeadLetter {
  const { headers, topic, partition, offset, timestamp } = record
  const header = (name: keyof typeof deadLetterHeaders) => headers[deadLetterHeaders[name]] ?? ''
  const firstAt = Number(header('firstTime') || Number.NaN)
  const steppedOver = steppingOverOf(record)
  return {
    topic,
    partition,
    offset,
    at: timestamp,
    code: header('code') || 'unknown',
    explanation: header('explanation'),
    from: placeBefore(record),
    firstAt: Number.isSafeInteger(firstAt) ? firstAt : timestamp,
    bytes: Number(header('valueLeftOut') || (record.value?.length ?? 0)),
    ...(steppedOver && { steppedOver }),
  }
}

/**
 * The command once more, byte for byte, as a new record that keeps its first time: a command that is older than the
 * life of claims is not taken, whenever it is replayed.
 * @param partition of the command topic: where the record stood before, so that it stays behind others with its key
 * @throws CommandFailedError where its value had no room in the dead letter, or it is no command but a batch that
 *   nobody can decode
 */
export function replayOf(record: LogRecord, partition: number): OutgoingRecord {
  const { code, explanation, topic, partition: from, offset, valueLeftOut } = deadLetterHeaders
  if (steppingOverOf(record) !== undefined)
    throw new CommandFailedError(`${placeOf(record)} is a batch that nobody can decode, and no command`)
  if (record.headers[valueLeftOut] !== undefined) {
    const { from: place } = deadLetterOf(record)
    throw new CommandFailedError(
      `the value of ${placeOf(record)} had no room in the dead letter: it stands at ${place}`,
    )
  }
  const dropped: readonly string[] = [code, explanation, topic, from, offset]
  const kept = Object.entries(record.headers).filter(([name]) => !dropped.includes(name))
  return {
    topic: commandTopicOf(record),
    partition,
    key: record.key,
    value: record.value,
    headers: { ...Object.fromEntries(kept), [deadLetterHeaders.firstTime]: String(deadLetterOf(record).firstAt) },
  }
}

/** The topic that a dead letter's command goes back to. */
export function commandTopicOf({ topic }: Pick<LogRecord, 'topic'>): CommandTopic {
  const found = commandTopics.find((candidate) => deadLetterTopic(candidate) === topic)
  if (found === undefined) throw new RangeError(`${topic} holds no dead letters`)
  return found
}

/** Where the command stood before; `unknown` where the dead letter doesn't say. */
function placeBefore(record: LogRecord): string {
  const topic = record.headers[deadLetterHeaders.topic]
  const partition = partitionBefore(record)
  const offset = Number(record.headers[deadLetterHeaders.offset] || Number.NaN)
  if (topic === undefined || partition === undefined || !Number.isSafeInteger(offset)) return 'unknown'
  return placeOf({ topic, partition, offset })
}

/** The partition where the command stood before; undefined where the dead letter doesn't say. */
export function partitionBefore(record: LogRecord): number | undefined {
  const partition = Number(record.headers[deadLetterHeaders.partition] || Number.NaN)
  return Number.isSafeInteger(partition) && partition >= 0 ? partition : undefined
}
