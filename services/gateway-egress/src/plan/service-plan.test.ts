import { describe, expect, it } from 'vitest'
import { type KnownService, planService, type ServiceFacts, type ServiceGate } from './service-plan.ts'

const NOW = 1_000_000
const waiting: KnownService = { state: 'deferred', attempts: 0 }
const open = (attempts: number): KnownService => ({ state: 'in_doubt', attempts })

function plan({ gates = 'go', ...facts }: Partial<ServiceFacts> & { gates?: ServiceGate }) {
  return planService({
    known: undefined,
    from: facts.known === undefined ? 'topic' : 'memory',
    sendBefore: NOW + 1,
    now: NOW,
    tooOld: false,
    gate: () => gates,
    ...facts,
  })
}

const over = { sendBefore: NOW } as const

describe('planService', () => {
  it.each([
    ['a new request goes out', {}, { kind: 'intend', attempt: 1 }],
    ['a waiting one goes out', { known: waiting }, { kind: 'intend', attempt: 1 }],
    ['a closed one is skipped', { known: { state: 'closed' }, from: 'topic' }, { kind: 'skip', why: 'closed' }],
    [
      'a closed one is skipped when its time is over too',
      { known: { state: 'closed' }, from: 'topic', ...over },
      { kind: 'skip', why: 'closed' },
    ],
    [
      'one on record that is read again is skipped',
      { known: open(1), from: 'topic' },
      { kind: 'skip', why: 'on-record' },
    ],
    ['its time is over, unsent', over, { kind: 'give-up', code: 'NOT_SENT', attempts: 0 }],
    [
      'its time is over while it waits',
      { known: waiting, ...over },
      { kind: 'give-up', code: 'NOT_SENT', attempts: 0 },
    ],
    [
      'its time is over, and it waits for longer than last words are kept',
      { known: waiting, tooOld: true, ...over },
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
    expect(plan({ known: open(3) })).toEqual({ kind: 'intend', attempt: 4 })
    expect(plan({ known: open(3), ...over })).toEqual({ kind: 'give-up', code: 'GIVEN_UP', attempts: 3 })
  })

  it.each([
    ['partner-unknown', 'PARTNER_UNKNOWN'],
    ['partner-stopped', 'PARTNER_STOPPED'],
    ['breaker-open', 'BREAKER_OPEN'],
    ['busy', 'PARTNER_BUSY'],
    ['file-busy', 'FILE_BUSY'],
  ] as const)('waits at the gate %s, with the attempts it had', (gates, code) => {
    expect(plan({ gates })).toEqual({ kind: 'wait', code, attempts: 0 })
    expect(plan({ known: open(2), gates })).toEqual({ kind: 'wait', code, attempts: 2 })
  })

  it('asks no gate, which would take a slot, where it gives up or skips', () => {
    const gate = (): ServiceGate => {
      throw new Error('asked')
    }
    expect(plan({ ...over, gate }).kind).toBe('give-up')
    expect(plan({ known: { state: 'closed' }, from: 'topic', gate }).kind).toBe('skip')
  })
})
