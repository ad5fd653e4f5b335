import { isPayoutEvent, type PayoutEvent } from '@payout/runtime/domain-event'
import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import { topics } from '@payout/schemas/topics'
import { SeenEvents } from './seen-events.ts'

/** An event with the record that it stood in. */
export interface ReadEvent {
  readonly event: PayoutEvent
  readonly record: LogRecord
}

export interface EventStreamOptions {
  /** `beginning`: everything there ever was. `now`: what comes from now on. */
  readonly from: 'beginning' | 'now'
  /** `end`: what is there at the call. `follow`: on and on, until the signal. */
  readonly until: 'end' | 'follow'
  readonly signal?: AbortSignal
}

/** Every event of `payout.events` once, in order for each payout. @throws PipelineError for a record that can't be read */
export async function* eventStream(
  log: Pick<EventLog, 'read' | 'offsets'>,
  codec: Codec,
  { from, until, signal }: EventStreamOptions,
): AsyncGenerator<ReadEvent, void> {
  const offsets = await log.offsets('payout.events')
  const places = offsets.map(({ end }, partition) => ({
    topic: 'payout.events' as const,
    partition,
    at: from === 'beginning' ? ('beginning' as const) : { offset: end },
  }))
  const seen = new SeenEvents()
  for await (const record of log.read({ from: places, until, ...(signal ? { signal } : {}) })) {
    const event = codec.decode(record.value, topics['payout.events'].values)
    if (isPayoutEvent(event) && seen.isNew(event.value.eventId)) yield { event, record }
  }
}
