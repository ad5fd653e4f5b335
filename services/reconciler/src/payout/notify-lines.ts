/** What a notify says about the payouts of its batch, line by line. Pure. */

import { notifyFields } from '@payout/mapi/notify/fields'
import { type NotifyLine, notifyDetails, type ReadNotifyLine } from '@payout/mapi/notify/notify-details'
import { redactPersonalData, serialUnlessPersonal } from '@payout/mapi/text/personal-data'
import { printableExcerpt } from '@payout/mapi/text/printable-text'
import type { ReadableCharset } from '@payout/mapi/wire/charset'
import type { GatewayNotify } from '@payout/schemas/generated/records'
import type { Finding, Mismatch, ReportedMoney } from '../payout-state/finding.ts'

/** A line of a notify as the reconciler sees it. */
export interface ReportedLine {
  /** Null where not even that can be read. */
  readonly serial: string | null
  readonly finding: Finding
  /** What was reported, to be compared with the request; undefined for a line that can't be read. */
  readonly reported?: Pick<NotifyLine, 'account' | 'amount'>
  /** What it says of money, for whoever has to act where it contradicts; undefined where nothing can be read. */
  readonly money?: ReportedMoney | undefined
}

/**
 * What a notify says, line by line (BTN-10, BTN-11, BTN-16), with each serial once: a line that can't be read is
 * reported and spoils none of its neighbours; a serial whose lines differ, in one list or in both, is a mismatch and no
 * outcome; equal lines count once.
 */
export function reportedLines(notify: Pick<GatewayNotify, 'body' | 'charset'>): ReportedLine[] {
  const reads = notifyDetails(notifyFields(notify.body), notify.charset as ReadableCharset)
  const bySerial = Map.groupBy(reads, (read, index) => (read.ok ? read.line.serial : read.serial) ?? `line ${index}`)
  return [...bySerial.values()].flatMap((same) => {
    const [first] = same
    if (!first) return []
    const differ = same.length > 1 && same.some((read) => whatDecides(read) !== whatDecides(first))
    return [differ ? contradictingLines(first, same) : reportedLine(first, reads.indexOf(first) + 1)]
  })
}

/** What two lines of one serial must have alike: all but the payee's name, and but for a failure the reason. */
function whatDecides(read: ReadNotifyLine): string {
  if (!read.ok) return JSON.stringify(read)
  const { serial, account, amount, result, alipaySerial, completedAt, reason } = read.line
  return JSON.stringify([serial, account, amount, result, alipaySerial, completedAt, result === 'F' ? reason : null])
}

function reportedLine(read: ReadNotifyLine, number: number): ReportedLine {
  // The number keeps two lines apart of which not even the serial can be read.
  if (!read.ok) {
    const { serial, list, why } = read
    const finding = mismatched('unreadable-line', `line ${number}, ${list}: ${why}`)
    return { serial, finding, money: moneyOf([read]) }
  }
  const { serial, account, amount } = read.line
  return { serial, finding: lineFinding(read.line), reported: { account, amount }, money: moneyOf([read]) }
}

function contradictingLines(first: ReadNotifyLine, same: readonly ReadNotifyLine[]): ReportedLine {
  const results = new Set(same.map((read) => (read.ok ? read.line.result : '?')))
  const finding =
    results.has('S') && results.has('F')
      ? mismatched('both-lists', 'success_details and fail_details')
      : mismatched('contradicting-lines', `${same.length} lines that differ`)
  return { serial: first.ok ? first.line.serial : first.serial, finding, money: moneyOf(same) }
}

/** What lines of one serial say of money: nothing of what they say differently. */
function moneyOf(same: readonly ReadNotifyLine[]): ReportedMoney | undefined {
  const lines = same.flatMap((read) => (read.ok ? [read.line] : []))
  const moved = agreed(same.map(hasMoved))
  const amountFen = agreed(lines.map(({ amount }) => amount))
  // A failure may have anything in its place, an account too.
  const alipaySerial = agreed(lines.map((line) => (line.result === 'S' ? line.alipaySerial : serialOfFailure(line))))
  return moved === null && amountFen === null && alipaySerial === null ? undefined : { moved, amountFen, alipaySerial }
}

function serialOfFailure({ alipaySerial }: NotifyLine): string | null {
  return /[0-9]/.test(alipaySerial) ? serialUnlessPersonal(alipaySerial) : null
}

/** A line that can't be read stands in one list; where the mark in it is that of the other one, it says neither. */
function hasMoved(read: ReadNotifyLine): boolean | null {
  if (read.ok) return read.line.result === 'S'
  const [, , , , mark] = read.raw.split('^')
  const [ours, other] = read.list === 'success_details' ? ['S', 'F'] : ['F', 'S']
  return mark?.trim().toUpperCase() === other ? null : ours === 'S'
}

function agreed<T>([first, ...others]: readonly T[]): T | null {
  return first !== undefined && others.every((other) => other === first) ? first : null
}

/**
 * What a whole notify says of money, where nobody knows its batch: whether any line was paid, and the sum of those that
 * were; where none was, of those that were not.
 */
export function moneyOfAll(lines: readonly ReportedLine[]): ReportedMoney | undefined {
  if (lines.length === 0) return undefined
  const moved = lines.some(({ money }) => money?.moved === true)
  const amounts = lines.flatMap(({ money }) =>
    money?.moved === moved && money.amountFen !== null ? [money.amountFen] : [],
  )
  const certain = moved || lines.every(({ money }) => money?.moved === false)
  return {
    moved: certain ? moved : null,
    amountFen: amounts.length === 0 ? null : amounts.reduce((sum, fen) => sum + fen, 0),
    alipaySerial: lines.length === 1 ? (lines[0]?.money?.alipaySerial ?? null) : null,
  }
}

function mismatched(mismatch: Mismatch, reported: string): Finding {
  return { event: 'mismatched', mismatch, expected: null, reported }
}

/** Alipay's reasons that say "this serial was here before": they prove nothing about the payout (S5.5). */
const DUPLICATE_REASONS = ['USER_SERIAL_NO_REPEATE', 'TRANS_NO_NOT_UNIQUE']

/** Letters that a reason must have before what is odd in it may stand for others. */
const LEAST_LETTERS = 8
/** Characters of a reason in an event. */
const REASON_CHARACTERS = 1_000

/**
 * Whether a reason is one of these, also where something odd stands in it or in place of some of its letters: taken for
 * an unknown one it would be a failure.
 */
function saysDuplicate(reason: string): boolean {
  const written = reason.normalize('NFKC').toUpperCase()
  if (written.replace(/[^A-Z_]/g, '').length < LEAST_LETTERS) return false
  const pattern = new RegExp(`^${written.replace(/[^A-Z_]+/g, '[A-Z_]{0,3}')}$`)
  return DUPLICATE_REASONS.some((code) => pattern.test(code))
}

function lineFinding({ account, name, result, reason, alipaySerial, completedAt }: NotifyLine): Finding {
  if (result === 'S') return { event: 'succeeded', alipaySerial, completedAt }
  const said = reason === null || reason.trim() === '' ? 'NO_REASON' : redactPersonalData(reason, [account, name])
  const code = printableExcerpt(said, REASON_CHARACTERS)
  if (reason !== null && saysDuplicate(reason)) {
    return {
      event: 'unresolved',
      reason: code,
      explanation: 'Alipay had this serial before: somebody has to look at Alipay',
    }
  }
  return {
    event: 'failed',
    reason: code,
    explanation: 'Alipay reported that it could not pay this line',
  }
}
