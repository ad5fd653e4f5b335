import { LogUnavailableError } from '../../errors.ts'
import { kafkaErrors, kafkaErrorType } from '../client.ts'
import type { ProduceAnswer } from '../internals.ts'

interface Sent {
  readonly topic: string
  readonly partition: number
}

/**
 * The offset of the first record of each partition of a produce request, in the order of the request.
 * @throws LogUnavailableError where one of them is not confirmed
 */
export function confirmedOffsets(answer: ProduceAnswer | undefined, sent: readonly Sent[]): number[] {
  const named = (answer?.topics ?? []).flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => ({ ...partition, topicName })),
  )
  const offsets = sent.map(({ topic, partition }) => {
    const [found, ...more] = named.filter((one) => one.topicName === topic && one.partition === partition)
    const offset = Number(found?.baseOffset)
    // What is not named exactly once, without an error and with an offset, was not confirmed.
    if (found?.errorCode !== 0 || !(offset >= 0) || more.length > 0)
      throw new LogUnavailableError(`a send to ${topic}-${partition} was not confirmed`)
    return offset
  })
  // What is named and was not sent shows that the answer is another one's.
  if (named.length !== sent.length) throw new LogUnavailableError('an answer confirms what was not sent')
  return offsets
}

/**
 * Whether a send that rejected may go better another time: not where the broker's word is final, nor where its answer
 * can't be understood.
 */
export function isWorthRepeating(error: unknown): boolean {
  if (error instanceof LogUnavailableError) return false
  return (
    kafkaErrorType(error) === undefined ||
    kafkaErrors(error).some((one) => 'retriable' in one && one.retriable === true)
  )
}
