import { fen } from '@payout/mapi/values/fen'
import type { PayoutEvent } from '@payout/runtime/record/domain-event'
import { describe, expect, it } from 'vitest'
import { OutcomeWatch } from './outcome-watch.ts'

const row = (id: string, amount = 100) => ({
  id,
  partner: 'shop',
  to: 'a',
  name: 'b',
  amountFen: fen(amount),
  memo: '',
})
const event = (name: string, payoutId: string) => ({ name, value: { partner: 'shop', payoutId } }) as PayoutEvent

describe('the watch for outcomes', () => {
  it('is over when each payout has its outcome and each command with other content its refusal', () => {
    const watch = new OutcomeWatch([row('a'), row('b'), row('a'), row('a', 200)])
    expect([watch.open, watch.isDone]).toEqual([2, false])
    watch.take(event('payout.PayoutAccepted', 'a'))
    watch.take(event('payout.PayoutSucceeded', 'a'))
    watch.take(event('payout.PayoutFailed', 'b'))
    expect([watch.open, watch.isDone]).toEqual([0, false])
    watch.take(event('payout.PayoutRefused', 'a'))
    expect(watch.isDone).toBe(true)
    expect(watch.summary).toBe('accepted 1, succeeded 1, failed 1, refused 1; 0 open')
  })
})
