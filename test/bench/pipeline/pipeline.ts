/** The bench of the whole system: what a payout costs in a burst, and how late its outcome is at a steady rate. */
import type { Bench, Figure } from '../figure.ts'
import { quantile } from '../one-broker.ts'
import { type Cost, costOf, memoryOf } from './cost.ts'
import { type Measured, withPipeline } from './measured-load.ts'

const WARM_UP = 2_000
const BURST = 20_000
const SHORT_BURST = 5_000
/** Payouts a second, and for how many seconds. */
const RATES: readonly (readonly [rate: number, seconds: number])[] = [
  [1_000, 15],
  [2_000, 40],
  [4_000, 60],
]
const SHORT_RATES: typeof RATES = [[2_000, 10]]
const GOAL_RATE = 4_000
/** A rate is carried where the asking keeps up with it, and where 99 of 100 outcomes come within this time. */
const CARRIED_MS = 5_000
const CARRIED_ASKING = 1.05

interface Steady {
  readonly rate: number
  readonly isCarried: boolean
  readonly measured: Measured
}

export const bench: Bench = {
  name: 'pipeline',
  about:
    'The whole system with the stand-in for Alipay, as `npm start` runs it, on one machine: bursts of 20,000 payouts after a warm-up of 2,000, then steady rates. CPU is user and system time of each process, from just before the first command until half a second after the last outcome was read. Who asks for the payouts and reads the events uses the same cores, and is not counted.',
  run: ({ rounds, short, log }) =>
    withPipeline({ log }, async ({ load, burst, rate }) => {
      await load.burst(WARM_UP)
      const bursts: Measured[] = []
      for (let round = 0; round < rounds; round++) {
        const measured = await burst(short ? SHORT_BURST : BURST)
        bursts.push(measured)
        log(`burst: ${costOf(measured).allCpu.toFixed(0)} µs a payout, ${perSecond(measured).toFixed(0)} payouts/s`)
      }
      const steady: Steady[] = []
      for (const [wanted, seconds] of short ? SHORT_RATES : RATES) {
        const measured = await rate(wanted, seconds)
        const late = quantile(measured.latencies, 0.99)
        const isCarried = late <= CARRIED_MS && measured.askedSeconds <= seconds * CARRIED_ASKING
        steady.push({ rate: wanted, isCarried, measured })
        log(`${wanted} payouts/s: p99 ${late} ms${isCarried ? '' : ', not carried'}`)
      }
      return [...costFigures(bursts), ...speedFigures(bursts, steady)]
    }),
}

function perSecond({ payouts, seconds }: Measured): number {
  return payouts / seconds
}

function costFigures(bursts: readonly Measured[]): Figure[] {
  const costs = bursts.map(costOf)
  const of = (figure: (cost: Cost) => number) => costs.map(figure)
  const median = (figure: (cost: Cost) => number, digits = 0) => quantile(of(figure), 0.5).toFixed(digits)
  const [last] = bursts.slice(-1)
  const memory = last === undefined ? new Map<string, string>() : memoryOf(last)
  const names = costs[0]?.cpu.map(([name]) => name) ?? []
  const cpuOf = (name: string) => (cost: Cost) => cost.cpu.find(([of]) => of === name)?.[1] ?? 0
  const byName = (rows: (cost: Cost) => readonly (readonly [string, number])[]) => {
    const keys = [...new Set(costs.flatMap((cost) => rows(cost).map(([key]) => key)))]
    return keys.map((key) => [key, median((cost) => rows(cost).find(([of]) => of === key)?.[1] ?? 0)] as const)
  }
  return [
    {
      id: 'pipeline-cpu',
      title: 'CPU a payout of everything that runs',
      unit: 'µs',
      better: 'lower',
      ours: of(({ allCpu }) => allCpu),
      goal: { of: 'ours', limit: 400, text: 'at most 400 µs' },
      table: {
        head: ['process', 'CPU a payout, µs', 'memory before and after the last burst, MB'],
        rows: [
          ...names.map((name) => [name, median(cpuOf(name), 1), memory.get(name) ?? '']),
          ['all', median(({ allCpu }) => allCpu, 1), ''],
          ['(the load itself)', median(({ ownCpu }) => ownCpu, 1), ''],
        ],
      },
    },
    {
      id: 'pipeline-cpu-most',
      title: 'CPU a payout of the process that takes the most',
      unit: 'µs',
      better: 'lower',
      ours: of(({ cpu }) => cpu[0]?.[1] ?? 0),
      goal: { of: 'ours', limit: 100, text: 'at most 100 µs' },
    },
    {
      id: 'pipeline-redis-bytes',
      title: 'Bytes that Redis keeps of a payout',
      unit: 'bytes',
      better: 'lower',
      ours: of(({ redisMemory }) => redisMemory),
      table: {
        head: ['a payout', ''],
        rows: [
          ['scripts', median(({ redisScripts }) => redisScripts, 4)],
          ['commands, those in scripts among them', median(({ redisCommands }) => redisCommands, 2)],
          ['bytes to Redis', median(({ redisBytesIn }) => redisBytesIn)],
          ['bytes from Redis', median(({ redisBytesOut }) => redisBytesOut)],
        ],
      },
    },
    {
      id: 'pipeline-kafka-bytes',
      title: 'Bytes in Kafka of a payout',
      unit: 'bytes',
      better: 'lower',
      ours: of(({ allKafkaBytes }) => allKafkaBytes),
      table: {
        head: ['', ''],
        rows: [
          ...byName(({ kafkaBytes }) => kafkaBytes).map(([topic, bytes]) => [`bytes a payout in ${topic}`, bytes]),
          ...byName(({ payoutsATransaction }) => payoutsATransaction).map(([service, payouts]) => [
            `payouts a transaction of ${service}`,
            payouts,
          ]),
          ['payouts a call of the gateway', median(({ payoutsACall }) => payoutsACall)],
        ],
      },
    },
  ]
}

function speedFigures(bursts: readonly Measured[], steady: readonly Steady[]): Figure[] {
  const most = steady.at(-1)
  const p = (values: readonly number[], part: number) => quantile(values, part).toFixed(0)
  return [
    {
      id: 'pipeline-rate',
      title: 'Payouts a second in a burst',
      unit: '/s',
      better: 'higher',
      ours: bursts.map(perSecond),
      goal: { of: 'ours', limit: 4_000, text: 'at least 4,000 a second on two cores' },
    },
    {
      id: 'pipeline-latency',
      title: `From command to outcome, 99 of 100, at ${most?.rate} payouts a second`,
      unit: 'ms',
      better: 'lower',
      ours: most === undefined ? [] : [quantile(most.measured.latencies, 0.99)],
      ...(most?.rate === GOAL_RATE
        ? {
            goal: {
              of: 'ours',
              limit: 1_000,
              text: `less than a second at ${GOAL_RATE} payouts a second on two cores`,
            },
          }
        : {}),
      table: {
        head: [
          'payouts a second',
          'carried',
          'p50, ms',
          'p99, ms',
          'until read, p50, ms',
          'p99, ms',
          'CPU a payout, µs',
        ],
        rows: steady.map(({ rate, isCarried, measured }) => [
          String(rate),
          isCarried ? 'yes' : 'no',
          p(measured.latencies, 0.5),
          p(measured.latencies, 0.99),
          p(measured.seenAfter, 0.5),
          p(measured.seenAfter, 0.99),
          costOf(measured).allCpu.toFixed(0),
        ]),
      },
    },
  ]
}
