/** How the batches of a fetch are decoded. */
import { decodeRecordSet, type FetchedMessage } from '../record-batch/record-set.ts'

/** The part of kafkajs' Decoder that matters here. */
interface Decoder {
  readInt32(): number
  canReadBytes(length: number): boolean
  readBytes(length: number): Buffer
}

/** kafkajs' decodeMessages. */
export type DecodeMessages = (decoder: Decoder) => Promise<readonly FetchedMessage[]>

/**
 * Decodes what a fetch brings by our own code, which knows every codec of Kafka's, with a bound. kafkajs knows gzip
 * only, without a bound, checks no sums, and one batch that it can't read ends the whole consumer.
 * @param mostBytes how many bytes a batch may hold when it is decompressed; asked for each fetch.
 */
export function decodeEveryCodec(mostBytes: () => number): DecodeMessages {
  return async (decoder) => {
    const length = decoder.readInt32()
    return length > 0 && decoder.canReadBytes(length) ? decodeRecordSet(decoder.readBytes(length), mostBytes()) : []
  }
}
