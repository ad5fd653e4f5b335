import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../values/fen.ts'
import { ROW_COLUMNS, type RowColumn } from './columns.ts'
import { ReturnFileProblems } from './refusal.ts'
import type { ReturnCsv } from './return-csv.ts'
import type { RowCells } from './row.ts'
import { checkSameAsXls } from './same-as-xls.ts'
import type { Cell } from './table.ts'
import { COLUMNS, HEAD, ROW, TOTALS } from './testing/csv.ts'
import type { XlsMessage } from './xls/rows.ts'

const cells = Object.fromEntries(
  Object.entries(ROW_COLUMNS).map(([column, [name]]) => [column, ROW[COLUMNS.indexOf(name)] ?? '']),
)
const csvOf = (changes: Partial<Record<RowColumn, string>> = {}): ReturnCsv => ({
  head: { totalFen: fen(1), count: 1, payerAccount: 'gongsi1@shoufei.com' },
  lines: [{ cells: { ...cells, ...changes } as RowCells, amountFen: fen(1), row: undefined }],
  problems: new ReturnFileProblems(),
})
const totals = TOTALS.with(0, '0.01').with(1, '1')

async function* messages(...sheets: readonly (readonly Cell[])[][]): AsyncGenerator<XlsMessage> {
  yield { kind: 'workbook', date1904: false }
  for (const rows of sheets) {
    yield { kind: 'sheet' }
    yield { kind: 'rows', rows }
  }
}
const compare = (...sheets: readonly (readonly Cell[])[][]) => checkSameAsXls(csvOf(), messages(...sheets))

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

  const withText = (name: string, written: string, cell: Cell) => {
    const row: Cell[] = [...ROW]
    row[COLUMNS.indexOf(name)] = cell
    const [column] = (Object.entries(ROW_COLUMNS) as [RowColumn, readonly string[]][]).find(([, names]) =>
      names.includes(name),
    ) ?? ['memo']
    return checkSameAsXls(csvOf({ [column]: written }), messages([HEAD, totals, COLUMNS, row]))
  }
  const WORDS = [
    '收款银行户名',
    '收款开户银行',
    '收款银行所在省份',
    '收款银行所在市',
    '收款支行名称',
    '备注',
    '退票原因',
  ]

  it.each([
    ['a tab that is a blank there', 'a\tb', 'a b'],
    ['a tab that is lost there', 'a\tb', 'ab'],
    ['another end of a line', 'a\r\nb', 'a\nb'],
    ['NUL', 'a\u0000b', 'ab'],
    ['a mark of direction', '\u202ea\u202c', 'a'],
    ['blanks around', ' a ', 'a\u00a0'],
    ['bytes that can not be read', '账\ufffd名有误', '账户名有误'],
    ['bytes that can not be read, in both', '账\ufffd名', '账\ud842名'],
    ['half a pair there', 'a𠮷b', 'a\ud842b'],
    ['a character that the CSV can not hold', '?野', '𠮷野'],
    ['a text that is no longer than both', '某'.repeat(5000), '某'.repeat(5000)],
    ['nothing in both', '', ''],
    ['nothing but what can not be seen', '\u200b', ''],
  ])('RFD-3: %s is no difference in a text that decides nothing', async (_, written, cell) => {
    for (const name of WORDS) await expect(withText(name, written, cell)).resolves.toBeUndefined()
  })

  it.each([
    ['another word', 'ab', 'ac'],
    ['a word more', 'ab', 'abc'],
    ['another word around a gap', '账\ufffd名有误', '账户名有无'],
    ['a gap in another place', '账\ufffd名有误', '户名有误'],
    ['another end', 'a?b', 'abc'],
    ['a question mark there', 'abc', 'a?c'],
    ['one of 5,000 characters', `${'某'.repeat(4999)}a`, `${'某'.repeat(4999)}b`],
    ['nothing', 'a', ''],
  ])('RFD-3: %s is a difference', async (_, written, cell) => {
    for (const name of WORDS) {
      await expect(withText(name, written, cell)).rejects.toMatchObject({ code: 'XLS_DIFFERS' })
    }
  })

  it('RFD-3: of what decides nothing is passed over', async () => {
    for (const name of ['商户批次号', '商户流水号', '收款银行账号', '提现流水号']) {
      for (const [written, cell] of [
        ['a\tb', 'ab'],
        ['?', 'a'],
        ['a\ufffd', 'ab'],
        ['1\u200b', '1'],
      ] as const) {
        await expect(withText(name, written, cell)).rejects.toMatchObject({ code: 'XLS_DIFFERS' })
      }
      await expect(withText(name, 'a\tb', 'a\tb')).resolves.toBeUndefined()
    }
    for (const name of ['对公对私标志', '退票日期']) {
      await expect(withText(name, 'x', 'x')).resolves.toBeUndefined()
      await expect(withText(name, 'x', 'y')).rejects.toMatchObject({ code: 'XLS_DIFFERS' })
    }
  })

  it('RFD-3: whatever a text is, it is the same as itself, and as itself with gaps', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '某', '\t', ' ', '\ufffd', '?', '𠮷', '\ud842'),
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(text, fc.nat(11), async (cell, at) => {
        await expect(withText('备注', cell, cell)).resolves.toBeUndefined()
        await expect(withText('备注', `${cell.slice(0, at)}\ufffd${cell.slice(at + 1)}`, cell)).resolves.toBeUndefined()
      }),
    )
  })
})
