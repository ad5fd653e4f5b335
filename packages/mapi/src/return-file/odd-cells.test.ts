import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partnerId } from '../values/partner-id.ts'
import { readReturnFile } from './read-return-file.ts'
import { sharedTexts, textCell, workbookOf } from './testing/biff.ts'
import { COLUMNS, CSV_NAME, gb18030, HEAD, linesOf, ROW, SECOND, TOTALS } from './testing/csv.ts'
import { zipOf } from './testing/zip.ts'

const partner = partnerId('2088101000922193')
const WORDS = ['收款银行户名', '收款开户银行', '收款银行所在省份', '收款银行所在市', '收款支行名称', '备注', '退票原因']
const FIELDS = ['payeeName', 'bank', 'province', 'city', 'branch', 'memo', 'reason'] as const
const fieldOf = (name: string) => FIELDS[WORDS.indexOf(name)] ?? ''
const column = (name: string) => COLUMNS.indexOf(name)
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

/** A workbook of one sheet, all of texts. */
function textsAsXls(rows: readonly (readonly string[])[]): Buffer {
  const texts = [...new Set(rows.flat())]
  const cells = rows.flatMap((row, at) => row.map((text, place) => textCell(at, place, texts.indexOf(text))))
  return workbookOf([sharedTexts(texts)], cells)
}

function read(csv: Buffer, rows?: readonly (readonly string[])[]) {
  const xls = rows && textsAsXls([HEAD, TOTALS, COLUMNS, ...rows])
  const entries = [
    { name: CSV_NAME, content: csv },
    ...(xls ? [{ name: CSV_NAME.replace('.csv', '.xls'), content: xls }] : []),
  ]
  return readReturnFile(zipOf(entries), 'application/octet-stream', { partnerId: partner })
}

/** A file of two rows, one with this text, as CSV alone and with the same in a workbook. */
async function* files(name: string, text: string) {
  const rows = [ROW, SECOND.with(column(name), text)]
  const csv = gb18030(linesOf([ROW, SECOND.with(column(name), quoted(text))]))
  yield await read(csv)
  yield await read(csv, rows)
}

const taken = { kind: 'taken', totalFen: 3, setAside: 0 }

describe('texts of a return file that decide nothing', () => {
  it.each([
    ['a tab', 'a\tb', 'a\\u{9}b'],
    ['U+0085', 'a\u0085b', 'a\\u{85}b'],
    ['NUL', 'a\u0000b', 'a\\u{0}b'],
    ['line breaks', 'a\r\nb\nc', 'a\\u{d}\\u{a}b\\u{a}c'],
    ['U+2028', 'a\u2028b', 'a\\u{2028}b'],
    ['marks of direction', '\u202e某\u202c\u2066', '\\u{202e}某\\u{202c}\\u{2066}'],
    ['what can not be seen', '\u200b\u00adx', '\\u{200b}\\u{ad}x'],
    ["a terminal's commands", '\u001b[2K\rok', '\\u{1b}[2K\\u{d}ok'],
  ])('RFD-4: %s is kept, shown by its code point, and told of', async (_, text, shown) => {
    for (const [index, name] of WORDS.entries()) {
      for await (const reading of files(name, text)) {
        expect(reading).toMatchObject({
          ...taken,
          rows: [{}, { [FIELDS[index] ?? '']: shown, withdrawalSerial: '84782489' }],
          problems: [{ code: 'ROW_TEXT_ODD', explanation: expect.stringContaining(name) }],
        })
      }
    }
  })

  it.each(['', ' ', 'a,b', '测"试', '"', "'", '=1+1', 'a;b', '𠮷', '€', '原因\u3000不明', '1.38E+10', '测'.repeat(64)])(
    'RFD-4: %j is nothing odd',
    async (text) => {
      const fine = { ...taken, problems: [] }
      const inAll = (written: string) => WORDS.reduce((row, name) => row.with(column(name), written), SECOND)
      for (const name of WORDS) {
        const alone = SECOND.with(column(name), quoted(text))
        expect(await read(gb18030(linesOf([ROW, alone])))).toMatchObject(fine)
      }
      // A workbook is read in a thread of its own, which costs most here: one for all columns.
      const csv = gb18030(linesOf([ROW, inAll(quoted(text))]))
      expect(await read(csv, [ROW, inAll(text)])).toMatchObject(fine)
    },
  )

  it.each([501, 5000, 20_000])('RFD-4: a text of %i characters is cut, and that is told', async (length) => {
    for (const name of WORDS) {
      for await (const reading of files(name, '某'.repeat(length))) {
        expect(reading).toMatchObject({
          ...taken,
          problems: [{ row: 5, code: 'ROW_TEXT_CUT', explanation: expect.stringContaining(`${length} characters`) }],
        })
      }
    }
    const [reading] = await Array.fromAsync(files('备注', '某'.repeat(length)))
    expect(reading).toMatchObject({ rows: [{}, { memo: `${'某'.repeat(500)}… (cut, ${length} characters)` }] })
  })

  it.each(['ff', '80', '81', '8130', 'a1', 'fe30', 'd6', '8130813081'])(
    'RFD-4: the bytes %s, which can not be read, spoil their own cell alone',
    async (hex) => {
      for (const name of WORDS) {
        const mark = Buffer.from('@@')
        const csv = gb18030(linesOf([ROW.with(column(name), `测${mark}`), SECOND]))
        const at = csv.indexOf(mark)
        const damaged = Buffer.concat([csv.subarray(0, at), Buffer.from(hex, 'hex'), csv.subarray(at + mark.length)])
        const reading = await read(damaged)
        // 80 is the euro sign of CP936, and a1 makes a character with nothing.
        expect(reading).toMatchObject({
          ...taken,
          rows: [{ withdrawalSerial: '84782488' }, { withdrawalSerial: '84782489' }],
        })
        expect(await read(damaged, [ROW.with(column(name), '测某'), SECOND])).toMatchObject({
          kind: hex === '80' ? 'refused' : 'taken',
        })
      }
    },
  )

  it('RFD-4: quotes within a text that does not begin with one are a part of it', async () => {
    const reading = await read(gb18030(linesOf([ROW.with(column('备注'), '测"试" x'), SECOND])))
    expect(reading).toMatchObject({ ...taken, rows: [{ memo: '测"试" x' }, {}] })
  })

  it('RFD-4: texts beyond what a workbook holds refuse no file', async () => {
    for (const length of [40_000, 70_000, 150_000]) {
      const text = Array.from({ length }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000))).join('')
      const texts = WORDS.reduce((row, name) => row.with(column(name), text), SECOND)
      expect(await read(gb18030(linesOf([ROW, texts])))).toMatchObject({ ...taken, problemCount: WORDS.length })
    }
  })

  it.each([
    ['at the start', '"abc'],
    ['alone', '"'],
    ['around a part', '"abc"def'],
    ['twice at the start', '""abc'],
    ['around a word in the middle of a pair', 'a "b" "c'],
    ['behind a pair', '"a" b "c"'],
  ])('RFD-4: a quote %s of a text, written as it is, refuses no file and loses no row', async (_, text) => {
    for (const name of WORDS) {
      for (const rows of [
        [ROW, SECOND.with(column(name), text)],
        [ROW.with(column(name), text), SECOND],
        [ROW.with(column(name), text), SECOND.with(column(name), text)],
      ]) {
        const alone = await read(gb18030(linesOf(rows)))
        expect(alone).toMatchObject({ ...taken, rows: [{ amountFen: 1 }, { amountFen: 2 }], problems: [] })
        expect(alone).toMatchObject({ rows: rows.map((row) => ({ [fieldOf(name)]: row[column(name)] })) })
        if (name === '备注') expect(await read(gb18030(linesOf(rows)), rows)).toEqual(alone)
      }
    }
  })

  it('RFD-4: quotes around each cell whose inner ones are not doubled are left out', async () => {
    const bare = (row: readonly string[]) => row.map((cell) => `"${cell}"`)
    const rows = [ROW.with(column('备注'), 'a"b').with(column('退票原因'), '"a"'), SECOND]
    const reading = await read(gb18030(linesOf(rows.map(bare))), rows)
    expect(reading).toMatchObject({ ...taken, rows: [{ memo: 'a"b', reason: '"a"' }, {}] })
  })

  it('RFD-4: half a pair in a memo leaves no quotes around serials, accounts and amounts', async () => {
    const rows = [ROW, SECOND].map((row) => row.with(column('退票原因'), '说"好"'))
    const whole = await read(gb18030(linesOf(rows.map((row) => row.with(column('备注'), 'a').map(quoted)))))
    const half = rows.map((row) => row.map(quoted).with(column('备注'), '"a'))
    const reading = await read(gb18030(linesOf(half)))
    expect(reading).toMatchObject({ ...taken, rows: [{ memo: '"a' }, { memo: '"a' }] })
    expect(JSON.stringify(reading).replaceAll('"\\"a"', '"a"')).toEqual(JSON.stringify(whole))
  })

  it('RFD-5: quotes read as they stand prove nothing where the totals differ, or a cell is cut', async () => {
    const text = SECOND.with(column('备注'), '"abc')
    expect(await read(gb18030(linesOf([ROW, text], ['0.04', '2', 'a@b.cn'])))).toMatchObject({ kind: 'refused' })
    expect(await read(gb18030(linesOf([ROW, text], ['0.03', '3', 'a@b.cn'])))).toMatchObject({ kind: 'refused' })
    expect(await read(gb18030(linesOf([ROW, SECOND.with(column('备注'), '"a,bc')])))).toMatchObject({
      kind: 'refused',
      code: 'CSV_FORMAT',
    })
  })

  it.each(['\u001a', '\u0000', '\u200b', '\ufeff', '\u200b,\u0000,'])(
    'RFD-4: a line in which nothing can be seen (%j) is no row, wherever it stands',
    async (text) => {
      const lines = linesOf([ROW, SECOND])
      for (let at = 1; at <= lines.length; at++) {
        expect(await read(gb18030(lines.toSpliced(at, 0, text)))).toMatchObject({ ...taken, problems: [] })
      }
    },
  )

  it('RFD-3: half a surrogate pair in a workbook is no difference to what the CSV could hold of it', async () => {
    const csv = gb18030(linesOf([ROW.with(column('备注'), 'a?b'), SECOND]))
    expect(await read(csv, [ROW.with(column('备注'), 'a\ud842b'), SECOND])).toMatchObject(taken)
  })

  it('RFD-4: what is wrong is told before what is odd, however much is odd', async () => {
    const odd = Array.from({ length: 1500 }, (_, index) => ROW.with(column('备注'), 'a\tb').with(11, `w${index}`))
    const rows = [...odd, ROW.with(12, 'no time').with(11, 'last')]
    const reading = await read(gb18030(linesOf(rows, ['15.01', '1501', 'a@b.cn'])))
    expect(reading).toMatchObject({ kind: 'taken', setAside: 1, problemCount: 1501 })
    if (reading.kind !== 'taken') throw new Error('not taken')
    expect(reading.problems).toHaveLength(1000)
    expect(reading.problems[0]).toMatchObject({ row: 1504, code: 'ROW_DATE' })
  })

  it('RFD-4: whatever such texts hold, the rows are the same in all that decides, and nothing is told of their content', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 }).map((raw) => raw.toWellFormed())
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 7, maxLength: 7 }), async (texts) => {
        let row = SECOND
        for (const [index, name] of WORDS.entries()) row = row.with(column(name), texts[index] ?? '')
        const csv = gb18030(linesOf([ROW, row.map(quoted)]))
        const reading = await read(csv)
        expect(reading).toMatchObject({
          ...taken,
          rows: [
            {},
            {
              batchNo: 'bptb_20101220_4178',
              serial: '1',
              payeeAccount: ROW[3],
              amountFen: 2,
              corporate: false,
              withdrawalSerial: '84782489',
              returnedAt: 1_292_634_000_000,
            },
          ],
        })
      }),
      { numRuns: 200 },
    )
  })
})
