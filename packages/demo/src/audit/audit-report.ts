import { CommandFailedError } from '@payout/cli/terminal/errors'
import { linesOf, say, type Words, words } from '@payout/cli/terminal/speech'
import { type Column, renderTable } from '@payout/cli/terminal/table'
import { type Fen, formatYuan, sumFen } from '@payout/mapi/values/fen'
import type { SampleReturnFile } from '../samples/sample-return-file.ts'
import type { AuditedPayout, Fate, PayoutAudit } from './payout-audit.ts'
import type { Stage, stageNames } from './stage-times.ts'
import type { SystemAudit } from './system-audit.ts'

/** At most so many findings are shown: a fault of all payouts shows in a few. */
const SHOWN_FINDINGS = 20

export interface AuditReportOptions {
  /** With a table of where the time went. */
  readonly isTimed: boolean
  /** How often a process ended by itself and was started again. */
  readonly restarts: number
  /** How many unreadable commands were written. */
  readonly malformed: number
  readonly returnFile: SampleReturnFile
}

/** Prints what was found. @throws CommandFailedError when anything is not as it must be */
export function printAudit(
  { payoutAudit, stages, services, unread }: SystemAudit,
  { isTimed, restarts, malformed, returnFile }: AuditReportOptions,
): void {
  const { payouts, lost, paidTwice } = payoutAudit
  const others = services.length === 0 ? otherRows(returnFile) : []
  say`\n${fateTable(payoutAudit, malformed, others)}\n\n${partnerTable(payoutAudit)}\n`
  if (isTimed)
    say`${stageTable(stages)}\n(milliseconds; first and last counted from the first command)\n\n${speed(stages)}\n`
  if (restarts > 0) say`processes that ended by themselves and were started again: ${restarts}`
  const findings = [...findingLines(payoutAudit), ...[...services, ...unread].map((finding) => `  - ${finding}`)]
  const isWell = findings.length === 0
  say`${payouts.length} payouts asked for: events and the other side's books ${isWell ? 'agree on every one' : 'were compared'}`
  if (!isWell) say`not as it must be:\n${linesOf(findings.map((finding) => words`${finding}`))}`
  say`${words`${lost.length} lost, ${paidTwice.length} paid twice`.styled(isWell ? 'green' : 'red')}`
  if (!isWell) throw new CommandFailedError('something is off; the list above says what')
}

/** Something besides the payouts that were asked for. */
interface OtherRow {
  readonly words: string
  readonly count: number
  readonly amountFen?: Fen
}

/** What became of the payouts, as a table: one row for each fate and reason; then what else there was. */
function fateTable({ payouts }: PayoutAudit, malformed: number, others: readonly OtherRow[]): Words {
  const groups = new Map<string, AuditedPayout[]>()
  for (const payout of payouts) {
    const words = fateWords(payout.fate)
    groups.set(words, [...(groups.get(words) ?? []), payout])
  }
  const columns: Column[] = [
    { head: 'what became of them' },
    { head: 'count', align: 'right' },
    { head: 'yuan', align: 'right' },
  ]
  const rows = [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([words, members]) => [words, members.length, formatYuan(sumFen(members.map(({ row }) => row.amountFen)))])
  const [repeats, conflicts] = [sum(payouts, 'repeats'), sum(payouts, 'conflicts')]
  if (repeats > 0) rows.push(['the same command once more: nothing new happened', repeats, ''])
  if (conflicts > 0) rows.push(['the same id with other content: refused, not paid', conflicts, ''])
  if (malformed > 0) rows.push(['a command that could not be read: a dead letter', malformed, ''])
  for (const { words, count, amountFen } of others)
    rows.push([words, count, amountFen === undefined ? '' : formatYuan(amountFen)])
  return renderTable(columns, rows)
}

function fateWords(fate: Fate): string {
  switch (fate.kind) {
    case 'paid':
      return 'paid'
    case 'not-paid':
      return `not paid by Alipay: ${fate.reason}`
    case 'not-sent':
      return `not sent: ${fate.reason}`
    case 'lost':
      return 'LOST: no outcome'
  }
}

function sum(payouts: readonly AuditedPayout[], field: 'repeats' | 'conflicts'): number {
  return payouts.reduce((total, payout) => total + payout[field], 0)
}

/** Who was paid for: one row for each partner. */
function partnerTable({ payouts }: PayoutAudit): Words {
  const partners = [...new Set(payouts.map(({ row }) => row.partner))].sort()
  const columns: Column[] = [
    { head: 'partner' },
    { head: 'asked', align: 'right' },
    { head: 'paid', align: 'right' },
    { head: 'not paid', align: 'right' },
    { head: 'yuan paid', align: 'right' },
  ]
  const rows = partners.map((partner) => {
    const ours = payouts.filter(({ row }) => row.partner === partner)
    const paid = ours.filter(({ fate }) => fate.kind === 'paid')
    const yuan = formatYuan(sumFen(paid.map(({ row }) => row.amountFen)))
    return [partner, ours.length, paid.length, ours.length - paid.length, yuan]
  })
  return renderTable(columns, rows)
}

/** Where the time went, in milliseconds. */
function stageTable(stages: readonly Stage[]): Words {
  const columns: Column[] = [
    { head: 'stage' },
    ...['payouts', 'median', '95 %', 'longest', 'first at', 'last at'].map((head) => ({
      head,
      align: 'right' as const,
    })),
  ]
  const words: Record<(typeof stageNames)[number], string> = {
    command: 'command written',
    signed: '→ request signed',
    intended: '→ attempt intended',
    answered: '→ gateway answered',
    notified: '→ notify received',
    outcome: '→ outcome written',
  }
  const ms = (number: number) => (Number.isNaN(number) ? '' : String(Math.round(number)))
  const rows = stages.map(({ name, payouts, median, p95, longest, firstAt, lastAt }) => [
    words[name],
    payouts,
    ...[median, p95, longest, firstAt, lastAt].map(ms),
  ])
  return renderTable(columns, rows)
}

/** Everything that is not as it must be, one line each. */
function findingLines({ findings }: PayoutAudit): string[] {
  const shown = findings.slice(0, SHOWN_FINDINGS).map((finding) => `  - ${finding}`)
  return findings.length > SHOWN_FINDINGS ? [...shown, `  … and ${findings.length - SHOWN_FINDINGS} more`] : shown
}

/** What was counted besides payouts, and found to be right. */
function otherRows({ rows }: SampleReturnFile): OtherRow[] {
  const amountFen = sumFen(rows.map((row) => row.amountFen))
  return [
    { words: 'an agreement: signed by its user, then cancelled', count: 1 },
    { words: 'sent back by a bank, from a return file', count: rows.length, amountFen },
  ]
}

/** Time from the first command to the last outcome. */
function speed(stages: readonly Stage[]): string {
  const outcome = stages.at(-1)
  if (outcome === undefined || Number.isNaN(outcome.lastAt)) return 'no payout went all the way'
  const perSecond = Math.round((outcome.payouts / outcome.lastAt) * 1000)
  return `${outcome.payouts} payouts in ${(outcome.lastAt / 1000).toFixed(2)} s from the first command to the last event: ${perSecond} payouts/s`
}
