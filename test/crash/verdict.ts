import { serialOf } from '@payout/mapi/values/serial'
import type { BookEntry } from '@payout/sandbox/alipay/books/books'
import type { SeenEvent } from '../system/event-watch.ts'
import type { ExpectedPayout } from './expected-payouts.ts'

/**
 * Everything that is wrong with what became of the payouts; empty when the promise was kept: each ends in exactly one
 * outcome, the right one, and is accepted by Alipay exactly once, or not at all where it must not be sent.
 */
export function faultsOf(
  expected: readonly ExpectedPayout[],
  events: readonly SeenEvent[],
  books: readonly BookEntry[],
): string[] {
  const faults: string[] = []
  const byPayout = Map.groupBy(events, ({ value }) => `${value.partner}/${value.payoutId}`)
  const bySerial = Map.groupBy(books, ({ alias, serial }) => `${alias}/${serial}`)
  for (const { partner, payoutId, outcome, sent, amounts } of expected) {
    const id = `${partner}/${payoutId}`
    const outcomes = (byPayout.get(id) ?? []).filter(
      ({ type }) => type === 'payout.succeeded' || type === 'payout.failed',
    )
    if (outcomes.length !== 1)
      faults.push(`${id} has ${outcomes.length} outcomes: ${outcomes.map(({ type }) => type).join(', ')}`)
    else if (outcomes[0]?.type !== outcome) faults.push(`${id} ended as ${outcomes[0]?.type}, and not as ${outcome}`)
    const entries = bySerial.get(`${partner}/${serialOf(payoutId)}`) ?? []
    if (entries.length !== (sent ? 1 : 0)) faults.push(`${id} stands ${entries.length} times in Alipay's books`)
    const [entry] = entries
    if (entry && !amounts.includes(entry.amountFen))
      faults.push(`${id} was paid with ${entry.amountFen} fen, and not with ${amounts.join(' or ')}`)
  }
  const serials = new Set(expected.map(({ partner, payoutId }) => `${partner}/${serialOf(payoutId)}`))
  for (const serial of bySerial.keys())
    if (!serials.has(serial)) faults.push(`${serial} was paid and nobody asked for it`)
  faults.push(...versionFaults(byPayout), ...repeatedEvents(events))
  return faults
}

/** Versions of a payout only grow, in the order in which downstream reads them. */
function versionFaults(byPayout: ReadonlyMap<string, readonly SeenEvent[]>): string[] {
  return [...byPayout].flatMap(([id, events]) => {
    const versions = events.flatMap(({ value }) =>
      'version' in value && value.version !== null ? [value.version] : [],
    )
    return versions.every((version, n) => n === 0 || version > (versions[n - 1] ?? 0))
      ? []
      : [`the versions of ${id} are ${versions.join(', ')}`]
  })
}

/** No event was written twice. */
export function repeatedEvents(events: readonly { readonly value: { readonly eventId: string } }[]): string[] {
  const ids = new Map<string, number>()
  for (const { value } of events) ids.set(value.eventId, (ids.get(value.eventId) ?? 0) + 1)
  return [...ids].flatMap(([id, count]) => (count > 1 ? [`the event ${id} was written ${count} times`] : []))
}
