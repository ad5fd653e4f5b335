import { describe, expect, it } from 'vitest'
import { acme, NOON, partner, payout } from '../testing/signer-bench.ts'
import { judgePayout, type PayoutRules } from './payout-check.ts'
import type { PayoutInstruction } from './payout-command.ts'

const rules: PayoutRules = { partner: (alias) => (alias === 'acme' ? acme : undefined), defaultMemo: '付款' }

function instruction(changes: Partial<PayoutInstruction> = {}): PayoutInstruction {
  const coordinates = { topic: 'payout.commands', partition: 0, offset: 0, line: 0, timestamp: NOON } as const
  return { ...payout('p1'), contentHash: 'h', coordinates, traceparent: undefined, ...changes }
}

describe('what is not paid, and why', () => {
  it.each([
    ['INVALID_PAYOUT_ID', { payoutId: '' }],
    ['INVALID_PAYOUT_ID', { payoutId: 'a b' }],
    ['INVALID_PAYOUT_ID', { payoutId: '订单' }],
    ['INVALID_PAYOUT_ID', { payoutId: 'x'.repeat(65) }],
    ['UNKNOWN_PARTNER', { partner: 'nobody' }],
    ['UNKNOWN_PAYER', { payer: 'nobody@example.com' }],
    ['INVALID_AMOUNT', { amountFen: 0 }],
    ['INVALID_AMOUNT', { amountFen: -1 }],
    ['INVALID_AMOUNT', { amountFen: 1.5 }],
    ['INVALID_AMOUNT', { amountFen: 2 ** 53 }],
    ['INVALID_AMOUNT', { amountFen: Number.NaN }],
    ['AMOUNT_OVER_LIMIT', { amountFen: 5_000_001 }],
    ['MAPI_DETAIL_FIELD_EMPTY', { payeeAccount: '' }],
    ['MAPI_DETAIL_FIELD_EMPTY', { payeeName: '' }],
    ['MAPI_DETAIL_FIELD_LENGTH', { payeeAccount: 'x'.repeat(101) }],
    ['MAPI_DETAIL_FIELD_LENGTH', { payeeName: '张'.repeat(129) }],
    ['MAPI_DETAIL_FIELD_LENGTH', { memo: 'x'.repeat(101) }],
    ['MAPI_ACCOUNT_FORMAT', { payeeAccount: '\u202d13800138000\u202c' }],
    ['MAPI_ACCOUNT_FORMAT', { payeeAccount: '1.38E+10' }],
    ['MAPI_ACCOUNT_FORMAT', { payeeAccount: 'zhang＠example.com' }],
    ['MAPI_ACCOUNT_FORMAT', { payeeAccount: "'13800138000" }],
    ['MAPI_ACCOUNT_FORMAT', { payeeAccount: '+86-13800138000' }],
    ['MAPI_ACCOUNT_FORMAT', { payeeAccount: 'zhang@' }],
    ['MAPI_ACCOUNT_FORMAT', { payeeAccount: '2088002464631181' }],
    ['MAPI_CHARSET_CANNOT_HOLD', { payeeName: '😀' }],
  ] as const)('%s: %j', (code, changes) => {
    const judgement = judgePayout(instruction(changes), 1, rules)
    expect(judgement).toMatchObject({ ok: false, refusal: { code } })
    // It stands in an event: what a payee is called does not.
    for (const value of Object.values(changes)) {
      if (typeof value === 'string' && value.length > 1)
        expect(judgement.ok ? '' : judgement.refusal.explanation).not.toContain(value)
    }
  })

  it.each(['^', '|', '\n', '\u0000', '\u2028'])('BTN-2: a field that holds %j', (character) => {
    for (const field of ['payeeAccount', 'payeeName', 'memo'] as const) {
      expect(judgePayout(instruction({ [field]: `a${character}b` }), 1, rules)).toMatchObject({
        ok: false,
        refusal: { code: 'MAPI_DETAIL_FIELD_CHARACTER' },
      })
    }
  })

  it('an account with what can not be seen: the explanation names it, whatever the character set could hold', () => {
    for (const charset of ['utf-8', 'gbk', 'gb2312'] as const) {
      const judgement = judgePayout(instruction({ payeeAccount: '138001\u200b38000' }), 1, {
        ...rules,
        partner: () => partner({ charset }),
      })
      expect(judgement).toMatchObject({
        ok: false,
        refusal: { code: 'MAPI_ACCOUNT_FORMAT', explanation: expect.stringContaining('U+200B as character 7') },
      })
    }
  })

  it('BTN-2: a line of a batch of more than 1,000', () => {
    expect(judgePayout(instruction(), 1_000, rules).ok).toBe(true)
    expect(judgePayout(instruction(), 1_001, rules)).toMatchObject({ ok: false, refusal: { code: 'TOO_MANY_LINES' } })
  })
})

describe('what is paid', () => {
  it.each([1, 5_000_000])('%i fen', (amountFen) => {
    expect(judgePayout(instruction({ amountFen }), 1, rules)).toMatchObject({
      ok: true,
      payable: { line: { amount: amountFen } },
    })
  })

  it.each(['', ' ', '　'])(
    'an empty or blank memo %j is replaced, since Alipay refuses the whole batch for it',
    (memo) => {
      expect(judgePayout(instruction({ memo }), 1, rules)).toMatchObject({
        ok: true,
        payable: { line: { memo: '付款' } },
      })
    },
  )

  it.each(['13800138000', '852-61234567', 'Zhang.San+pay@Example.COM', '张三@例子.中国'])('to %s', (payeeAccount) => {
    expect(judgePayout(instruction({ payeeAccount }), 1, rules)).toMatchObject({
      ok: true,
      payable: { line: { account: payeeAccount } },
    })
  })

  it('from the account that is named, else from the default one', () => {
    expect(judgePayout(instruction(), 1, rules)).toMatchObject({ payable: { account: { id: 'pay@acme.example' } } })
    expect(judgePayout(instruction({ payer: 'second' }), 1, rules)).toMatchObject({
      payable: { account: { id: 'second' } },
    })
  })

  it("a character that the partner's character set can hold", () => {
    const utf8 = partner({ charset: 'utf-8' })
    expect(judgePayout(instruction({ payeeName: '😀' }), 1, { ...rules, partner: () => utf8 }).ok).toBe(true)
  })
})
