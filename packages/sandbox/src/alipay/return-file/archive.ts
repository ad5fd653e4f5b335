import { MIB } from '@payout/schemas/units'
import { type HostileReturnFile, type ReturnFileFixture, rowsOf } from './fixture.ts'
import { csvOf, type ReturnFileTable, tableOf, withCell, withoutColumn, xlsOf } from './table.ts'
import { deflate, deflateRepeated, writeZip, type ZipEntry } from './zip-writer.ts'

/** A gibibyte of blanks in a mebibyte. */
const BOMB = { block: 16 * MIB, times: 64 } as const

/**
 * The bytes that stand where the archive of a day was asked for (bptb_refund_file 1.3 §5); the same bytes each time.
 *
 * @param partnerId the partner's number: it stands in the names of the entries
 */
export function archiveOf(fixture: ReturnFileFixture, partnerId: string): Buffer {
  const { hostile } = fixture
  const good = tableOf(rowsOf(fixture), fixture.payer)
  const named = hostile === 'other-partner' ? '2088999999999999' : partnerId
  const name = `ALIPAY_${fixture.date}_R_${named}`
  const table = hostile === undefined ? good : spoilt(good, hostile)
  const csv: ZipEntry = { name: `${name}.csv`, content: deflate(csvOf(table)) }
  const entries = [
    csv,
    ...(fixture.xls || hostile === 'no-csv' || hostile === 'xls-differs' ? [xlsEntry(name, table, hostile)] : []),
  ]
  switch (hostile) {
    case 'html':
      return Buffer.from('<html><head><title>200</title></head><body>PK</body></html>')
    case 'half-zip': {
      const whole = writeZip(entries)
      return whole.subarray(0, whole.length >> 1)
    }
    case 'path':
      return writeZip([{ ...csv, name: `../${csv.name}` }])
    case 'bomb':
      return writeZip([{ ...csv, content: deflateRepeated(Buffer.alloc(BOMB.block, ' '), BOMB.times) }])
    case 'password':
      return writeZip(entries.map((entry) => ({ ...entry, encrypted: true })))
    case 'no-csv':
      return writeZip(entries.slice(1))
    case 'two-csv':
      return writeZip([csv, { ...csv, name: `copy-of-${csv.name}` }])
    default:
      return writeZip(entries)
  }
}

function xlsEntry(name: string, table: ReturnFileTable, hostile: HostileReturnFile | undefined): ZipEntry {
  const shown = hostile === 'xls-differs' ? withCell(table, 0, '退票原因', '无') : table
  return { name: `${name}.xls`, content: deflate(xlsOf(shown)) }
}

/** The table with the one fault that the name says, in CSV and XLS alike; it needs a row, for some of them two. */
function spoilt(table: ReturnFileTable, hostile: HostileReturnFile): ReturnFileTable {
  const { head, columns, rows } = table
  switch (hostile) {
    case 'bad-total':
      return { ...table, head: { ...head, totalFen: head.totalFen + 1 } }
    case 'bad-count':
      return { ...table, head: { ...head, count: head.count + 1 } }
    case 'three-decimals':
      return withCell(table, 0, '金额', `${rows[0]?.[columns.indexOf('金额')]}0`)
    case 'no-such-date':
      return withCell(table, 0, '退票日期', '2010年02月30日 09:00:00')
    case 'unknown-flag':
      return withCell(table, 0, '对公对私标志', '3')
    case 'twice-serial':
      return withCell(table, 1, '提现流水号', rows[0]?.[columns.indexOf('提现流水号')] ?? '')
    case 'missing-column':
      return withoutColumn(table, '提现流水号')
    case 'html':
    case 'half-zip':
    case 'path':
    case 'bomb':
    case 'password':
    case 'no-csv':
    case 'two-csv':
    case 'xls-differs':
    case 'other-partner':
      return table
  }
}
