import { setTimeout } from 'node:timers/promises'
import { type BatchNo, laneOf } from '@payout/mapi/values/batch-no'
import type { EventLog, Publisher } from '@payout/runtime/event-log/port'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { Codec } from '@payout/schemas/codec'
import { PipelineError } from '@payout/schemas/error'
import type { GatewayNotify } from '@payout/schemas/generated/records'
import { SECOND_MS } from '@payout/schemas/units'
import { NOTIFIES, SERVICE } from '../topology.ts'

const RECORD = 'gateway.GatewayNotify'
/**
 * A request waits at most so long to learn the number of lanes, when Kafka has been away from the start, in
 * milliseconds.
 */
const LANES_WAIT_MS = 5 * SECOND_MS

/** What `NotifyLog` needs of the event log. */
export type NotifyEventLog = Pick<EventLog, 'namespace' | 'publisher' | 'partitions' | 'offsets'>

/** What is stored of a notify, its batch number already checked. */
export type StorableNotify = GatewayNotify & { readonly batchNo: BatchNo }

/**
 * Writes notifies to `gateway.notifies`, each to the lane of its batch. What comes while Kafka has not answered goes
 * there together (the publisher's group commit).
 */
export class NotifyLog {
  readonly #log: NotifyEventLog
  readonly #publisher: Publisher
  readonly #codec: Codec
  #lanes: number | undefined

  /** `maxBytes`: the bound on what waits for Kafka, in bytes of records. */
  constructor(log: NotifyEventLog, codec: Codec, maxBytes: number) {
    this.#log = log
    this.#codec = codec
    this.#publisher = log.publisher({ maxBytes })
  }

  /**
   * Resolves when all replicas have the record. The same notify always has the same `ce_id`.
   * @throws LogUnavailableError where that is not known: the record may be there, and the notify may come again all the
   *   same.
   * @throws PublisherFullError where too much waits already.
   * @throws TopicMissingError, or PipelineError INGRESS_LANES_UNKNOWN, where Kafka has not said yet how many lanes
   *   there are.
   */
  async append(notify: StorableNotify): Promise<void> {
    const key = `${notify.partner}/${notify.batchNo}`
    await this.#publisher.append({
      topic: NOTIFIES,
      partition: laneOf(notify.batchNo, await this.#laneCount()),
      key,
      value: this.#codec.encode(RECORD, notify),
      headers: cloudEventHeaders({
        id: `notify/${notify.partner}/${notify.notifyId}/${notify.contentHash}`,
        type: eventType(RECORD),
        source: `/${this.#log.namespace}/${SERVICE}`,
        subject: key,
        time: notify.receivedAt,
      }),
    })
  }

  /**
   * Whether notifies can be stored, as far as is known. After failures Kafka is asked: without traffic nothing else
   * would show it.
   */
  async healthy(): Promise<boolean> {
    if (this.#publisher.healthy && this.#lanes !== undefined) return true
    try {
      await this.#laneCount()
      await this.#log.offsets(NOTIFIES)
      return true
    } catch {
      return false
    }
  }

  close(): Promise<void> {
    return this.#publisher.close()
  }

  /**
   * Asked when first needed, so that the service starts without Kafka; the number never changes while anything is in
   * flight.
   */
  async #laneCount(): Promise<number> {
    if (this.#lanes !== undefined) return this.#lanes
    const answered = new AbortController()
    const late = setTimeout(LANES_WAIT_MS, undefined, { signal: answered.signal, ref: false }).then(() => {
      throw new PipelineError('INGRESS_LANES_UNKNOWN', `no answer within ${LANES_WAIT_MS} ms: is Kafka up?`)
    })
    // Nobody waits for whatever comes second.
    late.catch(() => {})
    try {
      this.#lanes = await Promise.race([this.#log.partitions(NOTIFIES), late])
      return this.#lanes
    } finally {
      answered.abort()
    }
  }
}
