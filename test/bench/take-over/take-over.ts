/** The bench of what happens when a process goes: how long its lanes stand still until another one has them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { provision } from '@payout/sandbox/provision/provision'
import { ask, payout } from '../../system/actors/commands.ts'
import { isReady, metricOf } from '../../system/admin.ts'
import { type System, startSystem } from '../../system/system.ts'
import { until } from '../../system/until.ts'
import type { Bench, BenchOptions, Figure } from '../figure.ts'
import { LaneOutputs, payoutIdOf } from './lane-outputs.ts'

const SERVICES = ['signer', 'reconciler'] as const
type Service = (typeof SERVICES)[number]
const LANES = 4
const PROCESSES = 2
/** The default of KAFKA_SESSION_TIMEOUT_MS. */
const SESSION_SECONDS = 10
const ASK_EVERY_MS = 50
/** Payouts asked for at a time. */
const ASK = 4
const LIMIT_MS = 60_000
const STOP_MS = 20_000
const STEADY_MS = 1_500

type End = 'killed' | 'stopped'

/** The longest silence of a task, in seconds. */
type Times = Record<Service, Record<End, number[]>>

export const bench: Bench = {
  name: 'take-over',
  about:
    'Two processes each of signer and reconciler, with payouts in all four lanes all the time. One process is killed, or stopped in order; measured is the longest time for which one of them writes nothing. A killed process is noticed when its session with Kafka times out, after 10 seconds here.',
  run: async (options) => figuresOf(await measure(options)),
}

async function measure({ rounds, short, log }: BenchOptions): Promise<Times> {
  const servers = await provision({ prefer: 'processes', progress: log })
  try {
    const { kafka, redis } = servers
    const system = await startSystem({
      brokers: kafka.brokers,
      redisUrl: redis.url,
      lanes: LANES,
      keyPartitions: LANES,
      count: { signer: PROCESSES, reconciler: PROCESSES },
      processes: [...SERVICES],
      env: { KAFKA_SESSION_TIMEOUT_MS: String(SESSION_SECONDS * 1000) },
    })
    const outputs = await LaneOutputs.follow(system, kafka.brokers)
    const asking = new Asking(system)
    try {
      const times: Times = { signer: { killed: [], stopped: [] }, reconciler: { killed: [], stopped: [] } }
      for (let round = 0; round < (short ? 1 : Math.min(rounds, 3)); round++)
        for (const service of SERVICES)
          for (const end of ['killed', 'stopped'] as const) {
            const seconds = await takeOver({ system, outputs, asking }, service, end)
            times[service][end].push(seconds)
            log(`${service} ${end}: ${seconds.toFixed(2)} s`)
          }
      return times
    } finally {
      await asking.stop()
      await outputs.close()
      await system.stop()
    }
  } finally {
    await servers.stop()
  }
}

interface Watched {
  readonly system: System
  readonly outputs: LaneOutputs
  readonly asking: Asking
}

/**
 * Ends the older of the two processes, waits until each task has written something of payouts that were asked for after
 * its end, and starts another process. Gives the longest silence of a task in seconds.
 */
async function takeOver({ system, outputs, asking }: Watched, service: Service, end: End): Promise<number> {
  await untilShared(system, service)
  const [victim] = system.services[service].slice(-PROCESSES)
  if (victim?.pid === undefined) throw new Error(`there are not ${PROCESSES} processes of ${service}`)
  const moment = Date.now()
  if (end === 'killed') process.kill(victim.pid, 'SIGKILL')
  // Once it is stopped it is not started again, whatever ended it.
  await victim.stop(STOP_MS)
  const next = asking.next
  await until(() => outputs.tasksAt(service, next) === LANES, 'all tasks write again', LIMIT_MS)
  const silence = outputs.longestSilence(service, moment)
  await system.add(service)
  return silence / 1000
}

/** Waits until both processes have tasks, and for a moment more. */
async function untilShared(system: System, service: Service): Promise<void> {
  const alive = system.services[service].slice(-PROCESSES)
  const hasTasks = async (run: (typeof alive)[number]) =>
    (await isReady(run)) && (await metricOf(run, 'event_log_tasks')) > 0
  await until(
    async () => (await Promise.all(alive.map(hasTasks))).every(Boolean),
    'both processes have tasks',
    LIMIT_MS,
  )
  await sleep(STEADY_MS)
}

/** Asks for single payouts all the time. */
class Asking {
  readonly #asked: Promise<void>
  #isOver = false
  #next = 0

  constructor(system: System) {
    this.#asked = this.#ask(system)
  }

  /** The number of the payout that is asked for next. */
  get next(): number {
    return this.#next
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#asked
  }

  async #ask(system: System): Promise<void> {
    while (!this.#isOver) {
      const payouts = Array.from({ length: ASK }, () => payout(payoutIdOf(this.#next++)))
      await ask(system, ...payouts)
      await sleep(ASK_EVERY_MS)
    }
  }
}

function figuresOf(times: Times): Figure[] {
  return SERVICES.flatMap((service): Figure[] => [
    {
      id: `take-over-${service}-killed`,
      title: `Until the lanes of a killed ${service} go on`,
      unit: 's',
      better: 'lower',
      ours: times[service].killed,
      goal: { of: 'ours', limit: SESSION_SECONDS + 2, text: 'at most two seconds after the session has timed out' },
    },
    {
      id: `take-over-${service}-stopped`,
      title: `Until the lanes of a ${service} that is stopped in order go on`,
      unit: 's',
      better: 'lower',
      ours: times[service].stopped,
      goal: { of: 'ours', limit: 1, text: 'less than a second' },
    },
  ])
}
