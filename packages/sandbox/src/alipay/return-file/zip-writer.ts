import { constants, crc32, deflateRawSync } from 'node:zlib'

/** One file of an archive. */
export interface ZipEntry {
  /** Stored as UTF-8. */
  readonly name: string
  readonly content: ZipContent
  /** Marked as encrypted. */
  readonly encrypted?: boolean
}

/** Compressed bytes, and what they become. */
export interface ZipContent {
  readonly deflated: Buffer
  readonly size: number
  readonly crc: number
}

const [LOCAL_HEADER, CENTRAL_HEADER, END] = [0x04034b50, 0x02014b50, 0x06054b50]
const VERSION = 20
const [ENCRYPTED, UTF8_NAME] = [1, 1 << 11]
const DEFLATED = 8
/** 1 January 1980: an archive made again has the same bytes. */
const [TIME, DATE] = [0, 0x21]

/** Writes a ZIP archive (APPNOTE 6.3.3). Checks nothing: archives that no honest writer makes are wanted too. */
export function writeZip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const header = headerOf(entry, name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(LOCAL_HEADER, 0)
    header.copy(local, 4)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(CENTRAL_HEADER, 0)
    central.writeUInt16LE(VERSION, 4)
    header.copy(central, 6)
    central.writeUInt32LE(offset, 42)
    parts.push(local, name, entry.content.deflated)
    directory.push(central, name)
    offset += local.length + name.length + entry.content.deflated.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(lengthOf(directory), 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, ...directory, end])
}

export function deflate(bytes: Buffer): ZipContent {
  return { deflated: deflateRawSync(bytes), size: bytes.length, crc: crc32(bytes) }
}

/** So many times the same bytes, compressed at the cost of one. */
export function deflateRepeated(bytes: Buffer, times: number): ZipContent {
  // A full flush ends at a byte and forgets what was before, so that the same block can follow itself.
  const block = deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH })
  let crc = 0
  for (let time = 0; time < times; time += 1) crc = crc32(bytes, crc)
  const last = deflateRawSync(Buffer.alloc(0))
  return { deflated: Buffer.concat([...Array<Buffer>(times).fill(block), last]), size: bytes.length * times, crc }
}

/** What stands in both headers of an entry: 26 bytes. */
function headerOf({ content, encrypted = false }: ZipEntry, name: Buffer): Buffer {
  const header = Buffer.alloc(26)
  header.writeUInt16LE(VERSION, 0)
  header.writeUInt16LE(UTF8_NAME | (encrypted ? ENCRYPTED : 0), 2)
  header.writeUInt16LE(DEFLATED, 4)
  header.writeUInt16LE(TIME, 6)
  header.writeUInt16LE(DATE, 8)
  header.writeUInt32LE(content.crc, 10)
  header.writeUInt32LE(content.deflated.length, 14)
  header.writeUInt32LE(content.size, 18)
  header.writeUInt16LE(name.length, 22)
  return header
}

function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}
