import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import type { DomainEvent } from '@payout/runtime/record/domain-event'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { GatewayFormToSign, GatewayServiceToSign } from '@payout/schemas/generated/records'
import type { ReconcilerDependencies } from '../reconciler-dependencies.ts'
import { STATES } from '../topology.ts'
import type { LaneState } from './lane-states.ts'
import type { StagedStates } from './staged-states.ts'

/** What a chunk has to write, in the order in which it came up. */
export class LaneOutputs {
  readonly #dependencies: Pick<ReconcilerDependencies, 'codec' | 'events' | 'source'>
  readonly #lane: number
  readonly #records: OutgoingRecord[] = []

  constructor(dependencies: Pick<ReconcilerDependencies, 'codec' | 'events' | 'source'>, lane: number) {
    this.#dependencies = dependencies
    this.#lane = lane
  }

  get records(): readonly OutgoingRecord[] {
    return this.#records
  }

  add(record: OutgoingRecord): void {
    this.#records.push(record)
  }

  async event(event: DomainEvent): Promise<void> {
    this.#records.push(await this.#dependencies.events.record(event))
  }

  /** A form that has to be signed, or to go. */
  form(toSign: GatewayFormToSign, time: number): void {
    const { partner, requestId, withdrawn } = toSign
    const value = this.#dependencies.codec.encode('gateway.GatewayFormToSign', toSign)
    const id = `${partner}/${requestId}${withdrawn ? '/withdrawn' : ''}`
    this.#toSign('gateway.GatewayFormToSign', `${partner}/${requestId}`, id, value, time)
  }

  /** A request of another service than the batch payout. */
  service(toSign: GatewayServiceToSign, time: number): void {
    const subject = `${toSign.partner}/${toSign.requestId}`
    const value = this.#dependencies.codec.encode('gateway.GatewayServiceToSign', toSign)
    this.#toSign('gateway.GatewayServiceToSign', subject, subject, value, time)
  }

  /** The states as they became. */
  states(staged: StagedStates, time: number): void {
    for (const [key, state] of staged.changes) {
      if (state) this.#state(key, state, time)
      else this.#records.push({ topic: STATES, partition: this.#lane, key, value: null, headers: {} })
    }
  }

  #state(key: string, { name, value }: LaneState, time: number): void {
    this.#records.push({
      topic: STATES,
      partition: this.#lane,
      key,
      value: this.#dependencies.codec.encode(name, value),
      headers: this.#headers(name, key, `${key}@${time}`, time),
    })
  }

  #toSign(
    name: 'gateway.GatewayFormToSign' | 'gateway.GatewayServiceToSign',
    subject: string,
    id: string,
    value: Buffer,
    time: number,
  ): void {
    this.#records.push({
      topic: 'gateway.to-sign',
      partition: this.#lane,
      key: subject,
      value,
      headers: this.#headers(name, subject, id, time),
    })
  }

  #headers(name: Parameters<typeof eventType>[0], subject: string, id: string, time: number): Record<string, string> {
    return cloudEventHeaders({ id, type: eventType(name), source: this.#dependencies.source, subject, time })
  }
}
