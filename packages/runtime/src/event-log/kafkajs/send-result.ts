import type { RecordMetadata } from 'kafkajs'
import { LogUnavailableError } from '../errors.ts'
import type { ProduceAnswer } from './internals.ts'

/**
 * The offset of the first record of a send to one partition. kafkajs resolves a send also when it never sent some of it (its issue
 * 1303); the partition then lacks in the result, so nothing counts as stored unless its partition is named without an error.
 * @throws LogUnavailableError
 */
export function firstOffset(results: readonly RecordMetadata[], topic: string, partition: number): number {
  const [result, ...others] = results
  const isOurs = result?.topicName === topic && result.partition === partition && result.errorCode === 0
  const offset = Number(result?.baseOffset ?? -1)
  if (!isOurs || others.length > 0 || offset < 0) {
    throw new LogUnavailableError(`a send to ${topic}-${partition} was not confirmed`)
  }
  return offset
}

/**
 * Looks for each partition of a produce request in its answer. What is not named there exactly once, without an error and with an offset, was not
 * confirmed; what is named there and was not sent shows that the answer is another one's.
 * @throws LogUnavailableError
 */
export function checkProduced(
  answer: ProduceAnswer | undefined,
  sent: readonly { readonly topic: string; readonly partition: number }[],
): void {
  const named = (answer?.topics ?? []).flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => ({ ...partition, topic: topicName })),
  )
  for (const { topic, partition } of sent) {
    const [found, ...more] = named.filter((one) => one.topic === topic && one.partition === partition)
    if (found?.errorCode !== 0 || !(Number(found.baseOffset) >= 0) || more.length > 0)
      throw new LogUnavailableError(`a send to ${topic}-${partition} was not confirmed`)
  }
  if (named.length !== sent.length) throw new LogUnavailableError('an answer confirms what was not sent')
}
