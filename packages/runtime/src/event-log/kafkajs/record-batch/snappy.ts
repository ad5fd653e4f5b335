/**
 * Snappy as producers of Kafka write it: one raw block (librdkafka), or the blocks of snappy-java, each with its
 * length before it (Java).
 */
import { uncompress } from 'snappy'
import { BatchFault } from './batch-fault.ts'

/** What snappy-java's stream begins with; a version and the oldest one that can read it follow, four bytes each. */
const JAVA_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const JAVA_HEAD_BYTES = JAVA_MAGIC.length + 8

/**
 * @param most how many bytes may come out; each block says beforehand how many it holds.
 * @throws BatchFault when it would be more, or the blocks are not what they say they are.
 */
export async function decompressSnappy(bytes: Buffer, most: number): Promise<Buffer> {
  const blocks = bytes.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC) ? javaBlocks(bytes) : [bytes]
  const length = blocks.reduce((sum, block) => sum + plainLength(block), 0)
  if (length > most)
    throw new BatchFault(`it holds ${length} bytes when decompressed, and KAFKA_MAX_BATCH_BYTES allows ${most}`)
  const plain = await Promise.all(
    blocks.map((block) =>
      uncompress(block).catch((cause: unknown) => {
        throw new BatchFault('its snappy block is damaged', { cause })
      }),
    ),
  )
  return Buffer.concat(plain.map((part) => Buffer.from(part)))
}

function javaBlocks(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  for (let at = JAVA_HEAD_BYTES; at < bytes.length; ) {
    const end = at + 4 <= bytes.length ? at + 4 + bytes.readInt32BE(at) : bytes.length + 1
    if (end > bytes.length || end <= at + 4) throw new BatchFault('its snappy blocks do not end where it does')
    blocks.push(bytes.subarray(at + 4, end))
    at = end
  }
  return blocks
}

/** The varint that a block begins with. */
function plainLength(block: Buffer): number {
  let length = 0
  for (let at = 0; at < 5; at++) {
    const byte = block[at]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return length
  }
  throw new BatchFault('its snappy block does not say how long it is')
}
