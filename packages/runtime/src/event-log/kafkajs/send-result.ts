import type { RecordMetadata } from 'kafkajs'
import { LogUnavailableError } from '../errors.ts'

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
