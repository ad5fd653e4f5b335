import { fen } from '@payout/mapi/values/fen'
import type { DomainEvent, PayoutEventName } from '@payout/runtime/record/domain-event'
import { describe, expect, it } from 'vitest'
import { PayoutAnswers } from './payout-answers.ts'

const written = (id: string, place: string, partner = 'shop') => ({
  row: { id, partner, to: 'a', name: 'b', amountFen: fen(100), memo: '' },
  place,
})
const event = (name: PayoutEventName, payoutId: string | null, evidence = { kind: 'answer', id: 'x' }) =>
  ({ name, value: { eventId: 'e', partner: 'shop', payoutId, evidence } }) as DomainEvent
const command = (id: string) => ({ kind: 'command', id })

describe('the answers to commands to pay', () => {
  it('are the first event of each payout, whatever it says; later ones, and those of others, are none', () => {
    const answers = new PayoutAnswers([written('a', 'c/0@1'), written('b', 'c/0@2'), written('c', 'c/1@1', 'other')])
    expect(answers.take(event('payout.PayoutAccepted', 'a')).map(({ place }) => place)).toEqual(['c/0@1'])
    expect(answers.take(event('payout.PayoutSucceeded', 'a'))).toEqual([])
    expect(answers.take(event('payout.PayoutSucceeded', 'c'))).toEqual([])
    expect(answers.take(event('payout.PayoutMismatched', null))).toEqual([])
    expect(answers.take(event('payout.PayoutFailed', 'b', command('c/0@2')))).toHaveLength(1)
    expect([answers.taken, answers.notTaken, answers.left]).toEqual([1, 1, 1])
    expect(answers.open.map(({ row }) => row.partner)).toEqual(['other'])
  })

  it('tell a refusal of this command from one of another command under the same id', () => {
    const answers = new PayoutAnswers([written('a', 'c/0@1'), written('a', 'c/0@2')])
    expect(answers.take(event('payout.PayoutRefused', 'a', command('c/0@9')))).toEqual([])
    expect(answers.take(event('payout.PayoutRefused', 'a', command('c/0@2'))).map(({ place }) => place)).toEqual([
      'c/0@2',
    ])
    expect(answers.take(event('payout.PayoutAccepted', 'a')).map(({ place }) => place)).toEqual(['c/0@1'])
    expect([answers.taken, answers.notTaken, answers.left]).toEqual([1, 1, 0])
  })
})
