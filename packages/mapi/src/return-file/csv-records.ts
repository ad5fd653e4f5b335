import { pipeline } from 'node:stream'
import { TextDecoder } from 'node:util'
import { MIB } from '@payout/schemas/units'
import { CsvError, type Info, parse } from 'csv-parse'
import { ReturnFileRefusal } from './refusal.ts'

/** One record of a CSV. */
export interface CsvRecord {
  readonly cells: readonly string[]
  /** The line on which it ends, from 1. */
  readonly line: number
}

/** Far more than a row has, whatever its texts hold: a quote that never ends stops here, not at the end of the file. */
const RECORD_LIMIT = 4 * MIB

/**
 * Whether quotes hold cells together, or stand for themselves. Then a cell ends at each comma and each line break: so
 * write programs that know nothing of quotes within a text.
 */
export type CsvQuotes = 'hold' | 'literal'

/**
 * Reads a CSV as it streams: GB18030, or UTF-8 where it begins with a byte order mark; lines end in CRLF, LF or CR.
 * Blank lines are passed over. U+FFFD stands for bytes that are not valid: they spoil their own cell, and none of them
 * swallows a comma, a quote or the end of a line. A quote within a cell that does not begin with one is a part of it.
 * @throws ReturnFileRefusal CSV_FORMAT, and what `chunks` throws
 */
export async function* csvRecords(
  chunks: AsyncIterable<Buffer>,
  quotes: CsvQuotes = 'hold',
): AsyncGenerator<CsvRecord, void, undefined> {
  const parser = parse({
    delimiter: ',',
    quote: quotes === 'hold' ? '"' : null,
    record_delimiter: ['\r\n', '\n', '\r'],
    info: true,
    max_record_size: RECORD_LIMIT,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    trim: true,
  })
  // Its outcome is the parser's own, which the loop below hears of.
  pipeline(decoded(chunks), parser, () => {})
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      yield { cells: quotes === 'hold' ? record : withoutPairs(record), line: info.lines }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error.lines === 'number' ? `line ${error.lines}` : undefined
    throw new ReturnFileRefusal('CSV_FORMAT', line)
  } finally {
    parser.destroy()
  }
}

/**
 * Cells without a pair of quotes that is no part of them: around each cell of the line, or around one whose inner
 * quotes are doubled or that has none. A serial must not have another name because a memo of the same file holds half a
 * pair.
 */
function withoutPairs(cells: readonly string[]): readonly string[] {
  const isPaired = cells.every((cell) => /^".*"$/s.test(cell))
  return cells.map((cell) =>
    isPaired || /^"(?:[^"]|"")*"$/.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell,
  )
}

const UTF8_MARK = Buffer.from('\ufeff')

async function* decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let decoder: TextDecoder | undefined
  let first = Buffer.alloc(0)
  const decode = (bytes: Buffer | undefined): string => {
    decoder ??= new TextDecoder(first.subarray(0, 3).equals(UTF8_MARK) ? 'utf-8' : 'gb18030')
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
  }
  for await (const chunk of chunks) {
    if (decoder !== undefined) {
      yield decode(chunk)
      continue
    }
    // The mark may be split between pieces.
    first = Buffer.concat([first, chunk])
    if (first.length >= UTF8_MARK.length) yield decode(first)
  }
  if (decoder === undefined && first.length > 0) yield decode(first)
  yield decode(undefined)
}
