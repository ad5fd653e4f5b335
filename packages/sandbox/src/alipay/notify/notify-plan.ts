import { formatChinaDateTime14 } from '@payout/mapi/values/china-time'
import { fen, formatYuan } from '@payout/mapi/values/fen'
import type { BookEntry } from '../books/books.ts'
import { type PayeeRuleKind, payeeRule } from '../books/payee-rule.ts'

/** What one notify will say of a batch, and when. */
export interface PlannedNotify {
  /** Names this notify among those of its batch; the `notify_id` is made from it. */
  readonly part: string
  /** How long after acceptance it is first sent; milliseconds, not scaled. */
  readonly delayMs: number
  /** Values of `success_details` and `fail_details`; empty ones are left out of the notify. */
  readonly successDetails: string
  readonly failDetails: string
  /** What is sent under another `notify_id` once this one is acknowledged. */
  readonly followedBy?: PlannedNotify
}

/** How rows are written (reference: the documents' sample and real notifies differ). */
export interface RowStyle {
  /** Reason column of a success: empty as in real notifies, or the word `null` as in batch_trans_notify_no_pwd 1.3. */
  readonly successReason: '' | 'null'
  /** Does the last row end in `|` too? */
  readonly lastBar: boolean
}

const CONTRADICTION = 'TXN_RESULT_TRANSFER_OUT_CAN_NOT_EQUAL_IN'

/**
 * The notifies of an accepted batch: one for all lines that are reported at once, one for each delay, one more for
 * lines that come twice, and one that follows for lines that contradict themselves (see payee-rule.ts). None when
 * nothing is ever reported.
 */
export function planNotifies(entries: readonly BookEntry[], style: RowStyle): readonly PlannedNotify[] {
  const byDelay = new Map<number, BookEntry[]>()
  for (const entry of entries) {
    const { kind, delayMs } = payeeRule(entry.account)
    if (kind === 'never') continue
    const group = byDelay.get(delayMs)
    if (group === undefined) byDelay.set(delayMs, [entry])
    else group.push(entry)
  }
  return [...byDelay].flatMap(([delayMs, group]) => planGroup(delayMs, group, style))
}

function planGroup(delayMs: number, group: readonly BookEntry[], style: RowStyle): PlannedNotify[] {
  const successes: string[] = []
  const failures: string[] = []
  for (const entry of group) {
    const { kind } = payeeRule(entry.account)
    if (entry.paid) successes.push(...successRows(entry, kind, style))
    else failures.push(row(entry, 'F', entry.reason))
    if (kind === 'both-lists') failures.push(row(entry, 'F', CONTRADICTION))
  }
  const contradicted = ofKind(group, 'contradict').map((entry) => row(entry, 'F', CONTRADICTION))
  const main = notify(`${delayMs}.main`, delayMs, successes, failures, style)
  const twice = ofKind(group, 'twice').map((entry) => row(entry, 'S', style.successReason))
  return [
    contradicted.length === 0
      ? main
      : { ...main, followedBy: notify(`${delayMs}.contradict`, 0, [], contradicted, style) },
    ...(twice.length === 0 ? [] : [notify(`${delayMs}.twice`, delayMs, twice, [], style)]),
  ]
}

function successRows(entry: BookEntry, kind: PayeeRuleKind, style: RowStyle): string[] {
  const plain = row(entry, 'S', style.successReason)
  switch (kind) {
    case 'repeated':
      return [plain, plain]
    case 'wrong-amount':
      return [row({ ...entry, amountFen: fen(entry.amountFen + 1) }, 'S', style.successReason)]
    case 'wrong-account':
      return [row({ ...entry, account: `other.${entry.account}` }, 'S', style.successReason)]
    case 'unknown-serial':
      return [row({ ...entry, serial: `x${entry.serial}`.slice(0, 32) }, 'S', style.successReason)]
    case 'unreadable-line':
      return [`${entry.serial}^${entry.account}^S`]
    default:
      return [plain]
  }
}

function row(entry: BookEntry, mark: 'S' | 'F', reason: string): string {
  const { serial, account, name, amountFen, alipaySerial, finishedAt } = entry
  return [
    serial,
    account,
    name,
    formatYuan(amountFen),
    mark,
    reason,
    alipaySerial,
    formatChinaDateTime14(finishedAt),
  ].join('^')
}

function ofKind(group: readonly BookEntry[], kind: PayeeRuleKind): BookEntry[] {
  return group.filter((entry) => payeeRule(entry.account).kind === kind)
}

function notify(
  part: string,
  delayMs: number,
  successes: readonly string[],
  failures: readonly string[],
  style: RowStyle,
): PlannedNotify {
  return { part, delayMs, successDetails: details(successes, style), failDetails: details(failures, style) }
}

function details(rows: readonly string[], style: RowStyle): string {
  const joined = rows.join('|')
  return joined !== '' && style.lastBar ? `${joined}|` : joined
}
