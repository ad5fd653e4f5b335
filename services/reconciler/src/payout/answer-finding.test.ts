import { ERROR_CODES } from '@payout/mapi/answer/error-codes'
import type { GatewayAnswer } from '@payout/schemas/generated/records'
import { describe, expect, it } from 'vitest'
import { answerFinding } from './answer-finding.ts'

function eventFor(changes: Partial<GatewayAnswer>): string {
  const answer = { outcome: 'refused', code: 'ILLEGAL_SIGN', attempt: 1, final: true, resubmission: false } as const
  return answerFinding({ ...answer, ...changes }).event
}

/** Table 10-2 and UPLOAD_FAIL of batch_trans_notify_no_pwd 1.3, section 10: the outcome is unknown. */
const UNKNOWN = ['SYSTEM_ERROR', 'SESSION_TIMEOUT', 'ILLEGAL_TARGET_SERVICE', 'ILLEGAL_ACCESS_SWITCH_SYSTEM', 'ILLEGAL_SWITCH_SYSTEM', 'EXTERFACE_IS_CLOSED', 'UPLOAD_FAIL'] // biome-ignore format: a list

describe('what an answer proves (S5.4, S5.5)', () => {
  it.each([...ERROR_CODES.keys()])('BTN-9: %s', (code) => {
    const known = ['BATCH_NO_NOT_UNIQUE', 'TRANS_NO_NOT_UNIQUE', ...UNKNOWN]
    const first = known.includes(code) ? 'unresolved' : 'failed'
    const later = code === 'BATCH_NO_NOT_UNIQUE' ? 'accepted' : 'unresolved'
    expect(eventFor({ code })).toBe(first)
    expect(eventFor({ code, attempt: 2 })).toBe(later)
    expect(eventFor({ code, attempt: 7 })).toBe(later)
    expect(eventFor({ code, resubmission: true })).toBe('unresolved')
    expect(eventFor({ code, resubmission: true, attempt: 2 })).toBe(later)
  })

  it('BTN-9: a code that nobody knows proves nothing', () => {
    for (const code of ['NEW_CODE', 'illegal_sign', '', null]) expect(eventFor({ code })).toBe('unresolved')
  })

  it('BTN-8: T is accepted, on whichever attempt', () => {
    for (const attempt of [1, 2]) {
      for (const resubmission of [true, false])
        expect(eventFor({ outcome: 'accepted', code: null, attempt, resubmission })).toBe('accepted')
    }
  })

  it.each(['TIMED_OUT', 'SYSTEM_ERROR', 'ILLEGAL_SIGN', null])(
    'an unknown answer is unknown, whatever code it carries: %s',
    (code) => {
      for (const final of [true, false]) expect(eventFor({ outcome: 'unknown', code, final })).toBe('unresolved')
    },
  )

  it('says whether it is tried again', () => {
    const explain = (final: boolean) => {
      const finding = answerFinding({ outcome: 'unknown', code: 'TIMED_OUT', attempt: 1, final, resubmission: false })
      return finding.event === 'unresolved' ? finding.explanation : ''
    }
    expect(explain(false)).toContain('sent again')
    expect(explain(true)).toContain('not asked again')
  })
})
