import type { ReadableCharset } from '../wire/charset.ts'
import { gbkTable } from '../wire/double-byte-table.ts'

const BAR = 0x7c
const CARET = 0x5e

/** How many columns a line of a notify has (BTN-11). */
export const NOTIFY_COLUMNS = 8

/**
 * The bytes of each line of `success_details` or `fail_details`, without the `|` that ends or joins them (BTN-11).
 * Bytes that are not valid in the character set stay where they are: they spoil their own line and move no other.
 *
 * In GBK and GB18030 the byte of `|` (7C) may be the second half of a character. It ends the line nevertheless
 * - where it makes no character with the byte before it: as in the WHATWG decoder, an ASCII byte is then given back;
 * - where it does in the last column and yet more columns follow: a time has no such character, and a line no ninth
 *   column, so the byte before it is damage, and what follows is the next line.
 */
export function detailLines(details: Buffer, charset: ReadableCharset): Buffer[] {
  const lines: Buffer[] = []
  let start = 0
  let columns = 1
  let swallowed: number | undefined
  const endLine = (bar: number, columnsOfNext: number) => {
    lines.push(details.subarray(start, bar))
    start = bar + 1
    columns = columnsOfNext
    swallowed = undefined
  }
  for (let at = 0; at < details.length; ) {
    const byte = details[at]
    if (byte === BAR) {
      endLine(at, 1)
    } else if (byte === CARET) {
      if (columns === NOTIFY_COLUMNS && swallowed !== undefined) endLine(swallowed, 1)
      columns++
    }
    const width = characterWidth(details, at, charset)
    if (width === 2 && details[at + 1] === BAR && columns === NOTIFY_COLUMNS) swallowed = at + 1
    at += width
  }
  if (start < details.length) lines.push(details.subarray(start))
  return lines
}

/**
 * The bytes of each column of a line, without the `^` between them; in GBK and GB18030 a `^` that is half of a
 * character parts nothing.
 */
export function detailColumns(line: Buffer, charset: ReadableCharset): Buffer[] {
  const columns: Buffer[] = []
  let start = 0
  for (let at = 0; at < line.length; at += characterWidth(line, at, charset)) {
    if (line[at] !== CARET) continue
    columns.push(line.subarray(start, at))
    start = at + 1
  }
  columns.push(line.subarray(start))
  return columns
}

/**
 * How many bytes belong to what begins here, a character or damage. Only where ASCII bytes can be halves of characters
 * does it matter.
 */
function characterWidth(bytes: Buffer, at: number, charset: ReadableCharset): number {
  if (charset === 'utf-8' || charset === 'gb2312') return 1
  const lead = bytes[at] ?? 0
  if (lead <= 0x80 || lead === 0xff) return 1
  const second = bytes[at + 1] ?? 0
  if (second >= 0x80) return 2
  if (charset === 'gbk') return gbkTable().unitOf[(lead << 8) | second] === 0 ? 1 : 2
  if (isDigit(second)) {
    const third = bytes[at + 2] ?? 0
    return third > 0x80 && third < 0xff && isDigit(bytes[at + 3] ?? 0) ? 4 : 1
  }
  return second >= 0x40 && second <= 0x7e ? 2 : 1
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
