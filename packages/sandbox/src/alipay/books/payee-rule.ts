import { HOUR_MS, MINUTE_MS, SECOND_MS } from '@payout/schemas/units'

/**
 * What becomes of a payout is decided by the payee's account: the part before `@` names a rule, and what stands after
 * the rule's own words is free, so that many payees can share one rule (`never.17@example.com`).
 *
 * | payee account              | what Alipay does with the line                                                       |
 * | -------------------------- | ------------------------------------------------------------------------------------ |
 * | anything else, `ok…@…`     | pays; the notify says `S`                                                            |
 * | `fail.REASON…@…`           | does not pay; the notify says `F` with that reason (`RECEIVE_USER_NOT_EXIST` if none) |
 * | `fail-silent…@…`           | does not pay; the notify says `F` with an empty reason                               |
 * | `slow.30s.…@…`             | the line comes in a notify of its own, after 30 seconds (`ms`, `s`, `m`, `h`; divided by the time scale); what follows is a rule again: `slow.2m.fail.REASON@…` |
 * | `never…@…`                 | pays; no notify ever carries the line                                                |
 * | `twice…@…`                 | pays; two notifies with different `notify_id`s carry the same line                   |
 * | `repeated…@…`              | pays; the same notify carries the line two times                                     |
 * | `contradict…@…`            | pays; a notify says `S`, and once it is acknowledged another `notify_id` says `F`    |
 * | `both-lists…@…`            | pays; the same notify has the line among the successes and among the failures        |
 * | `wrong-amount…@…`          | pays; the notify gives an amount of one fen more                                     |
 * | `wrong-account…@…`         | pays; the notify gives another account                                               |
 * | `unknown-serial…@…`        | pays; the notify gives a serial that nobody asked for in place of the line's own      |
 * | `unreadable-line…@…`       | pays; the notify has a line with too few columns in place of the line's own          |
 */
export interface PayeeRule {
  readonly kind: PayeeRuleKind
  /** What the books say: did money move? */
  readonly paid: boolean
  /** Text of the reason column of a failure. */
  readonly reason: string
  /** How much later than the other lines of its batch the line is reported; in milliseconds, not yet scaled. */
  readonly delayMs: number
}

export type PayeeRuleKind = (typeof PAYEE_RULES)[number]['kind']

/** The rules as data, for documents and for tests that go through all of them. */
export const PAYEE_RULES = [
  { kind: 'ok', account: 'ok@example.com', effect: 'paid; the notify says S' },
  { kind: 'fail', account: 'fail.RECEIVE_USER_NOT_EXIST@example.com', effect: 'not paid; F with that reason' },
  { kind: 'fail-silent', account: 'fail-silent@example.com', effect: 'not paid; F with an empty reason' },
  { kind: 'slow', account: 'slow.30s@example.com', effect: 'paid; told 30 scaled seconds later, in its own notify' },
  { kind: 'never', account: 'never@example.com', effect: 'paid; no notify carries the line' },
  { kind: 'twice', account: 'twice@example.com', effect: 'paid; two notifies carry the line' },
  { kind: 'repeated', account: 'repeated@example.com', effect: 'paid; one notify carries the line two times' },
  { kind: 'contradict', account: 'contradict@example.com', effect: 'paid; first S, then F under another notify_id' },
  { kind: 'both-lists', account: 'both-lists@example.com', effect: 'paid; S and F in one notify' },
  { kind: 'wrong-amount', account: 'wrong-amount@example.com', effect: 'paid; the notify gives one fen more' },
  { kind: 'wrong-account', account: 'wrong-account@example.com', effect: 'paid; the notify gives another account' },
  { kind: 'unknown-serial', account: 'unknown-serial@example.com', effect: 'paid; the notify gives another serial' },
  { kind: 'unreadable-line', account: 'unreadable-line@example.com', effect: 'paid; the line cannot be read' },
] as const

const DEFAULT_REASON = 'RECEIVE_USER_NOT_EXIST'
const KINDS: ReadonlyMap<string, PayeeRuleKind> = new Map(PAYEE_RULES.map(({ kind }) => [kind, kind]))
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS }

/**
 * The rule for a payee account. Total: an account that names no rule, or has no `@`, is paid.
 *
 * @param account the payee's account as it stood in `detail_data`
 */
export function payeeRule(account: string): PayeeRule {
  const at = account.indexOf('@')
  return at < 0 ? PAID : ruleOfWords(account.slice(0, at).split('.'), 0)
}

const PAID: PayeeRule = { kind: 'ok', paid: true, reason: '', delayMs: 0 }

function ruleOfWords(words: readonly string[], delayMs: number): PayeeRule {
  const [first = '', argument = ''] = words
  const kind = KINDS.get(first) ?? 'ok'
  switch (kind) {
    case 'slow':
      return slowRule(words, argument, delayMs)
    case 'fail':
      return { kind, paid: false, reason: argument || DEFAULT_REASON, delayMs }
    case 'fail-silent':
      return { kind, paid: false, reason: '', delayMs }
    default:
      return { kind, paid: true, reason: '', delayMs }
  }
}

function slowRule(words: readonly string[], duration: string, delayMs: number): PayeeRule {
  const [, count, unit = ''] = /^(\d{1,6})(ms|s|m|h)$/.exec(duration) ?? []
  const unitMs = UNIT_MS[unit]
  if (count === undefined || unitMs === undefined) return { ...PAID, delayMs }
  return ruleOfWords(words.slice(2), delayMs + Number(count) * unitMs)
}
