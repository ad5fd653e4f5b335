import type { RecordMetadata } from 'kafkajs'
import { LogUnavailableError } from '../../errors.ts'
import type { ProduceAnswer } from '../internals.ts'

interface Sent {
  readonly topic: string
  readonly partition: number
}

/**
 * The offset of the first record of a send to one partition. kafkajs resolves a send also when it never sent some of
 * it (its issue 1303); the partition then lacks in the result.
 * @throws LogUnavailableError
 */
export function firstOffset(results: readonly RecordMetadata[], topic: string, partition: number): number {
  const [offset = -1] = confirmed(results, [{ topic, partition }])
  return offset
}

/**
 * Looks for each partition of a produce request in its answer.
 * @throws LogUnavailableError
 */
export function checkProduced(answer: ProduceAnswer | undefined, sent: readonly Sent[]): void {
  const named = (answer?.topics ?? []).flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => ({ ...partition, topicName })),
  )
  confirmed(named, sent)
}

/**
 * The offsets of what was sent, in its order. What is not named exactly once, without an error and with an offset,
 * was not confirmed; what is named and was not sent shows that the answer is another one's.
 */
function confirmed(named: readonly RecordMetadata[], sent: readonly Sent[]): number[] {
  const offsets = sent.map(({ topic, partition }) => {
    const [found, ...more] = named.filter((one) => one.topicName === topic && one.partition === partition)
    const offset = Number(found?.baseOffset)
    if (found?.errorCode !== 0 || !(offset >= 0) || more.length > 0)
      throw new LogUnavailableError(`a send to ${topic}-${partition} was not confirmed`)
    return offset
  })
  if (named.length !== sent.length) throw new LogUnavailableError('an answer confirms what was not sent')
  return offsets
}
