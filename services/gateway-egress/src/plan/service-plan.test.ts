import { describe, expect, it } from 'vitest'
import { type KnownService, planService, type ServiceFacts } from './service-plan.ts'

const NOW = 1_000_000
const deferred: KnownService = { state: 'deferred', attempts: 0 }
const inDoubt = (attempts: number): KnownService => ({ state: 'in_doubt', attempts })

function plan(facts: Partial<ServiceFacts>) {
  return planService({
    known: undefined,
    from: facts.known === undefined ? 'topic' : 'record',
    sendBefore: NOW + 1,
    now: NOW,
    tooOld: false,
    ...facts,
  })
}

const over = { sendBefore: NOW } as const

describe('planService', () => {
  it.each([
    ['a new request goes out', {}, { kind: 'intend', attempt: 1 }],
    ['a deferred one goes out', { known: deferred }, { kind: 'intend', attempt: 1 }],
    ['a closed one is skipped', { known: { state: 'closed' }, from: 'topic' }, { kind: 'skip', why: 'closed' }],
    [
      'a closed one is skipped when its time is over too',
      { known: { state: 'closed' }, from: 'topic', ...over },
      { kind: 'skip', why: 'closed' },
    ],
    [
      'one on record that is read again is skipped',
      { known: inDoubt(1), from: 'topic' },
      { kind: 'skip', why: 'on-record' },
    ],
    ['its time is over, unsent', over, { kind: 'give-up', code: 'NOT_SENT', attempts: 0 }],
    [
      'its time is over while it waits',
      { known: deferred, ...over },
      { kind: 'give-up', code: 'NOT_SENT', attempts: 0 },
    ],
    [
      'its time is over, and it waits for longer than last words are kept',
      { known: deferred, tooOld: true, ...over },
      { kind: 'give-up', code: 'NOT_SENT', attempts: 0 },
    ],
    [
      'nothing known, and too old',
      { tooOld: true, ...over },
      { kind: 'give-up', code: 'REQUEST_TOO_OLD', attempts: 0 },
    ],
  ] as const)('%s', (_what, facts, expected) => {
    expect(plan(facts)).toEqual(expected)
  })

  it('UNS-4: a cancelling that was attempted goes out again, until its time is over', () => {
    expect(plan({ known: inDoubt(3) })).toEqual({ kind: 'intend', attempt: 4 })
    expect(plan({ known: inDoubt(3), ...over })).toEqual({ kind: 'give-up', code: 'GIVEN_UP', attempts: 3 })
  })
})
