/** What goes wrong with the Produce requests of a lane, again and again. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SeededChance } from '@payout/sandbox/alipay/seeded-chance'
import { api, type ProxiedRequest, type ProxyRules } from '../event-log/kafka-proxy.ts'
import { type Placement, placements, prefer } from '../event-log/kafka-tools.ts'
import type { ProxiedCluster } from './proxied-cluster.ts'

/** The client whose requests are spoilt. */
export const WORKER = 'worker'

const LOOK_AGAIN_MS = 50

/** What a fault works with. */
export interface FaultOptions {
  readonly cluster: ProxiedCluster
  /** Where the records go, with its namespace. */
  readonly topic: string
  readonly chance: SeededChance
}

/** One kind of fault at work. */
export interface ProduceFault {
  readonly rules: ProxyRules
  /** How many requests it has hit. */
  hits(): number
  /** Resolves when all that it took away is back. Rejects with what went wrong behind the proxies. */
  settled(): Promise<void>
}

export type StartFault = (options: FaultOptions) => ProduceFault

/** Says which requests are hit: one of so many on the average, and none while the last fault is at work. */
class Strikes {
  hits = 0
  /** The work of the last fault. */
  last: Promise<void> = Promise.resolve()
  readonly #mean: number
  readonly #chance: SeededChance
  #isBusy = false
  #left: number

  constructor(mean: number, chance: SeededChance) {
    this.#mean = mean
    this.#chance = chance
    this.#left = this.#gap()
  }

  isDue({ apiKey, clientId }: ProxiedRequest): boolean {
    if (apiKey !== api.produce || clientId !== WORKER || this.#isBusy || --this.#left > 0) return false
    this.hits++
    this.#left = this.#gap()
    return true
  }

  /** A part of this strike that may take a while; the next one waits for it. */
  work(during: () => Promise<void>): void {
    this.#isBusy = true
    const before = this.last
    this.last = before.then(during).finally(() => {
      this.#isBusy = false
    })
    // Told by settled(), when the test asks.
    this.last.catch(() => undefined)
  }

  toss(name: string): boolean {
    return this.#chance.happens(0.5, name, this.hits)
  }

  #gap(): number {
    return 1 + Math.floor(this.#chance.fraction('gap', this.hits) * 2 * this.#mean)
  }
}

/** The broker gets the request and answers, and the answer never comes. */
export const answerLost: StartFault = ({ chance }) => {
  const strikes = new Strikes(60, chance)
  return {
    rules: { response: (request) => !strikes.isDue(request) },
    hits: () => strikes.hits,
    settled: () => strikes.last,
  }
}

/**
 * The leader is killed with the request or the answer on its way; it comes back, and the next one goes when all are
 * in sync again.
 */
export const leaderKilled: StartFault = ({ cluster, topic, chance }) => {
  const strikes = new Strikes(240, chance)
  const kill = async (broker: string): Promise<false> => {
    const node = cluster.node(broker)
    const killed = node.kill('SIGKILL')
    strikes.work(async () => {
      await killed
      await sleep(5_000 * chance.fraction('away', strikes.hits))
      await node.start()
      await untilPlaced(cluster, topic, isSettled)
    })
    await killed
    return false
  }
  // A strike is for one side: half of them before the request is seen by the leader, half of them behind it.
  let isAnswerDue = false
  return {
    rules: {
      request: (request) => {
        if (!strikes.isDue(request)) return true
        if (strikes.toss('request')) return kill(request.broker)
        isAnswerDue = true
        return true
      },
      response: ({ apiKey, clientId, broker }) => {
        if (!isAnswerDue || apiKey !== api.produce || clientId !== WORKER) return true
        isAnswerDue = false
        return kill(broker)
      },
    },
    hits: () => strikes.hits,
    settled: () => strikes.last,
  }
}

/** While the request is on its way, one of its partitions gets another leader. */
export const leaderMoved: StartFault = ({ cluster, topic, chance }) => {
  const strikes = new Strikes(90, chance)
  const move = async (broker: string): Promise<void> => {
    const found = await placements(cluster.direct, topic)
    const from = cluster.node(broker).id
    const led = (id: number) => found.filter(({ leader }) => leader === id).length
    const moved = found.find(({ leader }) => leader === from)
    if (moved === undefined) return
    const others = moved.replicas.filter((id) => id !== from).sort((a, b) => led(a) - led(b))
    await prefer(cluster.direct, topic, moved.partition, [...others, from])
    await untilPlaced(cluster, topic, (now) =>
      now.some((one) => one.partition === moved.partition && one.leader !== from),
    )
    // The old leader hears of it last, or first.
    if (strikes.toss('late')) await sleep(200)
  }
  return {
    rules: {
      request: async (request) => {
        if (!strikes.isDue(request)) return true
        strikes.work(() => move(request.broker))
        await strikes.last
        return true
      },
    },
    hits: () => strikes.hits,
    settled: () => strikes.last,
  }
}

function isSettled(found: readonly Placement[]): boolean {
  return found.every(({ leader, replicas, inSync }) => leader === replicas[0] && inSync.length === replicas.length)
}

async function untilPlaced(cluster: ProxiedCluster, topic: string, isSo: (found: readonly Placement[]) => boolean) {
  while (!isSo(await placements(cluster.direct, topic))) await sleep(LOOK_AGAIN_MS)
}
