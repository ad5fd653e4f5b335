import { describe, expect, it } from 'vitest'
import { fen } from '../fen.ts'
import { checkSameAsXls } from './same-as-xls.ts'
import type { Cell } from './table.ts'
import { COLUMNS, HEAD, ROW, TOTALS } from './testing/csv.ts'
import type { XlsMessage } from './xls/rows.ts'

const csv = {
  head: { totalFen: fen(1), count: 1, payerAccount: 'gongsi1@shoufei.com' },
  rows: [
    {
      batchNo: 'bptb_20101220_4178',
      serial: '1',
      payeeName: '测试 1',
      payeeAccount: '4402024301016406',
      bank: '中国工商银行',
      province: '四川省',
      city: '成都',
      branch: '',
      amountFen: fen(1),
      corporate: false,
      memo: 'ATS 批量代发',
      withdrawalSerial: '84782488',
      returnedAt: 1_292_634_000_000,
      reason: '账户名有误',
    },
  ],
}
const totals = TOTALS.with(0, '0.01').with(1, '1')

async function* messages(...sheets: readonly (readonly Cell[])[][]): AsyncGenerator<XlsMessage> {
  yield { kind: 'workbook', date1904: false }
  for (const rows of sheets) {
    yield { kind: 'sheet' }
    yield { kind: 'rows', rows }
  }
}
const compare = (...sheets: readonly (readonly Cell[])[][]) => checkSameAsXls(csv, messages(...sheets))

describe('the .xls beside the CSV', () => {
  it('RFD-3: holds the same where every cell means the same', async () => {
    await expect(compare([HEAD, totals, COLUMNS, ROW])).resolves.toBeUndefined()
    await expect(compare([HEAD, totals], [], [COLUMNS], [HEAD, totals, COLUMNS, ROW])).resolves.toBeUndefined()
    const numbers: Cell[] = [...ROW]
    // 40,530.375 is 2010-12-18 09:00 in a workbook: 40,530 days after 1899-12-30.
    for (const [at, value] of [
      [1, 1],
      [3, 4402024301016406],
      [8, 0.01],
      [9, 2],
      [11, 84782488],
      [12, 40_530.375],
    ] as const) {
      numbers[at] = value
    }
    await expect(compare([HEAD, [0.01, 1, totals[2] ?? ''], COLUMNS, numbers])).resolves.toBeUndefined()
  })

  it.each(COLUMNS)('RFD-3: another %s is told by name', async (name) => {
    for (const other of ['3', 3]) {
      const row: Cell[] = [...ROW]
      row[COLUMNS.indexOf(name)] = other
      await expect(compare([HEAD, totals, COLUMNS, row])).rejects.toMatchObject({
        code: 'XLS_DIFFERS',
        message: expect.stringContaining(`${name} of row 1`),
      })
    }
  })

  it.each(HEAD)('RFD-3: another %s of the head is told by name', async (name) => {
    for (const other of ['3', 3]) {
      const values: Cell[] = [...totals]
      values[HEAD.indexOf(name)] = other
      await expect(compare([HEAD, values, COLUMNS, ROW])).rejects.toMatchObject({
        code: 'XLS_DIFFERS',
        message: expect.stringContaining(`${name} of the head`),
      })
    }
  })

  it.each([
    ['nothing', []],
    ['no columns', [HEAD, totals]],
    ['other columns', [HEAD, totals, ['别的']]],
    ['another head', [['别的']]],
    ['no rows', [HEAD, totals, COLUMNS]],
    ['the row twice', [HEAD, totals, COLUMNS, ROW, ROW]],
  ])('RFD-3: %s is another content', async (_, rows) => {
    await expect(compare(rows)).rejects.toMatchObject({ code: 'XLS_DIFFERS' })
  })
})
