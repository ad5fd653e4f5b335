import { setTimeout as sleep } from 'node:timers/promises'
import { isPayoutEvent, type PayoutEvent } from '@payout/runtime/domain-event'
import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import { topics } from '@payout/schemas/topics'

/** An event as downstream reads it. */
export type SeenEvent = PayoutEvent & { readonly type: string; readonly record: LogRecord }

/** The batch number that an event names; null where it names none. */
export function batchNoOf(event: SeenEvent | undefined): string | null {
  return event !== undefined && 'batchNo' in event.value ? event.value.batchNo : null
}

/** Follows `payout.events` from its beginning, as downstream would. */
export class EventWatch {
  readonly seen: SeenEvent[] = []
  readonly #log: EventLog
  readonly #codec: Codec
  readonly #stopping = new AbortController()
  #following: Promise<void> | undefined

  constructor(log: EventLog, codec: Codec) {
    this.#log = log
    this.#codec = codec
  }

  async start(): Promise<void> {
    const partitions = await this.#log.partitions('payout.events')
    const from = Array.from({ length: partitions }, (_, partition) => ({
      topic: 'payout.events' as const,
      partition,
      at: 'beginning' as const,
    }))
    this.#following = this.#follow(from)
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
  async until(condition: () => boolean | Promise<boolean>, what: string, limitMs = 60_000): Promise<void> {
    const deadline = performance.now() + limitMs
    while (!(await condition())) {
      if (performance.now() > deadline) {
        const last = this.seen
          .slice(-20)
          .map(({ type, value }) => `${type} ${value.payoutId} ${'reason' in value ? value.reason : ''}`)
        throw new Error(
          `waited ${limitMs} ms in vain until ${what}; ${this.seen.length} events, the last:\n${last.join('\n')}`,
        )
      }
      await sleep(50)
    }
  }

  async #follow(from: Parameters<EventLog['read']>[0]['from']): Promise<void> {
    for await (const record of this.#log.read({ from, until: 'follow', signal: this.#stopping.signal })) {
      const event = this.#codec.decode(record.value, topics['payout.events'].values)
      if (isPayoutEvent(event)) this.seen.push({ ...event, type: record.headers.ce_type ?? '', record })
    }
  }
}
