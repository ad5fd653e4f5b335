/** Transactions of kafkajs' own producer and of ours, in turns on one broker, and the requests of each. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import type { TopicName } from '@payout/schemas/topics'
import { KafkaProxy } from '../contract/event-log/kafka-proxy.ts'
import type { OneBroker } from './one-broker.ts'
import { type Shape, sendEachLeader, sendEachPartition } from './transaction-shapes.ts'

const FROM = 'gateway.requests'
const TO = 'gateway.answers'
/** The topics that have to be there. */
export const topicsOfTurns: readonly TopicName[] = [FROM, TO]
const WARM_UP = 5
const TRIES = 20
const TRY_AGAIN_MS = 500
const COUNTED = 10
const shapes = { "kafkajs' producer": sendEachPartition, ours: sendEachLeader } as const
/** Whose transaction it is. */
export type Name = keyof typeof shapes
export const names = Object.keys(shapes) as Name[]

/** What a transaction holds, and where it goes. */
export interface TurnOptions {
  readonly namespace: string
  readonly partitions: number
  /** Records of each partition. */
  readonly records: number
}

/** The records of a transaction, each about as large as an event of a payout. */
export function batches({ partitions, records }: Pick<TurnOptions, 'partitions' | 'records'>): OutgoingRecord[][] {
  return Array.from({ length: partitions }, (_, partition) =>
    Array.from({ length: records }, () => ({
      topic: TO,
      partition,
      key: null,
      value: Buffer.alloc(229),
      headers: { ce_id: 'x'.repeat(30), ce_type: 'payout.succeeded' },
    })),
  )
}

/** The coordinators of a new broker are not all ready at once: opens a shape until its first transaction works. */
async function openWarm(open: () => Promise<Shape>, options: TurnOptions): Promise<Shape> {
  for (let tries = 1; ; tries++) {
    const shape = await open()
    try {
      for (let at = 0; at < WARM_UP; at++) await shape.transact(batches(options), at)
      return shape
    } catch (error) {
      await shape.close()
      if (tries === TRIES) throw error
    }
    await sleep(TRY_AGAIN_MS)
  }
}

/** Both shapes, warm. @param address where the broker is reached; its own without it */
export async function openBoth(broker: OneBroker, options: TurnOptions, address = broker.address) {
  const opened = new Map<Name, Shape>()
  for (const name of names) {
    const { namespace } = options
    const made = { connection: broker.connection(name, address), namespace, from: FROM, to: TO } as const
    const start = () => shapes[name]({ ...made, name: `${opened.size}-${randomUUID().slice(0, 8)}` })
    opened.set(name, await openWarm(start, options))
  }
  return {
    each: async (names: readonly Name[], work: (name: Name, shape: Shape) => Promise<void>) => {
      for (const name of names) {
        const shape = opened.get(name)
        if (shape !== undefined) await work(name, shape)
      }
    },
    close: () => Promise.all([...opened.values()].map((shape) => shape.close())),
  }
}

/** Requests of a transaction, on the average. */
export async function requestsOf(broker: OneBroker, options: TurnOptions): Promise<Map<Name, number>> {
  const seen = new Map<string, number>()
  const proxy = await KafkaProxy.listen(broker.address)
  const both = await openBoth(broker, options, proxy.address)
  proxy.rules = {
    request: ({ clientId }) => {
      seen.set(clientId, (seen.get(clientId) ?? 0) + 1)
      return true
    },
  }
  for (let at = 0; at < COUNTED; at++) await both.each(names, (_, shape) => shape.transact(batches(options), at))
  await both.close()
  await proxy.close()
  return new Map(names.map((name) => [name, (seen.get(name) ?? 0) / COUNTED]))
}
