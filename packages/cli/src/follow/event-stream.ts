import type { EventLog, LogRecord, ReadOptions } from '@payout/runtime/event-log/port'
import { type DomainEvent, isDomainEvent } from '@payout/runtime/record/domain-event'
import type { Codec } from '@payout/schemas/codec'
import { topics } from '@payout/schemas/topics'

/** The topics that downstream reads. */
export const eventTopics = ['payout.events', 'agreement.events'] as const
export type EventTopic = (typeof eventTopics)[number]

/**
 * So many event ids are kept: an event comes again soon after the first time, when a service was restarted.
 */
const REMEMBERED = 100_000

/** An event with the record that it stood in. */
export interface ReadEvent {
  readonly event: DomainEvent
  readonly record: LogRecord
}

/** Where in the topics of events reading begins. */
export type EventPlaces = ReadOptions['from']

export interface EventStreamOptions {
  readonly from: EventPlaces
  /** `end`: what is there at the call. `follow`: on and on, until the signal. */
  readonly until: 'end' | 'follow'
  readonly signal?: AbortSignal
}

/**
 * Every partition of the topics.
 * @param at `beginning`: everything there ever was. `now`: what comes from this call on. A moment, UTC milliseconds:
 *   what was written since.
 */
export async function eventPlaces(
  log: Pick<EventLog, 'offsets'>,
  at: 'beginning' | 'now' | number,
  names: readonly EventTopic[] = eventTopics,
): Promise<EventPlaces> {
  const places = names.map(async (topic) =>
    (await log.offsets(topic)).map(({ end }, partition) => ({
      topic,
      partition,
      at: at === 'beginning' ? at : at === 'now' ? { offset: end } : { timestamp: at },
    })),
  )
  return (await Promise.all(places)).flat()
}

/**
 * Every event once; in order for each payout, each agreement and each return file.
 * @throws PipelineError for a record that can't be read
 */
export async function* eventStream(
  log: Pick<EventLog, 'read'>,
  codec: Codec,
  { from, until, signal }: EventStreamOptions,
): AsyncGenerator<ReadEvent, void> {
  const seen = new SeenEvents()
  for await (const record of log.read({ from, until, ...(signal ? { signal } : {}) })) {
    const event = codec.decode(record.value, valuesOf(record.topic))
    if (isDomainEvent(event) && seen.isNew(event.value.eventId)) yield { event, record }
  }
}

function valuesOf(topic: LogRecord['topic']) {
  return topic === 'agreement.events' ? topics[topic].values : topics['payout.events'].values
}

/** Knows whether an event was seen before: a `ce_id` that comes again is the same event. */
class SeenEvents {
  readonly #ids = new Set<string>()

  /** True at the first time only. */
  isNew(eventId: string): boolean {
    if (this.#ids.has(eventId)) return false
    this.#ids.add(eventId)
    if (this.#ids.size > REMEMBERED) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest)
        break
      }
    }
    return true
  }
}
