import type { Words } from '@payout/cli/terminal/speech'
import { type Column, renderTable } from '@payout/cli/terminal/table'
import { type Fen, formatYuan, sumFen } from '@payout/mapi/values/fen'
import type { Fate, Reckoned, Reckoning } from './reckoning.ts'
import type { Stage, stageNames } from './stage-times.ts'

/** Findings are shown up to this many: what is wrong with all payouts is told by a few. */
const SHOWN_FINDINGS = 20

/** Something besides the payouts that were asked for. */
export interface OtherRow {
  readonly words: string
  readonly count: number
  readonly amountFen?: Fen
}

/** What became of the payouts, as a table: one row for each fate and reason; then what else there was. */
export function fateTable(
  { payouts }: Reckoning,
  malformed: number,
  others: readonly OtherRow[],
  terminal?: boolean,
): Words {
  const groups = new Map<string, Reckoned[]>()
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
  return renderTable(columns, rows, terminal)
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

function sum(payouts: readonly Reckoned[], field: 'repeats' | 'conflicts'): number {
  return payouts.reduce((total, payout) => total + payout[field], 0)
}

/** Who was paid for: one row for each partner. */
export function partnerTable({ payouts }: Reckoning, terminal?: boolean): Words {
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
  return renderTable(columns, rows, terminal)
}

/** Where the time went, in milliseconds. */
export function stageTable(stages: readonly Stage[], terminal?: boolean): Words {
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
  return renderTable(columns, rows, terminal)
}

/** Everything that is not as it must be, one line each. */
export function findingLines({ findings }: Reckoning): string[] {
  const shown = findings.slice(0, SHOWN_FINDINGS).map((finding) => `  - ${finding}`)
  return findings.length > SHOWN_FINDINGS ? [...shown, `  … and ${findings.length - SHOWN_FINDINGS} more`] : shown
}
