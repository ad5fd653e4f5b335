import type { PartnerRecord } from '@payout/cli/trace/partner-record'
import type { LogRecord } from '@payout/runtime/event-log/port'

/** The stages of a payout, in order; each ends with something that the records tell the time of. */
export const stageNames = ['command', 'signed', 'intended', 'answered', 'notified', 'outcome'] as const
export type StageName = (typeof stageNames)[number]

/** One stage over all payouts. Unit: milliseconds. */
export interface Stage {
  readonly name: StageName
  /** How long payouts took from the stage before to this one; empty numbers (NaN) for the first stage. */
  readonly median: number
  readonly p95: number
  readonly longest: number
  /** When the first and the last payout had reached it, counted from the first command. */
  readonly firstAt: number
  readonly lastAt: number
  /** Payouts whose time is known. */
  readonly payouts: number
}

/** A record with what it holds. */
export interface TimedRecord {
  readonly record: LogRecord
  readonly named: PartnerRecord
}

/** When a payout reached each stage; UTC milliseconds. */
type Times = Partial<Record<StageName, number>>

/**
 * Where the time went, as far as the records tell: when each command was written, its request signed, the attempt
 * intended, the answer received, the notify received, the outcome written. What took part in none of these, such as a
 * payout that was refused, is left out.
 */
export function stageTimes(records: Iterable<TimedRecord>): Stage[] {
  const times = timesOf(records)
  const start = Math.min(...times.map(({ command }) => command ?? Number.POSITIVE_INFINITY))
  return stageNames.map((name, index) => {
    const before = stageNames[index - 1]
    const reached = times.flatMap((each) => each[name] ?? []).sort((a, b) => a - b)
    const took = times
      .flatMap((each) => {
        const [from, to] = [before && each[before], each[name]]
        return from === undefined || to === undefined ? [] : [to - from]
      })
      .sort((a, b) => a - b)
    return {
      name,
      median: quantile(took, 0.5),
      p95: quantile(took, 0.95),
      longest: quantile(took, 1),
      firstAt: (reached[0] ?? Number.NaN) - start,
      lastAt: (reached.at(-1) ?? Number.NaN) - start,
      payouts: reached.length,
    }
  })
}

/** The value that so large a share of sorted numbers does not exceed; NaN of none. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

function timesOf(records: Iterable<TimedRecord>): Times[] {
  const payouts = new Map<string, Times>()
  const batches = new Map<string, Times>()
  const members = new Map<string, string[]>()
  for (const { record, named } of records) {
    const { partner } = named.value
    switch (named.name) {
      case 'payout.PayoutRequested':
        earliest(payouts, `${partner}/${named.value.payoutId}`, 'command', record.timestamp)
        break
      case 'gateway.GatewayRequest': {
        const batch = `${partner}/${named.value.batchNo}`
        earliest(batches, batch, 'signed', record.timestamp)
        members.set(
          batch,
          named.value.lines.map(({ payoutId }) => `${partner}/${payoutId}`),
        )
        break
      }
      case 'gateway.GatewayAttempt':
        if (named.value.state === 'in_doubt')
          earliest(batches, `${partner}/${named.value.batchNo}`, 'intended', record.timestamp)
        break
      case 'gateway.GatewayAnswer':
        if (named.value.outcome === 'accepted') {
          earliest(batches, `${partner}/${named.value.batchNo}`, 'answered', named.value.answeredAt)
        }
        break
      case 'gateway.GatewayNotify':
        earliest(batches, `${partner}/${named.value.batchNo}`, 'notified', named.value.receivedAt)
        break
      case 'payout.PayoutSucceeded':
      case 'payout.PayoutFailed':
        earliest(payouts, `${partner}/${named.value.payoutId}`, 'outcome', record.timestamp)
        break
    }
  }
  return [...members].flatMap(([batch, ids]) => ids.map((id) => ({ ...batches.get(batch), ...payouts.get(id) })))
}

function earliest(all: Map<string, Times>, key: string, stage: StageName, at: number): void {
  const times = all.get(key) ?? {}
  all.set(key, { ...times, [stage]: Math.min(times[stage] ?? Number.POSITIVE_INFINITY, at) })
}
