import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPayoutCsv } from '@payout/cli/payout-file/payout-csv'
import { decodeStrict } from '@payout/mapi/wire/charset'
import { payeeRule } from '@payout/sandbox/alipay/books/payee-rule'
import { DEMO_PARTNERS } from '@payout/sandbox/alipay/partners/sandbox-partners'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvRows, samplePartners, samplePayouts, writePayoutCsv } from './sample-payouts.ts'

const file = readFileSync(join(import.meta.dirname, '..', '..', 'sample', 'payouts-200.csv'))

describe('the sample of payouts', () => {
  it('is what the file holds that npm start pays', () => {
    expect(decodeStrict(file, 'utf-8')).toBe(writePayoutCsv(csvRows(samplePayouts(200))))
  })

  it('is read without a fault, and holds 200 payouts, a doubled command and an id with two amounts', () => {
    const { rows, bad, repeated } = readPayoutCsv(decodeStrict(file, 'utf-8'))
    expect(bad).toEqual([])
    expect(new Set(rows.map(({ id, partner }) => `${partner}/${id}`)).size).toBe(200)
    expect(repeated.filter(({ sameContent }) => sameContent)).toHaveLength(2)
    expect(repeated.filter(({ sameContent }) => !sameContent)).toHaveLength(2)
  })

  it('has payouts for every demo partner, and some that must fail on either side', () => {
    const rows = samplePayouts(200)
    expect(samplePartners).toEqual(DEMO_PARTNERS.map(({ alias }) => alias))
    for (const alias of samplePartners)
      expect(rows.filter(({ partner }) => partner === alias).length).toBeGreaterThan(40)
    const rules = rows.map(({ to }) => payeeRule(to))
    expect([...new Set(rules.map(({ kind }) => kind))].sort()).toEqual(['fail', 'ok', 'repeated', 'twice'])
    expect(rules.filter(({ delayMs }) => delayMs > 0)).toHaveLength(1)
    expect(rows.filter(({ partner }) => partner === 'no-such-shop')).toHaveLength(1)
    expect(rows.filter(({ memo }) => memo.includes('^'))).toHaveLength(1)
  })

  it('has a row that npm run pay refuses, so that each example of it says --skip-bad', () => {
    const nextSteps = readFileSync(join(import.meta.dirname, '..', 'system', 'kept-system.ts'), 'utf8')
    const said = nextSteps.match(/--file packages\/demo\/sample\/payouts-200\.csv.{11}/g) ?? []
    expect(said).toHaveLength(1)
    for (const example of said) expect(example).toContain('.csv --skip-bad')
  })

  it('repeats itself with the same seed only', () => {
    expect(samplePayouts(50, 7)).toEqual(samplePayouts(50, 7))
    expect(samplePayouts(50, 7)).not.toEqual(samplePayouts(50, 8))
  })

  it('has ids that are unique however many payouts are wanted', () => {
    const rows = samplePayouts(5000)
    expect(new Set(rows.map(({ id, partner }) => `${partner}/${id}`)).size).toBe(5000)
  })
})

describe('a file of payouts', () => {
  it('is read back as it was written', () => {
    // Blanks at the ends are taken off when a file is read: a person's file has them by accident.
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((value) => value.trim())
    const filled = text.filter((value) => value !== '')
    const row = fc.record({
      id: fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/),
      partner: filled,
      to: fc.oneof(
        fc.stringMatching(/^1[3-9][0-9]{9}$/),
        fc.stringMatching(/^[a-z0-9'+_-]{1,20}$/).map((name) => `a${name}@example.com`),
      ),
      name: filled,
      amountFen: fc.integer({ min: 1, max: 9_999_999 }),
      memo: text,
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        const written = writePayoutCsv(
          rows.map((each) => ({
            ...each,
            amount: `${Math.trunc(each.amountFen / 100)}.${String(each.amountFen % 100).padStart(2, '0')}`,
          })),
        )
        const file = readPayoutCsv(written)
        expect(file.bad).toEqual([])
        expect(file.rows.map(({ line: _, ...each }) => each)).toEqual(rows)
      }),
    )
  })
})
