/** How cost, memory and speed change with the size of the run, the lanes, the processes, and what Redis remembers. */
import type { Bench, Figure } from '../figure.ts'
import { costOf, memoryOf } from '../pipeline/cost.ts'
import { type Measured, type MeasuredSystem, withPipeline } from '../pipeline/measured-load.ts'
import { fillRedis } from './redis-fill.ts'

const WARM_UP = 2_000
const BURST = 20_000
const SERVICES = ['signer', 'gateway-egress', 'gateway-ingress', 'reconciler', 'Kafka', 'Redis'] as const
const MORE = ['signer', 'gateway-egress', 'reconciler'] as const
/** With more, 30 million and all else would not fit into 24 GB: an id takes some 450 bytes, with its state 800. */
const MOST_WITH_STATES = 1_000_000

const HEAD = [
  '',
  'payouts/s',
  'CPU µs a payout',
  'Kafka bytes',
  'Redis bytes',
  'payouts a transaction of the reconciler',
]

interface Sample {
  readonly label: string
  /** Of each service: the metrics of one are read, so with more nothing is known of all transactions. */
  readonly processes?: number
  readonly measured: Measured
}

function row({ label, processes = 1, measured }: Sample): string[] {
  const { allCpu, allKafkaBytes, redisMemory, payoutsATransaction } = costOf(measured)
  const reconciler = new Map(payoutsATransaction).get('reconciler') ?? Number.NaN
  return [
    label,
    (measured.payouts / measured.seconds).toFixed(0),
    allCpu.toFixed(0),
    allKafkaBytes.toFixed(0),
    redisMemory.toFixed(0),
    processes === 1 ? reconciler.toFixed(0) : '–',
  ]
}

function memoryRow({ label, measured }: Sample): string[] {
  const memory = memoryOf(measured)
  return [label, ...SERVICES.map((name) => memory.get(name) ?? '–')]
}

/** How much dearer the dearest is than the cheapest. */
function growth(samples: readonly Sample[]): number {
  const costs = samples.map(({ measured }) => costOf(measured).allCpu)
  return Math.max(...costs) / Math.min(...costs)
}

function flat(id: string, title: string, samples: readonly Sample[]): Figure {
  return {
    id,
    title,
    unit: '×',
    better: 'lower',
    ours: [growth(samples)],
    goal: { of: 'ours', limit: 1.5, text: 'CPU a payout stays flat: the dearest at most 1.5 × the cheapest' },
    table: { head: HEAD, rows: samples.map(row) },
  }
}

async function warm({ load }: MeasuredSystem): Promise<void> {
  await load.burst(WARM_UP)
}

export const bench: Bench = {
  name: 'scale',
  about:
    'One run each, all on the same two cores: 5,000, 50,000 and 500,000 payouts at once; 1, 6, 12 and 24 lanes; one, two and four processes of signer, egress and reconciler; 1, 10 and 30 million ids in Redis (claims and names; the first million with the states of their batches).',
  async run({ short, log }) {
    const sizes: Sample[] = []
    await withPipeline({ log }, async (system) => {
      await warm(system)
      for (const payouts of short ? [5_000] : [5_000, 50_000, 500_000])
        sizes.push({ label: `${payouts} payouts`, measured: await system.burst(payouts) })
    })
    const lanes: Sample[] = []
    for (const partitions of short ? [1, 6] : [1, 6, 12, 24])
      await withPipeline({ log, partitions }, async (system) => {
        await warm(system)
        lanes.push({ label: `${partitions} lanes`, measured: await system.burst(short ? 5_000 : BURST) })
      })
    const processes: Sample[] = []
    await withPipeline({ log, partitions: 12 }, async (system) => {
      await warm(system)
      for (const [count, more] of [
        [1, 0],
        [2, 1],
        [4, 2],
      ] as const) {
        for (let at = 0; at < more; at++) for (const name of MORE) await system.pipeline.addProcess(name)
        if (more > 0) await warm(system)
        processes.push({
          label: `${count} processes`,
          processes: count,
          measured: await system.burst(short ? 5_000 : BURST),
        })
      }
    })
    const ids: Sample[] = []
    await withPipeline({ log }, async (system) => {
      await warm(system)
      let from = 0
      for (const to of short ? [100_000] : [1_000_000, 10_000_000, 30_000_000]) {
        log(`filling Redis to ${to} ids`)
        await fillRedis(system.pipeline.settings, { from, to, states: to <= MOST_WITH_STATES })
        from = to
        ids.push({ label: `${to / 1e6} million ids`, measured: await system.burst(short ? 5_000 : BURST) })
      }
    })
    const memory: Figure = {
      id: 'scale-memory',
      title: 'Memory of the reconciler after the largest run',
      unit: 'MB',
      better: 'lower',
      ours: [(sizes.at(-1)?.measured.after.processes.get('reconciler')?.rssBytes ?? Number.NaN) / 1e6],
      table: { head: ['MB before → after', ...SERVICES], rows: [...sizes, ...ids].map(memoryRow) },
    }
    return [
      flat('scale-payouts', 'Cost by payouts in one run', sizes),
      flat('scale-lanes', 'Cost by lanes', lanes),
      flat('scale-processes', 'Cost by processes of a service, 12 lanes', processes),
      flat('scale-ids', 'Cost by ids in Redis', ids),
      memory,
    ]
  },
}
