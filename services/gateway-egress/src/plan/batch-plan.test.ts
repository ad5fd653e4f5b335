import { payDate } from '@payout/mapi/values/china-time'
import { describe, expect, it } from 'vitest'
import { type BatchFacts, type Gate, type KnownBatch, planBatch } from './batch-plan.ts'

const yesterday = payDate('20260630')
const today = payDate('20260701')
const tomorrow = payDate('20260702')

const waiting = (date = today): KnownBatch => ({ state: 'deferred', payDate: date, attempts: 0 })
const open = (attempts: number, date = today): KnownBatch => ({ state: 'in_doubt', payDate: date, attempts })

function plan(changes: Partial<BatchFacts> & { gates?: Gate }) {
  const { gates = 'go', ...facts } = changes
  const from = changes.from ?? (changes.known === undefined ? 'topic' : 'memory')
  return planBatch({
    known: undefined,
    payDate: today,
    today,
    nearMidnight: false,
    tooOld: false,
    resend: 'identical',
    partnerKnown: true,
    gate: () => gates,
    ...facts,
    from,
  })
}

describe('planBatch', () => {
  it.each([
    ['a new request goes out', {}, { kind: 'intend', attempt: 1 }],
    ['an open one goes out again', { known: open(3) }, { kind: 'intend', attempt: 4 }],
    ['a waiting one goes out', { known: waiting() }, { kind: 'intend', attempt: 1 }],
    ['a closed one is skipped', { known: { state: 'closed' }, from: 'topic' }, { kind: 'skip', why: 'closed' }],
    [
      'a closed one is skipped after its day too',
      { known: { state: 'closed' }, from: 'topic', payDate: yesterday },
      { kind: 'skip', why: 'closed' },
    ],
    ['one that is on record already is skipped', { known: open(1), from: 'topic' }, { kind: 'skip', why: 'on-record' }],
    [
      'one that was signed again is skipped',
      { known: waiting(today), from: 'topic', payDate: yesterday },
      { kind: 'skip', why: 'signed-again' },
    ],
    [
      'a second signing takes the place of the first',
      { known: waiting(yesterday), from: 'topic' },
      { kind: 'intend', attempt: 1 },
    ],
    [
      'a second signing counts the attempts of the first',
      { known: open(2, yesterday), from: 'topic' },
      { kind: 'intend', attempt: 3 },
    ],
    [
      'after its day it waits as long as its partner is not known: nobody could sign it',
      { known: waiting(yesterday), payDate: yesterday, partnerKnown: false },
      { kind: 'wait', code: 'PARTNER_UNKNOWN', attempts: 0 },
    ],
    [
      'an attempted one is given up after its day, whether its partner is known or not',
      { known: open(2, yesterday), payDate: yesterday, partnerKnown: false },
      { kind: 'give-up', code: 'PAY_DATE_PASSED', attempts: 2 },
    ],
    ['ahead of its day it waits', { payDate: tomorrow }, { kind: 'wait', code: 'PAY_DATE_AHEAD', attempts: 0 }],
    ['near midnight it waits', { nearMidnight: true }, { kind: 'wait', code: 'NEAR_MIDNIGHT', attempts: 0 }],
    [
      'near midnight an open one keeps its attempts',
      { known: open(2), nearMidnight: true },
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
      'waiting, and too old',
      { known: waiting(yesterday), payDate: yesterday, tooOld: true },
      { kind: 'sign-again', notBefore: today },
    ],
    ['never sent again', { known: open(1), resend: 'never' }, { kind: 'give-up', code: 'NOT_SENT_AGAIN', attempts: 1 }],
    ['never sent again, but not sent yet', { known: waiting(), resend: 'never' }, { kind: 'intend', attempt: 1 }],
  ] as const)('%s', (_what, facts, expected) => {
    expect(plan(facts)).toEqual(expected)
  })

  it.each([
    ['never attempted: it is signed again', { payDate: yesterday }, { kind: 'sign-again', notBefore: today }],
    [
      'waiting: it is signed again',
      { known: waiting(yesterday), payDate: yesterday },
      { kind: 'sign-again', notBefore: today },
    ],
    [
      'attempted: it stays unresolved',
      { known: open(1, yesterday), payDate: yesterday },
      { kind: 'give-up', code: 'PAY_DATE_PASSED', attempts: 1 },
    ],
  ] as const)('BTN-5: past its date and %s', (_what, facts, expected) => {
    expect(plan(facts)).toEqual(expected)
    // The partner's state does not matter, and its slot is not taken.
    const gate = (): Gate => {
      throw new Error('asked')
    }
    expect(plan({ ...facts, gate })).toEqual(expected)
  })

  it.each([
    ['partner-unknown', 'PARTNER_UNKNOWN'],
    ['partner-stopped', 'PARTNER_STOPPED'],
    ['breaker-open', 'BREAKER_OPEN'],
    ['busy', 'PARTNER_BUSY'],
  ] as const)('waits at the gate %s, with the attempts it had', (gates, code) => {
    expect(plan({ gates })).toEqual({ kind: 'wait', code, attempts: 0 })
    expect(plan({ known: open(2), gates })).toEqual({ kind: 'wait', code, attempts: 2 })
  })
})
