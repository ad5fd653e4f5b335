import { type Fen, sumFen } from '../fen.ts'
import type { CsvRecord } from './csv-records.ts'
import { type ReturnFileHead, ReturnFileProblems, ReturnFileRefusal } from './refusal.ts'
import { type ReturnFileRow, readRow, readYuan } from './row.ts'
import { ReturnTable, textOfCell } from './table.ts'

/** A CSV that is right in itself. */
export interface ReturnCsv {
  readonly head: ReturnFileHead
  readonly rows: readonly ReturnFileRow[]
}

/**
 * Reads the CSV of a return file: its head, all rows, and whether they fit together (RFD-4, RFD-5).
 * @throws ReturnFileRefusal CSV_HEAD, CSV_COLUMNS, ROWS_TOO_MANY, TOTALS_DIFFER where nothing else is wrong, else ROWS_INVALID with all
 * that is; and what `records` throws
 */
export async function readReturnCsv(records: AsyncIterable<CsvRecord>, maxRows: number): Promise<ReturnCsv> {
  const table = new ReturnTable<string>()
  const problems = new ReturnFileProblems()
  const rows: ReturnFileRow[] = []
  const seen = new Map<string, number>()
  let head: ReturnFileHead | undefined
  let count = 0
  for await (const { cells, line } of records) {
    const read = table.take(cells)
    switch (read.kind) {
      case 'nothing':
        break
      case 'no-head':
        throw new ReturnFileRefusal('CSV_HEAD', read.detail)
      case 'no-columns':
        throw new ReturnFileRefusal('CSV_COLUMNS', read.detail)
      case 'head':
        head = readHead(read.values)
        break
      case 'row': {
        count++
        if (count > maxRows) throw new ReturnFileRefusal('ROWS_TOO_MANY', `${maxRows} are allowed`)
        if (!read.even) {
          problems.add(line, 'ROW_CELLS', 'the line does not have as many cells as there are columns')
          break
        }
        const row = readRow(read.values, (code, explanation) => problems.add(line, code, explanation))
        if (row === undefined) break
        const first = seen.get(row.withdrawalSerial)
        if (first === undefined) seen.set(row.withdrawalSerial, line)
        else problems.add(line, 'WITHDRAWAL_SERIAL_TWICE', `the 提现流水号 of line ${first} once more`)
        rows.push(row)
      }
    }
  }
  if (head === undefined) throw new ReturnFileRefusal('CSV_HEAD', 'the file ends before it')
  if (!table.hasColumns) throw new ReturnFileRefusal('CSV_COLUMNS', 'the file ends before them')
  const wrongRows = problems.count
  compareTotals(head, count, wrongRows === 0 ? rows : undefined, problems)
  if (problems.count > 0) {
    throw new ReturnFileRefusal(wrongRows > 0 ? 'ROWS_INVALID' : 'TOTALS_DIFFER', undefined, problems)
  }
  return { head, rows }
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

/** RFD-5. The sum of rows that can't all be read would say nothing. */
function compareTotals(
  head: ReturnFileHead,
  count: number,
  rows: readonly ReturnFileRow[] | undefined,
  problems: ReturnFileProblems,
): void {
  if (head.count !== count) {
    problems.add(0, 'TOTAL_COUNT', `总笔数 is ${head.count}, and there are ${count} rows`)
  }
  if (rows === undefined) return
  const sum = sumOf(rows)
  if (sum !== head.totalFen) {
    problems.add(0, 'TOTAL_AMOUNT', `总金额 is ${head.totalFen} fen, and the rows are ${sum ?? 'more than can be'}`)
  }
}

function sumOf(rows: readonly ReturnFileRow[]): Fen | undefined {
  try {
    return sumFen(rows.map(({ amountFen }) => amountFen))
  } catch {
    return undefined
  }
}
