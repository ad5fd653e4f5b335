import { checkDetailLine, type DetailLine, MAX_DETAIL_LINES } from '@payout/mapi/interfaces/detail-data'
import { checkAccount } from '@payout/mapi/values/account'
import type { Fen } from '@payout/mapi/values/fen'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import { serialOf } from '@payout/mapi/values/serial'
import type { Partner, PayingAccount } from '@payout/runtime/partners/partners'
import { PipelineError } from '@payout/schemas/error'
import type { Refusal } from '../command/refusal.ts'
import type { PayoutInstruction } from './payout-command.ts'

/** A payout that may be signed. */
export interface Payable {
  readonly instruction: PayoutInstruction
  readonly partner: Partner
  readonly account: PayingAccount
  readonly line: DetailLine
}

export type Judgement =
  | { readonly ok: true; readonly payable: Payable }
  | { readonly ok: false; readonly refusal: Refusal }

/** What a line is judged by. */
export interface PayoutRules {
  readonly partner: (alias: string) => Partner | undefined
  /** Stands in for an empty or blank memo: Alipay refuses a batch whose line has none (REASON_NOT_NULL). */
  readonly defaultMemo: string
}

/**
 * Judges one payout by itself: what is written here goes to Alipay, so everything is checked before its id is claimed.
 */
export function judgePayout(instruction: PayoutInstruction, lines: number, rules: PayoutRules): Judgement {
  const refuse = (code: string, explanation: string): Judgement => ({ ok: false, refusal: { code, explanation } })
  if (!isPayoutId(instruction.payoutId))
    return refuse('INVALID_PAYOUT_ID', 'a payout id is 1 to 64 of A-Z a-z 0-9 . _ : -')
  const partner = rules.partner(instruction.partner)
  if (!partner) return refuse('UNKNOWN_PARTNER', 'the partners file has no partner of this alias')
  const account = partner.account(instruction.payer)
  if (!account) return refuse('UNKNOWN_PAYER', 'the partner has no paying account of this name')
  if (lines > MAX_DETAIL_LINES)
    return refuse('TOO_MANY_LINES', `a batch has at most ${MAX_DETAIL_LINES} lines, not ${lines}`)
  if (!Number.isSafeInteger(instruction.amountFen) || instruction.amountFen < 1)
    return refuse('INVALID_AMOUNT', 'an amount is a whole number of fen, at least 1')
  if (instruction.amountFen > partner.maxAmountFen) {
    return refuse(
      'AMOUNT_OVER_LIMIT',
      `the amount is over the limit of ${partner.maxAmountFen} fen for one payout of this partner`,
    )
  }
  const line: DetailLine = {
    serial: serialOf(instruction.payoutId),
    account: instruction.payeeAccount,
    name: instruction.payeeName,
    amount: instruction.amountFen as Fen,
    memo: instruction.memo.trim() === '' ? rules.defaultMemo : instruction.memo,
  }
  try {
    checkDetailLine(line)
    // Before the character set, which would only say that it lacks a character that can't be seen.
    checkAccount(line.account, 'the account of a line', 'account')
    checkDetailLine(line, partner.charset)
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    return refuse(error.code, error.message)
  }
  return { ok: true, payable: { instruction, partner, account, line } }
}
