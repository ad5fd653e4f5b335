/** LZ4 as producers of Kafka write it: one frame (LZ4 Frame Format 1.6) of blocks that do not depend on each other. */
import { KIB } from '@payout/schemas/units'
import { uncompress } from 'lz4-napi'
import { BatchFault } from './batch-fault.ts'

const MAGIC = 0x184d2204
/** By the code in the frame's head; Kafka's own reader knows no others either. */
const BLOCK_BYTES: Readonly<Record<number, number>> = { 4: 64 * KIB, 5: 256 * KIB, 6: KIB * KIB, 7: 4 * KIB * KIB }
/** Of a block's length: the block was not compressed. */
const PLAIN_FLAG = 0x80000000

interface Frame {
  readonly blocksAt: number
  readonly blockBytes: number
  readonly hasBlockChecksums: boolean
}

/**
 * @param most how many bytes may come out: no block is decompressed that could exceed it.
 * @throws BatchFault when it would be more, or the frame is none that Kafka's own reader takes.
 */
export async function decompressLz4(bytes: Buffer, most: number): Promise<Buffer> {
  const { blocksAt, blockBytes, hasBlockChecksums } = readHead(bytes)
  const plain: Buffer[] = []
  let length = 0
  for (let at = blocksAt; ; ) {
    const size = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : undefined
    if (size === undefined) throw new BatchFault('its LZ4 frame does not end')
    if (size === 0) return Buffer.concat(plain, length)
    const isPlain = (size & PLAIN_FLAG) !== 0
    const end = at + 4 + (isPlain ? size - PLAIN_FLAG : size)
    if (end > bytes.length) throw new BatchFault('its LZ4 block does not end where it does')
    const block = bytes.subarray(at + 4, end)
    const part = isPlain ? block : await decompressBlock(block, blockBytes)
    length += part.length
    if (length > most)
      throw new BatchFault(`it holds more than the ${most} bytes that KAFKA_MAX_BATCH_BYTES allows when decompressed`)
    plain.push(part)
    at = end + (hasBlockChecksums ? 4 : 0)
  }
}

function readHead(bytes: Buffer): Frame {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) throw new BatchFault('it is no LZ4 frame')
  const flags = bytes.readUInt8(4)
  const blockBytes = BLOCK_BYTES[(bytes.readUInt8(5) >> 4) & 7]
  const hasDictionary = (flags & 0x01) !== 0
  const areIndependent = (flags & 0x20) !== 0
  if (flags >> 6 !== 1 || blockBytes === undefined || hasDictionary || !areIndependent)
    throw new BatchFault("it is no LZ4 frame that Kafka's own reader takes")
  const hasContentSize = (flags & 0x08) !== 0
  return { blocksAt: hasContentSize ? 15 : 7, blockBytes, hasBlockChecksums: (flags & 0x10) !== 0 }
}

/** The library wants the length of what comes out before the block: room for the largest that the frame allows. */
async function decompressBlock(block: Buffer, blockBytes: number): Promise<Buffer> {
  const sized = Buffer.allocUnsafe(4 + block.length)
  sized.writeUInt32LE(blockBytes, 0)
  block.copy(sized, 4)
  try {
    return await uncompress(sized)
  } catch (cause) {
    throw new BatchFault('its LZ4 block is damaged', { cause })
  }
}
