/** What a batch's records are compressed with. */
import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import { BatchFault } from './batch-fault.ts'

const unpackGzip = promisify(gunzip)
const unpackZstd = promisify(zstdDecompress)

/** By Kafka's numbers. What is native code is loaded when it is first met. */
const codecs: Readonly<Record<number, (bytes: Buffer, most: number) => Promise<Buffer>>> = {
  1: (bytes, most) => byZlib('gzip', most, unpackGzip(bytes, { maxOutputLength: most })),
  2: async (bytes, most) => (await import('./snappy.ts')).decompressSnappy(bytes, most),
  3: async (bytes, most) => (await import('./lz4.ts')).decompressLz4(bytes, most),
  4: (bytes, most) => byZlib('zstd', most, unpackZstd(bytes, { maxOutputLength: most })),
}

/**
 * Decompresses what a batch holds.
 * @param codec 1 gzip, 2 snappy, 3 LZ4, 4 zstd, as in a batch's attributes.
 * @param most how many bytes may come out. It holds while they come: no more memory than that is taken.
 * @throws BatchFault when it would be more, when the codec is none of these, or when the bytes are damaged.
 */
export async function decompress(codec: number, bytes: Buffer, most: number): Promise<Buffer> {
  const unpack = codecs[codec]
  if (unpack === undefined) throw new BatchFault(`its codec has the number ${codec}, and 1 to 4 are known`)
  return unpack(bytes, most)
}

async function byZlib(name: string, most: number, unpacking: Promise<Buffer>): Promise<Buffer> {
  try {
    return await unpacking
  } catch (cause) {
    const isTooLong = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE'
    if (isTooLong)
      throw new BatchFault(`it holds more than the ${most} bytes that KAFKA_MAX_BATCH_BYTES allows when decompressed`)
    throw new BatchFault(`its ${name} stream is damaged`, { cause })
  }
}
