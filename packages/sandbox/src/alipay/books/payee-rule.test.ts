import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAYEE_RULES, payeeRule } from './payee-rule.ts'

describe('payeeRule', () => {
  it.each([
    ['ok@example.com', 'ok', true, '', 0],
    ['anyone@163.com', 'ok', true, '', 0],
    ['13800000000', 'ok', true, '', 0],
    ['never', 'ok', true, '', 0],
    ['fail@example.com', 'fail', false, 'RECEIVE_USER_NOT_EXIST', 0],
    ['fail.ACCOUN_NAME_NOT_MATCH.17@example.com', 'fail', false, 'ACCOUN_NAME_NOT_MATCH', 0],
    ['fail-silent.3@example.com', 'fail-silent', false, '', 0],
    ['never.3@example.com', 'never', true, '', 0],
    ['slow.30s@example.com', 'ok', true, '', 30_000],
    ['slow.500ms.3@example.com', 'ok', true, '', 500],
    ['slow.2m.fail.DAILY_QUOTA_LIMIT_EXCEED@example.com', 'fail', false, 'DAILY_QUOTA_LIMIT_EXCEED', 120_000],
    ['slow.1h.slow.1m.never@example.com', 'never', true, '', 3_660_000],
    ['slow.soon@example.com', 'ok', true, '', 0],
  ])('%s', (account, kind, paid, reason, delayMs) => {
    expect(payeeRule(account)).toEqual({ kind, paid, reason, delayMs })
  })

  it('knows every rule of its table by the account given there', () => {
    for (const { kind, account } of PAYEE_RULES) {
      expect(payeeRule(account).kind).toBe(kind === 'slow' ? 'ok' : kind)
    }
  })

  it('gives a rule for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (account) => {
        const rule = payeeRule(account)
        expect(rule.delayMs).toBeGreaterThanOrEqual(0)
        expect(rule.reason).not.toContain('@')
      }),
    )
  })
})
