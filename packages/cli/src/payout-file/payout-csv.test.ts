import { describe, expect, it } from 'vitest'
import { readPayoutCsv } from './payout-csv.ts'

const HEAD = 'id,partner,to,name,amount,memo'

describe('a file of payouts', () => {
  it('gives each row with the line it stands on', () => {
    const file = readPayoutCsv(`${HEAD}\npo-1,shop,a@example.com,常炜,12.3,June\n\npo-2,shop,b@example.com,毛毛,7,\n`)
    expect(file).toEqual({
      rows: [
        { line: 2, id: 'po-1', partner: 'shop', to: 'a@example.com', name: '常炜', amountFen: 1230, memo: 'June' },
        { line: 4, id: 'po-2', partner: 'shop', to: 'b@example.com', name: '毛毛', amountFen: 700, memo: '' },
      ],
      bad: [],
      repeated: [],
    })
  })

  it('finds columns by name, whatever their order, and ignores further ones', () => {
    const { rows } = readPayoutCsv('\uFEFFNote,Amount,Name,To,Id\r\nx,1.00,毛毛,a@example.com,po-1\r\n', 'shop')
    expect(rows).toEqual([
      { line: 2, id: 'po-1', partner: 'shop', to: 'a@example.com', name: '毛毛', amountFen: 100, memo: '' },
    ])
  })

  it('reports every fault of every bad row, with its line', () => {
    const { rows, bad } = readPayoutCsv(
      `${HEAD}\n,,,,,June\nbad id,shop,a@example.com,毛毛,0,\npo-3,shop,a@example.com,毛毛,1.234,\npo-4,shop,a@example.com,毛毛,1,\n`,
    )
    expect(rows.map(({ id }) => id)).toEqual(['po-4'])
    expect(bad).toEqual([
      {
        line: 2,
        faults: [
          expect.stringContaining('id is empty'),
          expect.stringContaining('partner is empty'),
          expect.stringContaining('to (the Alipay account) is empty'),
          'name is empty',
          expect.stringContaining('amount "" is not an amount'),
        ],
      },
      { line: 3, faults: ['id must be 1 to 64 of A-Z a-z 0-9 . _ : -', 'amount is 0'] },
      { line: 4, faults: [expect.stringContaining('amount "1.234" is not an amount')] },
    ])
  })

  it('reports a row that is too short by what it lacks, and one that is too long as no CSV', () => {
    expect(readPayoutCsv(`${HEAD}\npo-1,shop,a@example.com\n`).bad).toEqual([
      { line: 2, faults: ['name is empty', expect.stringContaining('amount')] },
    ])
    expect(() => readPayoutCsv(`${HEAD}\npo-1,shop,a@example.com,毛毛,1,memo,more\n`)).toThrow(/no CSV.*line 2/)
  })

  it.each([
    ['1.38E+10', 'a number that a spreadsheet has rounded'],
    ['\u202d13800138000\u202c', 'U+202D as character 1'],
    ['138\u00a000138000', 'U+00A0 as character 4'],
    ['"13800138000\n"', 'U+000A as character 12'],
    ["'13800138000", 'a quotation mark'],
    ['ok＠example.com', 'U+FF20'],
    ['+86 13800138000', 'a blank'],
    ['13800138000.00', '11 digits alone'],
    ['ok@example', 'without a dot'],
  ])('reports %j as no account, and says why without repeating it', (to, why) => {
    const { rows, bad } = readPayoutCsv(`${HEAD}\npo-1,shop,${to},毛毛,1,\npo-2,shop,ok@example.com,毛毛,1,\n`)
    expect(rows.map(({ id }) => id)).toEqual(['po-2'])
    expect(bad).toHaveLength(1)
    expect(bad[0]?.faults).toEqual([expect.stringContaining(`to (the Alipay account) `)])
    expect(bad[0]?.faults[0]).toContain(why)
    expect(bad[0]?.faults[0]).not.toContain(to)
  })

  it.each(['amount', 'to', 'id', 'name', 'Partner', ' MEMO '])(
    'whose first line names %j twice is refused',
    (column) => {
      expect(() => readPayoutCsv(`${HEAD},${column}\npo-1,shop,a@example.com,毛毛,1.00,,100.00\n`)).toThrow(/twice/)
    },
  )

  it.each([
    [';', 'semicolons'],
    ['\t', 'tabs'],
    ['|', 'bars'],
  ])('whose columns are parted by %j is refused with words about that', (sign, words) => {
    const text = `${HEAD}\npo-1,shop,a@example.com,毛毛,1.00,\n`.replaceAll(',', sign)
    expect(() => readPayoutCsv(text)).toThrow(`parted by ${words}: save the file with commas`)
  })

  it('passes over rows of nothing but commas and blanks, wherever they stand', () => {
    const row = (id: string) => `${id},shop,a@example.com,毛毛,1.00,`
    const file = readPayoutCsv(
      [HEAD, ',,,,,', row('po-1'), '', ' , ,,, ,', '   ', row('po-2'), ',,,,,', ''].join('\r\n'),
    )
    expect(file.rows.map(({ id, line }) => [id, line])).toEqual([
      ['po-1', 3],
      ['po-2', 7],
    ])
    expect(file.bad).toEqual([])
  })

  it.each(['1,234.50', '1,234', '12,345.6', '999,999.99'])(
    'an amount written %s without quotes is not taken for its first digits',
    (amount) => {
      const { rows, bad } = readPayoutCsv(`${HEAD}\npo-1,shop,a@example.com,毛毛,${amount}\n`)
      expect(rows).toEqual([])
      expect(bad).toEqual([{ line: 2, faults: [expect.stringContaining(`write ${amount.replace(',', '')}, or `)] }])
    },
  )

  it.each(['1.00,234', '1,2026', '1,June', '1,12', '1234,500', '1,0012.34'])(
    'an amount and a memo as in %s are two',
    (cells) => expect(readPayoutCsv(`${HEAD}\npo-1,shop,a@example.com,毛毛,${cells}\n`)).toMatchObject({ bad: [] }),
  )

  it('names the missing columns', () => {
    expect(() => readPayoutCsv('id,account\npo-1,a@example.com\n')).toThrow(/no column to, name, amount/)
  })

  it('refuses a file with an open quote', () => {
    expect(() => readPayoutCsv(`${HEAD}\npo-1,shop,"a@example.com,毛毛,1,\n`)).toThrow(/no CSV/)
  })

  it('tells of an id that stands twice, with the same content or with other', () => {
    const { rows, repeated } = readPayoutCsv(
      `${HEAD}\npo-1,shop,a@example.com,毛毛,1.00,\npo-1,shop,a@example.com,毛毛,1,\npo-1,shop,a@example.com,毛毛,2,\npo-1,other,a@example.com,毛毛,2,\n`,
    )
    expect(rows).toHaveLength(4)
    expect(repeated).toEqual([
      { id: 'po-1', line: 3, firstLine: 2, sameContent: true },
      { id: 'po-1', line: 4, firstLine: 2, sameContent: false },
    ])
  })
})
