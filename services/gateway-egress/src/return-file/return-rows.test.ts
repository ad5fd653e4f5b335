import type { ReturnFileRow } from '@payout/mapi/return-file/row'
import { Codec } from '@payout/schemas/codec'
import { topics } from '@payout/schemas/topics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { returnPortions } from './return-rows.ts'

function row(batchNo: string, serial: string, memo = ''): ReturnFileRow {
  return {
    batchNo, serial, memo, payeeName: '测试', payeeAccount: '4402024301016406', bank: '中国工商银行', province: '四川省', city: '成都', branch: '',
    amountFen: 1 as ReturnFileRow['amountFen'], corporate: false, withdrawalSerial: serial, returnedAt: 1_292_634_000_000, reason: '账户名有误',
  } // biome-ignore format: one row
}

describe('returnPortions', () => {
  it('keeps each row once, in order, under its batch number, at most 500 a record', () => {
    const batches = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 1_700 })
    fc.assert(
      fc.property(batches, (numbers) => {
        const rows = numbers.map((batchNo, i) => row(batchNo, String(i)))
        const portions = returnPortions(rows)
        for (const batchNo of ['a', 'b', 'c']) {
          const ofBatch = portions.filter((portion) => portion.batchNo === batchNo).flatMap((portion) => portion.rows)
          expect(ofBatch.map(({ serial }) => serial)).toEqual(
            rows.filter((one) => one.batchNo === batchNo).map(({ serial }) => serial),
          )
        }
        for (const portion of portions) {
          expect(portion.rows.length).toBeGreaterThan(0)
          expect(portion.rows.length).toBeLessThanOrEqual(500)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('500 of the longest rows still fit into their topic, cut by their bytes', () => {
    const long = (i: number): ReturnFileRow => {
      const text = '漢'.repeat(500)
      const rest = { bank: text.slice(0, 200), branch: text.slice(0, 200), payeeName: text.slice(0, 200), reason: text }
      return { ...row('batch', String(i), text), ...rest }
    }
    const portions = returnPortions(Array.from({ length: 500 }, (_, i) => long(i)))
    expect(portions.length).toBeGreaterThan(1)
    expect(portions.flatMap(({ rows }) => rows).length).toBe(500)
    const head = { partner: 'shop', requestId: 'r', fileDate: '20101223', fileHash: 'h'.repeat(64), readAt: 0 }
    for (const portion of portions) {
      const value = new Codec().encode('gateway.GatewayReturnRows', { ...head, ...portion })
      expect(value.length).toBeLessThan(topics['gateway.answers'].maxMessageBytes * 0.75)
    }
  })
})
