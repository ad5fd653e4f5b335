import { describe, expect, it } from 'vitest'
import type { DenialCode } from '../permit/attempt-permits.ts'
import { holdsPartner, permitted } from './decision.ts'

describe('permitted', () => {
  it.each<DenialCode>(['PARTNER_UNKNOWN', 'PARTNER_STOPPED', 'BREAKER_OPEN', 'PARTNER_BUSY', 'FILE_BUSY'])(
    'waits where the permit is denied for %s, with the attempts it had',
    (code) => {
      const denial = { kind: 'denied', code } as const
      expect(permitted({ kind: 'intend', attempt: 1 }, denial)).toEqual({ kind: 'wait', code, attempts: 0 })
      expect(permitted({ kind: 'intend', attempt: 3 }, denial)).toEqual({ kind: 'wait', code, attempts: 2 })
    },
  )
})

describe('holdsPartner', () => {
  it.each([
    ['PARTNER_UNKNOWN', true],
    ['PARTNER_STOPPED', true],
    ['BREAKER_OPEN', true],
    ['PARTNER_BUSY', true],
    ['FILE_BUSY', false],
    ['NEAR_MIDNIGHT', false],
    ['PAY_DATE_AHEAD', false],
  ] as const)('what waits for %s keeps the partner waiting: %s', (code, expected) => {
    expect(holdsPartner({ kind: 'wait', code, attempts: 0 })).toBe(expected)
  })
})
