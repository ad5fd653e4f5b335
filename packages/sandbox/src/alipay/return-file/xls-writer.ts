import { CFB } from '@e965/xlsx'

/** A text, or a number shown with two decimals. */
export type XlsCell = string | number

/** Rows of one sheet of a BIFF8 workbook. */
export const XLS_SHEET_ROWS = 65_536

const [BOF, EOF, CODEPAGE, FONT, XF, BOUNDSHEET, SST, CONTINUE, DIMENSIONS, NUMBER, LABEL_SST] = [
  0x0809, 0x000a, 0x0042, 0x0031, 0x00e0, 0x0085, 0x00fc, 0x003c, 0x0200, 0x0203, 0x00fd,
]
const [GLOBALS, WORKSHEET] = [0x0005, 0x0010]
/** A record's data is at most this long; what is longer goes on in CONTINUE. */
const RECORD_LIMIT = 8_224
/** Smaller streams go to a place of their own in a compound file. */
const SMALLEST_STREAM = 4_096
/**
 * The first 15 formats are styles, the next is that of texts, the one behind it has two decimals (built-in format 2).
 */
const [STYLE_XFS, TEXT_XF, NUMBER_XF, TWO_DECIMALS] = [15, 15, 16, 2]

/**
 * Writes a workbook as Excel 97 does ([MS-XLS]): BIFF8 with a table of shared strings, in a compound file. SheetJS,
 * which makes the compound file, can write BIFF8 too, but takes 16 KiB of memory for each cell.
 *
 * @param sheets rows of cells, at most XLS_SHEET_ROWS to a sheet; a text has at most 4,000 characters
 */
export function writeXls(sheets: readonly (readonly (readonly XlsCell[])[])[]): Buffer {
  const strings = new SharedStrings()
  const bodies = sheets.map((rows) => worksheet(rows, strings))
  const names = sheets.map((_, index) => Buffer.from(`Sheet${index + 1}`, 'latin1'))
  const before = Buffer.concat([
    bof(GLOBALS),
    record(CODEPAGE, uint16(1200)),
    ...Array.from({ length: 4 }, () => record(FONT, font())),
    ...Array.from({ length: STYLE_XFS }, () => record(XF, format(0, 0xfff5))),
    record(XF, format(0, 1)),
    record(XF, format(TWO_DECIMALS, 1)),
  ])
  const after = Buffer.concat([...strings.records(), record(EOF)])
  let start = before.length + after.length + names.reduce((sum, name) => sum + 4 + 8 + name.length, 0)
  const parts: Buffer[] = [before]
  for (const [index, name] of names.entries()) {
    parts.push(record(BOUNDSHEET, uint32(start), Buffer.of(0, 0, name.length, 0), name))
    start += bodies[index]?.length ?? 0
  }
  const stream = Buffer.concat([...parts, after, ...bodies])
  const file = CFB.utils.cfb_new()
  const padding = Buffer.alloc(Math.max(0, SMALLEST_STREAM - stream.length))
  CFB.utils.cfb_add(file, '/Workbook', Buffer.concat([stream, padding]))
  return Buffer.from(CFB.write(file, { type: 'buffer' }) as Uint8Array)
}

/** The table of strings: each text once, by its number. */
class SharedStrings {
  readonly #numbers = new Map<string, number>()
  #uses = 0

  numberOf(text: string): number {
    this.#uses += 1
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.#numbers.size)
    return this.#numbers.size - 1
  }

  /** Strings are kept whole: the one that does not fit any more begins the next record. */
  *records(): Iterable<Buffer> {
    let [type, parts, length]: [number, Buffer[], number] = [SST, [uint32(this.#uses), uint32(this.#numbers.size)], 8]
    for (const text of this.#numbers.keys()) {
      const encoded = Buffer.concat([uint16(text.length), Buffer.of(1), Buffer.from(text, 'utf16le')])
      if (length + encoded.length > RECORD_LIMIT) {
        yield record(type, ...parts)
        ;[type, parts, length] = [CONTINUE, [], 0]
      }
      parts.push(encoded)
      length += encoded.length
    }
    yield record(type, ...parts)
  }
}

function worksheet(rows: readonly (readonly XlsCell[])[], strings: SharedStrings): Buffer {
  const columns = Math.max(0, ...rows.slice(0, 8).map((row) => row.length))
  const cells: Buffer[] = []
  for (const [row, values] of rows.entries()) {
    const records = values.map((value, column) => cell(row, column, value, strings))
    cells.push(Buffer.concat(records))
  }
  const size = [uint32(0), uint32(rows.length), uint16(0), uint16(columns), uint16(0)]
  return Buffer.concat([bof(WORKSHEET), record(DIMENSIONS, ...size), ...cells, record(EOF)])
}

function cell(row: number, column: number, value: XlsCell, strings: SharedStrings): Buffer {
  const numeric = typeof value === 'number'
  const bytes = Buffer.alloc(numeric ? 18 : 14)
  bytes.writeUInt16LE(numeric ? NUMBER : LABEL_SST, 0)
  bytes.writeUInt16LE(bytes.length - 4, 2)
  bytes.writeUInt16LE(row, 4)
  bytes.writeUInt16LE(column, 6)
  bytes.writeUInt16LE(numeric ? NUMBER_XF : TEXT_XF, 8)
  if (numeric) bytes.writeDoubleLE(value, 10)
  else bytes.writeUInt32LE(strings.numberOf(value), 10)
  return bytes
}

function record(type: number, ...data: readonly Buffer[]): Buffer {
  const body = Buffer.concat(data)
  return Buffer.concat([uint16(type), uint16(body.length), body])
}

/** The beginning of a part of a workbook: BIFF8, written by a version of 1996. */
function bof(part: number): Buffer {
  return record(BOF, uint16(0x0600), uint16(part), uint16(0x0dbb), uint16(0x07cc), uint32(0), uint32(6))
}

/** Arial, ten points. */
function font(): Buffer {
  const name = Buffer.from('Arial', 'latin1')
  const sizes = [200, 0, 0x7fff, 400, 0].map(uint16)
  return Buffer.concat([...sizes, Buffer.of(0, 0, 0, 0, name.length, 0), name])
}

function format(numberFormat: number, flags: number): Buffer {
  const head = [0, numberFormat, flags].map(uint16)
  return Buffer.concat([...head, Buffer.of(0x20, 0, 0, flags === 1 ? 0 : 0xf4), Buffer.alloc(8), uint16(0x20c0)])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
