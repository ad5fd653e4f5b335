/**
 * Damages what a broker of this machine keeps, as a disk or a foreign producer might: nothing may be written that way
 * through Kafka itself.
 */
import { open, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const crc32c = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number

const HEAD_BYTES = 61
const LENGTH_AT = 8
const CHECKSUM_AT = 17
const CHECKED_AT = 21
const FIRST_SEGMENT = '00000000000000000000.log'

/** Where the batch of a partition stands. */
export interface BatchPlace {
  /** What the broker's folder of data lies in. */
  readonly dataDir: string
  /** With its namespace. */
  readonly topic: string
  readonly partition: number
  readonly firstOffset: number
}

/** Gives the batch a codec that nobody knows (5), with a checksum that is right. */
export function giveUnknownCodec(place: BatchPlace): Promise<void> {
  return rewrite(place, (batch) => {
    batch.writeInt16BE((batch.readInt16BE(CHECKED_AT) & ~7) | 5, CHECKED_AT)
    batch.writeUInt32BE(crc32c(batch.subarray(CHECKED_AT)), CHECKSUM_AT)
  })
}

/** Lets one bit of its records fall over. */
export function flipBit(place: BatchPlace): Promise<void> {
  return rewrite(place, (batch) => batch.writeUInt8(batch.readUInt8(HEAD_BYTES + 3) ^ 1, HEAD_BYTES + 3))
}

async function rewrite(
  { dataDir, topic, partition, firstOffset }: BatchPlace,
  change: (batch: Buffer) => void,
): Promise<void> {
  const segment = join(`${topic}-${partition}`, FIRST_SEGMENT)
  const found = (await readdir(dataDir, { recursive: true })).find((path) => path.endsWith(segment))
  if (found === undefined) throw new RangeError(`the broker keeps no ${segment}`)
  const file = await open(join(dataDir, found), 'r+')
  try {
    const log = await file.readFile()
    for (let at = 0; at + HEAD_BYTES <= log.length; ) {
      const batch = log.subarray(at, at + 12 + log.readInt32BE(at + LENGTH_AT))
      if (Number(batch.readBigInt64BE(0)) === firstOffset) {
        change(batch)
        await file.write(batch, 0, batch.length, at)
        return
      }
      at += batch.length
    }
    throw new RangeError(`no batch of ${topic}-${partition} begins at ${firstOffset}`)
  } finally {
    await file.close()
  }
}
