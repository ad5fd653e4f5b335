import { type Fen, sumFen } from '../values/fen.ts'
import type { CsvRecord } from './csv-records.ts'
import { type ReturnFileHead, ReturnFileProblems, ReturnFileRefusal } from './refusal.ts'
import { type ReturnFileRow, type RowCells, readReturnedAmount, readRow, readYuan } from './row.ts'
import { ReturnTable, textOfCell } from './table.ts'

/** A line of the table below its columns, whose amount is right. */
export interface ReturnLine {
  readonly cells: RowCells
  readonly amountFen: Fen
  /** Undefined where it is set aside: something else that decides can't be read. */
  readonly row: ReturnFileRow | undefined
}

/** A CSV whose totals are right. */
export interface ReturnCsv {
  readonly head: ReturnFileHead
  readonly lines: readonly ReturnLine[]
  /** What is wrong with the lines that are set aside, and what is odd in the others. */
  readonly problems: ReturnFileProblems
}

interface ReadLine extends Omit<ReturnLine, 'amountFen'> {
  readonly amountFen: Fen | undefined
  readonly line: number
}

/**
 * Reads the CSV of a return file: its head, all rows, and whether they fit together (RFD-4, RFD-5). A row that can't be
 * read sets itself aside, as long as its amount can: then the totals prove that the other rows are whole.
 * @throws ReturnFileRefusal CSV_HEAD, CSV_COLUMNS, CSV_BYTES, ROWS_TOO_MANY, TOTALS_DIFFER, ROWS_INVALID with all that
 *   is wrong where an amount can't be read or no row is left; and what `records` throws
 */
export async function readReturnCsv(records: AsyncIterable<CsvRecord>, maxRows: number): Promise<ReturnCsv> {
  const table = new ReturnTable<string>()
  const problems = new ReturnFileProblems()
  const lines: ReadLine[] = []
  let head: ReturnFileHead | undefined
  for await (const { cells, line } of records) {
    const read = table.take(cells)
    switch (read.kind) {
      case 'nothing':
        break
      case 'no-head':
        throw new ReturnFileRefusal(isDamaged(cells) ? 'CSV_BYTES' : 'CSV_HEAD', read.detail)
      case 'no-columns':
        throw new ReturnFileRefusal(isDamaged(cells) ? 'CSV_BYTES' : 'CSV_COLUMNS', read.detail)
      case 'head':
        head = readHead(read.values)
        break
      case 'row':
        if (lines.length === maxRows) throw new ReturnFileRefusal('ROWS_TOO_MANY', `${maxRows} are allowed`)
        lines.push(readLine(read, line, problems))
    }
  }
  if (head === undefined) throw new ReturnFileRefusal('CSV_HEAD', 'the file ends before it')
  if (!table.hasColumns) throw new ReturnFileRefusal('CSV_COLUMNS', 'the file ends before them')
  const counting = withoutTwice(lines, problems)
  return { head, lines: whole(head, counting, problems), problems }
}

function isDamaged(cells: readonly string[]): boolean {
  return cells.some((cell) => cell.includes('\ufffd'))
}

function readLine(
  { values, even }: { readonly values: RowCells; readonly even: boolean },
  line: number,
  problems: ReturnFileProblems,
): ReadLine {
  if (!even) {
    // Which cell is the amount nobody can know.
    problems.add(line, 'ROW_CELLS', 'the line does not have as many cells as there are columns')
    return { cells: values, line, amountFen: undefined, row: undefined }
  }
  const row = readRow(values, (code, explanation) => problems.add(line, code, explanation))
  return { cells: values, line, amountFen: readReturnedAmount(values.amount), row }
}

/** Rows with one withdrawal serial contradict each other, or one of them is none: all of them are set aside (RFD-7). */
function withoutTwice(lines: readonly ReadLine[], problems: ReturnFileProblems): readonly ReadLine[] {
  const first = new Map<string, number>()
  const twice = new Set<string>()
  for (const { cells, line } of lines) {
    const serial = textOfCell(cells.withdrawalSerial)
    const before = first.get(serial)
    if (before === undefined || serial === '') {
      first.set(serial, line)
      continue
    }
    twice.add(serial)
    problems.add(line, 'WITHDRAWAL_SERIAL_TWICE', `the 提现流水号 of line ${before} once more: neither row counts`)
  }
  if (twice.size === 0) return lines
  return lines.map((one) => (one.row && twice.has(one.row.withdrawalSerial) ? { ...one, row: undefined } : one))
}

/**
 * The lines where they are as many, and come to as much, as the head says (RFD-5); at least one of them has to count.
 */
function whole(head: ReturnFileHead, lines: readonly ReadLine[], problems: ReturnFileProblems): readonly ReturnLine[] {
  const known = lines.flatMap(({ cells, amountFen, row }) =>
    amountFen === undefined ? [] : [{ cells, amountFen, row }],
  )
  const isReadable = known.length === lines.length
  const isCount = head.count === lines.length
  if (!isCount) {
    problems.add(0, 'TOTAL_COUNT', `总笔数 is ${head.count}, and there are ${lines.length} rows`)
  }
  // The sum of rows that can't all be read would say nothing.
  const sum = isReadable ? sumOf(known) : undefined
  const isSum = sum === head.totalFen
  if (isReadable && !isSum) {
    problems.add(0, 'TOTAL_AMOUNT', `总金额 is ${head.totalFen} fen, and the rows are ${sum ?? 'more than can be'}`)
  }
  if (!isReadable || (lines.length > 0 && lines.every(({ row }) => row === undefined))) {
    throw new ReturnFileRefusal('ROWS_INVALID', undefined, problems)
  }
  if (!isCount || !isSum) throw new ReturnFileRefusal('TOTALS_DIFFER', undefined, problems)
  return known
}

function readHead(cells: Readonly<Record<'total' | 'count' | 'account', string>>): ReturnFileHead {
  const totalFen = readYuan(cells.total)
  if (totalFen === undefined) {
    throw new ReturnFileRefusal('CSV_HEAD', '总金额 is not an amount in yuan with at most two decimals')
  }
  const count = textOfCell(cells.count)
  if (!/^(?:0|[1-9][0-9]{0,8})$/.test(count)) throw new ReturnFileRefusal('CSV_HEAD', '总笔数 is not a number')
  const payerAccount = textOfCell(cells.account)
  if (!/^[!-~\u00a0-\uffff]{1,100}$/.test(payerAccount))
    throw new ReturnFileRefusal('CSV_HEAD', '支付宝账户 is not an account')
  return { totalFen, count: Number(count), payerAccount }
}

function sumOf(lines: readonly Pick<ReturnLine, 'amountFen'>[]): Fen | undefined {
  try {
    return sumFen(lines.map(({ amountFen }) => amountFen))
  } catch {
    return undefined
  }
}
