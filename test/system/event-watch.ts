import { setTimeout as sleep } from 'node:timers/promises'
import { eventPlaces } from '@payout/cli/follow/event-stream'
import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import {
  type AgreementEvent,
  isAgreementEvent,
  isPayoutEvent,
  isReturnFileEvent,
  type PayoutEvent,
  type ReturnFileEvent,
} from '@payout/runtime/record/domain-event'
import { recordNames } from '@payout/schemas/avro/schema-catalog'
import type { Codec } from '@payout/schemas/codec'

/** How an event was found. */
interface Seen {
  /** Its `ce_type`. */
  readonly type: string
  readonly record: LogRecord
}

/** An event of a payout as downstream reads it. */
export type SeenEvent = PayoutEvent & Seen

/** The batch number that an event names; null where it names none. */
export function batchNoOf(event: SeenEvent | undefined): string | null {
  return event !== undefined && 'batchNo' in event.value ? event.value.batchNo : null
}

/** Follows `payout.events` and `agreement.events` from their beginning, as downstream would. */
export class EventWatch {
  /** Events of payouts. */
  readonly seen: SeenEvent[] = []
  /** Events of agreements. */
  readonly agreements: (AgreementEvent & Seen)[] = []
  /** Events of return files as a whole. */
  readonly returnFiles: (ReturnFileEvent & Seen)[] = []
  readonly #log: EventLog
  readonly #codec: Codec
  readonly #stopping = new AbortController()
  #following: Promise<void> | undefined

  constructor(log: EventLog, codec: Codec) {
    this.#log = log
    this.#codec = codec
  }

  async start(): Promise<void> {
    this.#following = this.#follow(await eventPlaces(this.#log, 'beginning'))
    this.#following.catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#following?.catch(() => undefined)
  }

  /** Events of one payout, in their order. */
  of(payoutId: string): SeenEvent[] {
    return this.seen.filter(({ value }) => value.payoutId === payoutId)
  }

  /** Types of the events that name a command about an agreement, in their order, without `agreement.`. */
  ofCommand(commandId: string): string[] {
    return this.agreements
      .filter(({ value }) => value.commandId === commandId)
      .map(({ type }) => type.replace('agreement.', ''))
  }

  /** Types of one payout's events, without `payout.`. */
  story(payoutId: string): string[] {
    return this.of(payoutId).map(({ type }) => type.replace('payout.', ''))
  }

  /** Ids that have an outcome. */
  outcomes(): Map<string, string[]> {
    const outcomes = new Map<string, string[]>()
    for (const { type, value } of this.seen) {
      if (type !== 'payout.succeeded' && type !== 'payout.failed') continue
      const key = `${value.partner}/${value.payoutId}`
      outcomes.set(key, [...(outcomes.get(key) ?? []), type])
    }
    return outcomes
  }

  /** Waits until the condition holds; fails with the events seen so far. */
  async until(condition: () => boolean | Promise<boolean>, what: string, limitMs = 100_000): Promise<void> {
    const deadline = performance.now() + limitMs
    while (!(await condition())) {
      if (performance.now() > deadline) {
        const all = [...this.seen, ...this.agreements, ...this.returnFiles]
        const last = all
          .sort(({ record: a }, { record: b }) => a.timestamp - b.timestamp)
          .slice(-20)
          .map(({ type, record, value }) => `${type} ${record.key} ${'reason' in value ? value.reason : ''}`)
        throw new Error(
          `waited ${limitMs} ms in vain until ${what}; ${all.length} events, the last:\n${last.join('\n')}`,
        )
      }
      await sleep(50)
    }
  }

  async #follow(from: Parameters<EventLog['read']>[0]['from']): Promise<void> {
    for await (const record of this.#log.read({ from, until: 'follow', signal: this.#stopping.signal })) {
      const event = this.#codec.decode(record.value, recordNames)
      const seen = { type: record.headers.ce_type ?? '', record }
      if (isPayoutEvent(event)) this.seen.push({ ...event, ...seen })
      else if (isAgreementEvent(event)) this.agreements.push({ ...event, ...seen })
      else if (isReturnFileEvent(event)) this.returnFiles.push({ ...event, ...seen })
    }
  }
}
