import { eventKind } from '@payout/cli/follow/event-words'
import { contentOf, type PayoutRow } from '@payout/cli/payout-file/payout-csv'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import { serialOf } from '@payout/mapi/values/serial'
import type { PayoutEvent } from '@payout/runtime/record/domain-event'
import type { BookEntry } from '@payout/sandbox/alipay/books/books'
import type { PayoutStanding } from '@payout/schemas/generated/records'
import { isOutcome, type Outcome } from './outcome.ts'

/** What the audit compares, each from its own source. */
export interface PayoutAuditSources {
  /** Every command that was written, in that order. */
  readonly asked: readonly PayoutRow[]
  /** How many unreadable commands were written besides. */
  readonly malformed: number
  /** Every event of the topic, from its beginning to its end, in the order of its partitions. */
  readonly events: readonly PayoutEvent[]
  /** How many dead letters there are. */
  readonly deadLetters: number
  /** Every line that the gateway accepted; undefined where there are no books to look into. */
  readonly books: readonly BookEntry[] | undefined
}

/** What became of one payout. */
export type Fate =
  | { readonly kind: 'paid' }
  /** Alipay took it and did not pay it. */
  | { readonly kind: 'not-paid'; readonly reason: string }
  /** It never reached Alipay. */
  | { readonly kind: 'not-sent'; readonly reason: string }
  | { readonly kind: 'lost' }

/** One payout that was asked for, under however many commands. */
export interface AuditedPayout {
  /** The first command under this id: the one that counts (S1). */
  readonly row: PayoutRow
  /** Further commands with the same content. */
  readonly repeats: number
  /** Further commands with other content. */
  readonly conflicts: number
  readonly fate: Fate
}

export interface PayoutAudit {
  readonly payouts: readonly AuditedPayout[]
  /** Payouts without an outcome. */
  readonly lost: readonly AuditedPayout[]
  /** Payouts for which the books hold more than one accepted line. */
  readonly paidTwice: readonly AuditedPayout[]
  /** Everything that is not as it must be, one sentence each; empty when all is well. */
  readonly findings: readonly string[]
}

interface Collected {
  readonly row: PayoutRow
  readonly content: string
  repeats: number
  conflicts: number
  readonly outcomes: Map<string, Outcome>
  readonly refusals: Set<string>
  readonly entries: BookEntry[]
  /** What the event of the highest version says of how the payout stands: all that many readers keep. */
  standing: PayoutStanding | null
}

/**
 * Compares what was asked with the events and with the other side's books: every payout has exactly one outcome, was
 * accepted exactly once or refused for a stated reason, and nothing was paid that nobody asked for. Nothing here is
 * taken from what the pipeline says about itself beyond its events.
 */
export function auditPayouts({ asked, malformed, events, deadLetters, books }: PayoutAuditSources): PayoutAudit {
  const payouts = collect(asked)
  const findings: string[] = []
  assign(payouts, events, findings)
  assignEntries(payouts, books ?? [], findings)
  const audited: AuditedPayout[] = []
  const paidTwice: AuditedPayout[] = []
  for (const [key, payout] of payouts) {
    const fate = fateOf(payout)
    const each = { row: payout.row, repeats: payout.repeats, conflicts: payout.conflicts, fate }
    audited.push(each)
    if (payout.entries.length > 1) paidTwice.push(each)
    findings.push(...faultsOf(payout, fate, books !== undefined).map((fault) => `${key} ${fault}`))
  }
  if (deadLetters !== malformed) {
    findings.push(`${malformed} unreadable commands were written, and ${deadLetters} dead letters came of them`)
  }
  return { payouts: audited, lost: audited.filter(({ fate }) => fate.kind === 'lost'), paidTwice, findings }
}

function collect(asked: readonly PayoutRow[]): Map<string, Collected> {
  const payouts = new Map<string, Collected>()
  for (const row of asked) {
    const key = `${row.partner}/${row.id}`
    const content = contentOf(row)
    const known = payouts.get(key)
    if (!known) {
      const fresh = {
        repeats: 0,
        conflicts: 0,
        outcomes: new Map(),
        refusals: new Set<string>(),
        entries: [],
        standing: null,
      }
      payouts.set(key, { row, content, ...fresh })
    } else if (known.content === content) known.repeats += 1
    else known.conflicts += 1
  }
  return payouts
}

function assign(payouts: ReadonlyMap<string, Collected>, events: readonly PayoutEvent[], findings: string[]): void {
  const versions = new Map<string, { version: number; eventId: string }>()
  for (const event of events) {
    const key = `${event.value.partner}/${event.value.payoutId ?? ''}`
    const payout = payouts.get(key)
    if (!payout) {
      findings.push(`${key} has an event ${event.name}, and nobody asked for it`)
      continue
    }
    if (isOutcome(event)) payout.outcomes.set(event.value.eventId, event)
    if (event.name === 'payout.PayoutRefused') payout.refusals.add(event.value.eventId)
    const version = 'version' in event.value ? event.value.version : null
    if (version === null) continue
    const { eventId } = event.value
    const before = versions.get(key)
    // The same event may be written again (it keeps its id); another one must have a higher version.
    if (before && version <= before.version && eventId !== before.eventId) {
      findings.push(`${key} has version ${version} after version ${before.version}`)
    }
    if (!before || version > before.version) {
      versions.set(key, { version, eventId })
      payout.standing = 'standing' in event.value ? event.value.standing : null
    }
  }
}

function assignEntries(payouts: ReadonlyMap<string, Collected>, books: readonly BookEntry[], findings: string[]): void {
  const bySerial = new Map<string, Collected>()
  for (const payout of payouts.values()) {
    if (isPayoutId(payout.row.id)) bySerial.set(`${payout.row.partner}/${serialOf(payout.row.id)}`, payout)
  }
  for (const entry of books) {
    const payout = bySerial.get(`${entry.alias}/${entry.serial}`)
    if (payout) payout.entries.push(entry)
    else findings.push(`the books hold ${entry.alias}/${entry.serial}, and nobody asked for it`)
  }
}

function fateOf({ outcomes }: Collected): Fate {
  const [outcome] = outcomes.values()
  if (!outcome) return { kind: 'lost' }
  if (outcome.name === 'payout.PayoutSucceeded') return { kind: 'paid' }
  return { kind: outcome.value.batchNo === null ? 'not-sent' : 'not-paid', reason: outcome.value.reason }
}

function faultsOf(
  { row, conflicts, outcomes, refusals, entries, standing }: Collected,
  fate: Fate,
  hasBooks: boolean,
): string[] {
  const faults: string[] = []
  if (outcomes.size === 0) faults.push('has no outcome')
  if (outcomes.size > 1) {
    faults.push(`has ${outcomes.size} outcomes: ${[...outcomes.values()].map(({ name }) => name).join(', ')}`)
  }
  if (refusals.size !== conflicts) {
    faults.push(`was asked ${conflicts} times with other content, and ${refusals.size} commands were refused`)
  }
  for (const outcome of outcomes.values()) {
    if (outcome.name === 'payout.PayoutSucceeded' && outcome.value.amountFen !== row.amountFen) {
      faults.push(`was asked for ${row.amountFen} fen and succeeded with ${outcome.value.amountFen}`)
    }
    if (outcome.name === 'payout.PayoutFailed' && outcome.value.reason === '') faults.push('failed without a reason')
  }
  const [outcome] = outcomes.values()
  if (outcome && standing && (!standing.final || standing.status !== eventKind(outcome.name))) {
    faults.push(`${eventKind(outcome.name)}, and its last event says that it stands ${standing.status}`)
  }
  if (!hasBooks) return faults
  if (entries.length > 1) faults.push(`stands ${entries.length} times in the books`)
  for (const entry of entries) {
    if (entry.amountFen !== row.amountFen) {
      faults.push(`was asked for ${row.amountFen} fen, and the books say ${entry.amountFen}`)
    }
    if (entry.account !== row.to) faults.push('was paid to another account than asked')
  }
  const isInBooksAsPaid = entries.some(({ paid }) => paid)
  if (fate.kind === 'paid' && !isInBooksAsPaid) faults.push('succeeded, and the books know of no payment')
  if (fate.kind !== 'paid' && fate.kind !== 'lost' && isInBooksAsPaid) faults.push('failed, and the books say paid')
  if (fate.kind === 'not-sent' && entries.length > 0) faults.push('was never sent, and stands in the books')
  return faults
}
