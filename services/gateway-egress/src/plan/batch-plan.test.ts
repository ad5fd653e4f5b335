import { payDate } from '@payout/mapi/values/china-time'
import { describe, expect, it } from 'vitest'
import { type BatchFacts, type KnownBatch, planBatch } from './batch-plan.ts'

const yesterday = payDate('20260630')
const today = payDate('20260701')
const tomorrow = payDate('20260702')

const deferred = (date = today): KnownBatch => ({ state: 'deferred', payDate: date, attempts: 0 })
const inDoubt = (attempts: number, date = today): KnownBatch => ({ state: 'in_doubt', payDate: date, attempts })

function plan(changes: Partial<BatchFacts>) {
  const from = changes.from ?? (changes.known === undefined ? 'topic' : 'record')
  return planBatch({
    known: undefined,
    payDate: today,
    today,
    nearMidnight: false,
    tooOld: false,
    resend: 'identical',
    partnerKnown: true,
    ...changes,
    from,
  })
}

describe('planBatch', () => {
  it.each([
    ['a new request goes out', {}, { kind: 'intend', attempt: 1 }],
    ['one in doubt goes out again', { known: inDoubt(3) }, { kind: 'intend', attempt: 4 }],
    ['a deferred one goes out', { known: deferred() }, { kind: 'intend', attempt: 1 }],
    ['a closed one is skipped', { known: { state: 'closed' }, from: 'topic' }, { kind: 'skip', why: 'closed' }],
    [
      'a closed one is skipped after its day too',
      { known: { state: 'closed' }, from: 'topic', payDate: yesterday },
      { kind: 'skip', why: 'closed' },
    ],
    [
      'one that is on record already is skipped',
      { known: inDoubt(1), from: 'topic' },
      { kind: 'skip', why: 'on-record' },
    ],
    [
      'one that was signed again is skipped',
      { known: deferred(today), from: 'topic', payDate: yesterday },
      { kind: 'skip', why: 'signed-again' },
    ],
    [
      'a second signing takes the place of the first',
      { known: deferred(yesterday), from: 'topic' },
      { kind: 'intend', attempt: 1 },
    ],
    [
      'a second signing counts the attempts of the first',
      { known: inDoubt(2, yesterday), from: 'topic' },
      { kind: 'intend', attempt: 3 },
    ],
    [
      'after its day it waits as long as its partner is not known: nobody could sign it',
      { known: deferred(yesterday), payDate: yesterday, partnerKnown: false },
      { kind: 'wait', code: 'PARTNER_UNKNOWN', attempts: 0 },
    ],
    [
      'an attempted one is given up after its day, whether its partner is known or not',
      { known: inDoubt(2, yesterday), payDate: yesterday, partnerKnown: false },
      { kind: 'give-up', code: 'PAY_DATE_PASSED', attempts: 2 },
    ],
    ['ahead of its day it waits', { payDate: tomorrow }, { kind: 'wait', code: 'PAY_DATE_AHEAD', attempts: 0 }],
    ['near midnight it waits', { nearMidnight: true }, { kind: 'wait', code: 'NEAR_MIDNIGHT', attempts: 0 }],
    [
      'near midnight one in doubt keeps its attempts',
      { known: inDoubt(2), nearMidnight: true },
      { kind: 'wait', code: 'NEAR_MIDNIGHT', attempts: 2 },
    ],
    [
      'just after midnight a past date does not wait',
      { payDate: yesterday, nearMidnight: true },
      { kind: 'sign-again', notBefore: today },
    ],
    [
      'nothing known, and too old',
      { payDate: yesterday, tooOld: true },
      { kind: 'give-up', code: 'REQUEST_TOO_OLD', attempts: 0 },
    ],
    [
      'deferred, and too old',
      { known: deferred(yesterday), payDate: yesterday, tooOld: true },
      { kind: 'sign-again', notBefore: today },
    ],
    [
      'never sent again',
      { known: inDoubt(1), resend: 'never' },
      { kind: 'give-up', code: 'NOT_SENT_AGAIN', attempts: 1 },
    ],
    ['never sent again, but not sent yet', { known: deferred(), resend: 'never' }, { kind: 'intend', attempt: 1 }],
  ] as const)('%s', (_what, facts, expected) => {
    expect(plan(facts)).toEqual(expected)
  })

  it.each([
    ['never attempted: it is signed again', { payDate: yesterday }, { kind: 'sign-again', notBefore: today }],
    [
      'deferred: it is signed again',
      { known: deferred(yesterday), payDate: yesterday },
      { kind: 'sign-again', notBefore: today },
    ],
    [
      'attempted: it stays unresolved',
      { known: inDoubt(1, yesterday), payDate: yesterday },
      { kind: 'give-up', code: 'PAY_DATE_PASSED', attempts: 1 },
    ],
  ] as const)('BTN-5: past its date and %s', (_what, facts, expected) => {
    expect(plan(facts)).toEqual(expected)
  })
})
