import { chinaDate } from '@payout/mapi/values/china-time'
import type { Books } from '../books/books.ts'
import type { CheckOrder, Uniqueness } from '../gateway/sandbox-settings.ts'
import { payerOf, type SandboxPartner } from '../partners/sandbox-partner.ts'
import type { SeededChance } from '../seeded-chance.ts'
import type { BatchForm } from './batch-form.ts'

/** What a batch is checked against. */
export interface BatchRuleDependencies {
  readonly books: Books
  readonly partners: readonly SandboxPartner[]
  /** UTC milliseconds by the sandbox's clock. */
  readonly now: number
  readonly uniqueness: Uniqueness
}

type BatchRule = (form: BatchForm, dependencies: BatchRuleDependencies) => string | undefined

const RULES: readonly BatchRule[] = [
  refusedByContract,
  payingAccount,
  uniqueBatchNo,
  currentDate,
  lineCount,
  total,
  singleAmount,
  uniqueSerials,
  balance,
]

/** @returns the code with which Alipay refuses the batch; undefined when it takes it */
export function refusalOf(
  form: BatchForm,
  dependencies: BatchRuleDependencies,
  order: CheckOrder,
  chance: SeededChance,
  attempt: number,
): string | undefined {
  const rules = order === 'any' ? chance.shuffled(RULES, 'check-order', form.batchNo, attempt) : RULES
  for (const rule of rules) {
    const code = rule(form, dependencies)
    if (code !== undefined) return code
  }
  return undefined
}

function refusedByContract({ admitted, account }: BatchForm): string | undefined {
  return admitted.partner.refuse ?? account?.refuse
}

function payingAccount(form: BatchForm, { partners }: BatchRuleDependencies): string | undefined {
  if (form.account !== undefined) {
    return form.account.name === form.accountName ? undefined : 'PAY_EMAIL_NAME_NOT_MATCH'
  }
  const others = partners.some(({ accounts }) =>
    accounts.some(({ email, buyerAccountName }) => email === form.payerName || buyerAccountName === form.payerName),
  )
  return others ? 'partnerORPayEmailError' : 'USER_NOT_EXIST'
}

function uniqueBatchNo(form: BatchForm, { books, uniqueness }: BatchRuleDependencies): string | undefined {
  const taken = uniqueness.batchNo && books.batchCount(form.admitted.partner.alias, form.batchNo) > 0
  return taken ? 'BATCH_NO_NOT_UNIQUE' : undefined
}

function currentDate(form: BatchForm, { now }: BatchRuleDependencies): string | undefined {
  return form.payDate === chinaDate(now) ? undefined : 'ILLEGAL_ARGUMENT'
}

function lineCount({ admitted, batchNum, lines }: BatchForm): string | undefined {
  if (Math.max(batchNum, lines.length) > (admitted.partner.maxLines ?? 1_000)) return 'TOTAL_NUMS_LIMIT'
  return batchNum === lines.length ? undefined : 'BATCH_COUNT_ADD_NOT_MATCH_AMOUNT'
}

function total({ batchFee, lines }: BatchForm): string | undefined {
  return batchFee === sum(lines) ? undefined : 'BATCH_MONEY_ADD_NOT_MATCH_AMOUNT'
}

function singleAmount({ admitted, lines }: BatchForm): string | undefined {
  const limit = admitted.partner.maxSingleFen
  return limit !== undefined && lines.some(({ amountFen }) => amountFen > limit) ? 'MAX_SINGLE_FEE' : undefined
}

function uniqueSerials(form: BatchForm, { books, uniqueness }: BatchRuleDependencies): string | undefined {
  if (!uniqueness.serial) return undefined
  const { alias } = form.admitted.partner
  const serials = new Set(form.lines.map(({ serial }) => serial))
  const taken = serials.size < form.lines.length || form.lines.some(({ serial }) => books.hasSerial(alias, serial))
  return taken ? 'TRANS_NO_NOT_UNIQUE' : undefined
}

function balance({ admitted, account, lines }: BatchForm, { books }: BatchRuleDependencies): string | undefined {
  if (account === undefined) return undefined
  const left = books.balanceFen(admitted.partner.alias, payerOf(account))
  return left !== undefined && left < sum(lines) ? 'NOT_ENOUGH_AMOUNT' : undefined
}

function sum(lines: BatchForm['lines']): number {
  let fen = 0
  for (const line of lines) fen += line.amountFen
  return fen
}
