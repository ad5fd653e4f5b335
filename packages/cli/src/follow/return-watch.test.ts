import type { DomainEvent } from '@payout/runtime/record/domain-event'
import { describe, expect, it } from 'vitest'
import { ReturnWatch } from './return-watch.ts'

const of = { partner: 'shop', fileDate: '20261120' }

function returned(withdrawalSerial: string, amountFen = 100, over: object = {}): DomainEvent {
  return { name: 'payout.PayoutReturned', value: { ...of, withdrawalSerial, amountFen, ...over } } as DomainEvent
}

function read(rows: number): DomainEvent {
  return { name: 'payout.PayoutReturnFileRead', value: { ...of, rows } } as DomainEvent
}

function failed(againAt: number | null): DomainEvent {
  return { name: 'payout.PayoutReturnFileFailed', value: { ...of, againAt } } as DomainEvent
}

describe('the watch for a return file', () => {
  it('is over when every row is reported, in whatever order', () => {
    const watch = new ReturnWatch('shop', '20261120')
    expect(watch.take(returned('W1'))).toBe(true)
    expect([watch.isRead, watch.isWhole]).toEqual([false, false])
    watch.take(read(2))
    expect([watch.isRead, watch.isWhole]).toEqual([true, false])
    watch.take(returned('W1'))
    expect(watch.isWhole).toBe(false)
    watch.take(returned('W2', 50))
    expect([watch.isWhole, watch.rows, watch.news, watch.newsFen]).toEqual([true, 2, 2, 150])
  })

  it('is over with a file of no rows', () => {
    const watch = new ReturnWatch('shop', '20261120')
    watch.take(read(0))
    expect(watch.isWhole).toBe(true)
  })

  it('passes over other days, other partners and other events', () => {
    const watch = new ReturnWatch('shop', '20261120')
    expect(watch.take(returned('W1', 1, { fileDate: '20261119' }))).toBe(false)
    expect(watch.take(returned('W1', 1, { partner: 'store' }))).toBe(false)
    expect(watch.take({ name: 'payout.PayoutSucceeded', value: { partner: 'shop' } } as DomainEvent)).toBe(false)
    expect(watch.news).toBe(0)
  })

  it('tells a failure until the file was read after all', () => {
    const watch = new ReturnWatch('shop', '20261120')
    watch.take(failed(5))
    expect(watch.failure?.againAt).toBe(5)
    watch.take(read(0))
    expect(watch.failure).toBeUndefined()
  })
})
