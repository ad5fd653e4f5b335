/** When each task of signer and reconciler has written something. */
import { randomUUID } from 'node:crypto'
import { kafkaClient } from '@payout/runtime/event-log/kafkajs/client'
import { Codec } from '@payout/schemas/codec'
import { qualifiedTopic } from '@payout/schemas/topics'
import type { Consumer, KafkaMessage } from 'kafkajs'
import type { System } from '../../system/system.ts'

/** What a task has written of one payout, and when it could be read, UTC milliseconds. */
interface Output {
  readonly payout: number
  readonly at: number
}

/** Follows requests and events, and keeps when each task has written something. */
export class LaneOutputs {
  readonly #codec = new Codec()
  /** The lane of each payout's request. */
  readonly #lanes = new Map<string, number>()
  readonly #consumer: Consumer
  /** Requests by partition of the command, and events by lane. */
  readonly #outputs = { signer: new Map<number, Output[]>(), reconciler: new Map<number, Output[]>() }

  private constructor(consumer: Consumer) {
    this.#consumer = consumer
  }

  static async follow({ namespace, logger }: System, brokers: readonly string[]): Promise<LaneOutputs> {
    const kafka = kafkaClient({ brokers, clientId: 'bench', logger })
    const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 50 })
    const outputs = new LaneOutputs(consumer)
    const [requests, events] = [
      qualifiedTopic(namespace, 'gateway.requests'),
      qualifiedTopic(namespace, 'payout.events'),
    ]
    await consumer.connect()
    await consumer.subscribe({ topics: [requests, events], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) =>
        topic === requests ? outputs.#onRequest(partition, message) : outputs.#onEvent(message),
    })
    return outputs
  }

  /** How many tasks have written something of this payout or of a later one. */
  tasksAt(service: 'signer' | 'reconciler', payout: number): number {
    return [...this.#outputs[service].values()].filter((all) => all.some((one) => one.payout >= payout)).length
  }

  /** The longest time in ms for which a task has written nothing, of what came after a moment. */
  longestSilence(service: 'signer' | 'reconciler', moment: number): number {
    const silences = [...this.#outputs[service].values()].flatMap((all) =>
      all.map(({ at }, index) => (at > moment ? at - (all[index - 1]?.at ?? at) : 0)),
    )
    return Math.max(0, ...silences)
  }

  close(): Promise<void> {
    return this.#consumer.disconnect()
  }

  #onRequest(lane: number, { value }: KafkaMessage): void {
    for (const { payoutId, source } of this.#codec.decode(value, ['gateway.GatewayRequest']).value.lines) {
      this.#lanes.set(payoutId, lane)
      note(this.#outputs.signer, source.partition, payoutId)
    }
  }

  #onEvent({ key }: KafkaMessage): void {
    const payoutId = String(key).split('/')[1] ?? ''
    const lane = this.#lanes.get(payoutId)
    if (lane !== undefined) note(this.#outputs.reconciler, lane, payoutId)
  }
}

/** The id of a payout, by its number. */
export function payoutIdOf(payout: number): string {
  return `takeover${payout}`
}

function note(outputs: Map<number, Output[]>, task: number, payoutId: string): void {
  const output = { payout: Number(payoutId.replace('takeover', '')), at: Date.now() }
  const known = outputs.get(task)
  if (known === undefined) outputs.set(task, [output])
  else known.push(output)
}
