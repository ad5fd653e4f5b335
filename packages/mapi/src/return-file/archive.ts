import { crc32, createInflateRaw } from 'node:zlib'
import { KIB } from '@payout/schemas/units'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import type { PartnerId } from '../values/partner-id.ts'
import { textOf } from '../wire/charset.ts'
import { RATIO_COUNTS_FROM, type ReturnFileLimits } from './limits.ts'
import { ReturnFileRefusal } from './refusal.ts'

/** What the name of an entry says that it is (RFD-3). It is never used as a path. */
type EntryType = 'csv' | 'xls'

/** One file of the archive, not unpacked yet. */
export interface ArchivedFile {
  readonly type: EntryType
  /** Bytes, as declared; `unpack` gives exactly so many or throws. */
  readonly size: number
  /**
   * Unpacks piece by piece, in memory.
   * @throws ReturnFileRefusal ENTRY_SIZE as soon as more comes than declared, ARCHIVE_BROKEN
   */
  unpack(): AsyncGenerator<Buffer, void, undefined>
}

/** What a return file's archive holds. */
export interface ReturnArchive {
  readonly csv: ArchivedFile
  readonly xls: ArchivedFile | undefined
}

/** Whether bytes begin as an archive does: with an entry, or with the end of an empty one. */
export function looksLikeZip(bytes: Buffer): boolean {
  return ['PK\u0003\u0004', 'PK\u0005\u0006'].includes(bytes.toString('latin1', 0, 4))
}

/**
 * Reads the list of an archive and judges all of it before anything is unpacked (RFD-3): one CSV, at most one XLS,
 * nothing else; names without paths; not encrypted; sizes and ratios within the limits.
 * @throws ReturnFileRefusal
 */
export async function openArchive(bytes: Buffer, partner: PartnerId, limits: ReturnFileLimits): Promise<ReturnArchive> {
  const entries = await listEntries(bytes, limits)
  const files: ArchivedFile[] = []
  for (const { entry, dataStart } of entries) {
    const type = readEntryName(entry.fileNameRaw, partner)
    checkSize(entry, limits)
    const packed = bytes.subarray(dataStart, dataStart + entry.compressedSize)
    files.push({ type, size: entry.uncompressedSize, unpack: () => unpack(packed, entry) })
  }
  if (files.reduce((sum, { size }) => sum + size, 0) > limits.totalBytes) throw new ReturnFileRefusal('ENTRY_TOO_LARGE')
  const [csv, ...otherCsv] = files.filter(({ type }) => type === 'csv')
  const [xls, ...otherXls] = files.filter(({ type }) => type === 'xls')
  if (csv === undefined) throw new ReturnFileRefusal('CSV_MISSING')
  if (otherCsv.length > 0) throw new ReturnFileRefusal('CSV_TWICE')
  if (otherXls.length > 0) throw new ReturnFileRefusal('XLS_TWICE')
  return { csv, xls }
}

interface ListedEntry {
  readonly entry: Entry
  readonly dataStart: number
}

const STORED = 0
const DEFLATED = 8

async function listEntries(bytes: Buffer, limits: ReturnFileLimits): Promise<ListedEntry[]> {
  // Names stay bytes: nobody says in which character set, and they are checked by our own rules.
  const zip = await orBroken(fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: false, autoClose: false }))
  if (zip.entryCount > limits.entries) throw new ReturnFileRefusal('ARCHIVE_ENTRIES')
  const listed: ListedEntry[] = []
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) throw new ReturnFileRefusal('ARCHIVE_ENCRYPTED')
      if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
        throw new ReturnFileRefusal('ARCHIVE_METHOD')
      }
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
      listed.push({ entry, dataStart: fileDataStart })
    }
  } catch (error) {
    if (error instanceof ReturnFileRefusal) throw error
    // The one kind of encryption that yauzl itself refuses, by words alone.
    throw new ReturnFileRefusal(/encrypt/i.test(String(error)) ? 'ARCHIVE_ENCRYPTED' : 'ARCHIVE_BROKEN')
  }
  if (hasMoreEntries(bytes, zip)) throw new ReturnFileRefusal('ARCHIVE_BROKEN', 'it has more entries than it says')
  return listed
}

/** Whether the list goes on after as many entries as its end says: another reader would see what we don't. */
function hasMoreEntries(bytes: Buffer, zip: ZipFile): boolean {
  const end = Number(zip.readEntryCursor)
  return bytes.toString('latin1', end, end + 4) === 'PK\u0001\u0002'
}

async function orBroken<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch {
    throw new ReturnFileRefusal('ARCHIVE_BROKEN')
  }
}

/** A separator, a drive's colon, a control character: none of it is in the name of a file without a path. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const PATH = /[/\\:\u0000-\u001f\u007f-\u009f\u2028\u2029]/u

/**
 * Reads the raw bytes of an entry's name.
 * @throws ReturnFileRefusal ENTRY_NAME for a path or unreadable bytes, ENTRY_UNKNOWN for another suffix,
 *   PARTNER_DIFFERS
 */
function readEntryName(raw: Buffer, partner: PartnerId): EntryType {
  const name = textOf(raw, 'utf-8') ?? textOf(raw, 'gb18030')
  if (name === undefined || name.length > 255 || PATH.test(name) || name.startsWith('..')) {
    throw new ReturnFileRefusal('ENTRY_NAME')
  }
  const type = /\.(csv|xls)$/i.exec(name)?.[1]?.toLowerCase()
  if (type !== 'csv' && type !== 'xls') throw new ReturnFileRefusal('ENTRY_UNKNOWN')
  const form = /^ALIPAY_\d{8}_R_(\d{1,32})\.[a-z]{3}$/i.exec(name)
  if (form !== null && form[1] !== partner) throw new ReturnFileRefusal('PARTNER_DIFFERS')
  return type
}

function checkSize({ compressedSize, uncompressedSize }: Entry, limits: ReturnFileLimits): void {
  if (uncompressedSize > limits.entryBytes) throw new ReturnFileRefusal('ENTRY_TOO_LARGE')
  if (uncompressedSize > RATIO_COUNTS_FROM && uncompressedSize > compressedSize * limits.ratio) {
    throw new ReturnFileRefusal('ENTRY_RATIO')
  }
}

async function* unpack(packed: Buffer, entry: Entry): AsyncGenerator<Buffer, void, undefined> {
  let size = 0
  let checksum = 0
  for await (const chunk of entry.compressionMethod === STORED ? slices(packed) : inflate(packed)) {
    size += chunk.length
    if (size > entry.uncompressedSize) throw new ReturnFileRefusal('ENTRY_SIZE')
    checksum = crc32(chunk, checksum)
    yield chunk
  }
  if (size < entry.uncompressedSize) throw new ReturnFileRefusal('ENTRY_SIZE')
  if (checksum !== entry.crc32) throw new ReturnFileRefusal('ARCHIVE_BROKEN', 'a checksum is wrong')
}

const CHUNK = 64 * KIB

function* slices(bytes: Buffer): Generator<Buffer, void, undefined> {
  for (let start = 0; start < bytes.length; start += CHUNK) yield bytes.subarray(start, start + CHUNK)
}

async function* inflate(packed: Buffer): AsyncGenerator<Buffer, void, undefined> {
  const inflation = createInflateRaw({ chunkSize: CHUNK })
  try {
    inflation.end(packed)
    for await (const chunk of inflation) yield chunk as Buffer
  } catch {
    throw new ReturnFileRefusal('ARCHIVE_BROKEN')
  } finally {
    inflation.destroy()
  }
  if (inflation.bytesWritten !== packed.length)
    throw new ReturnFileRefusal('ARCHIVE_BROKEN', 'an entry has bytes left over')
}
