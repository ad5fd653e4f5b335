/** CPU of one service beside kafkajs alone, on the same records. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serialize } from 'node:v8'
import type { Pipeline } from '@payout/demo/system/pipeline'
import { type ServiceName, serviceProgram } from '@payout/demo/system/programs'
import { createTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import { logger } from '@payout/runtime/observability/logging'
import type { TopicName } from '@payout/schemas/topics'
import type { BenchOptions } from '../figure.ts'
import { withPipeline } from '../pipeline/measured-load.ts'
import { outputsOf } from './bare-outputs.ts'
import type { BarePlan, BarePortion } from './bare-plan.ts'
import { logOf, type Portion, record, recordsSince } from './recording.ts'
import { cpuOfPortion } from './replay.ts'

const WARM_UP = 4_000
const PAYOUTS = 20_000
const SHORT_PAYOUTS = 6_000
const READY_MS = 60_000
const LOOK_MS = 100
const PARTITIONS = 3

/** Which service, what it reads of the records of a whole system, and what it writes. */
export interface ServiceUnderTest {
  readonly name: ServiceName & ('signer' | 'reconciler')
  /** In the order in which they are written again. */
  readonly inputs: readonly TopicName[]
  readonly outputs: readonly TopicName[]
  readonly settings: Readonly<Record<string, string>>
  /** Whether the bare loop runs a script of the same claims before each transaction. */
  readonly hasClaims: boolean
}

/** µs a payout, one value a round, and what was done. */
export interface ServiceCpu {
  readonly ours: number[]
  /** kafkajs as npm gives it. */
  readonly bare: number[]
  readonly rows: string[][]
}

/** The head of the rows. */
export const HEAD = ['round', 'records written', 'transactions', 'of kafkajs', 'µs of kafkajs with our corrections']

/** Measures the service and the bare loop in turns, each round in namespaces of its own. */
export function measureService(service: ServiceUnderTest, options: BenchOptions): Promise<ServiceCpu> {
  const { rounds, short, log } = options
  return withPipeline({ log }, async (system) => {
    const portions = await record(system, service.inputs, [WARM_UP, short ? SHORT_PAYOUTS : PAYOUTS])
    const result: ServiceCpu = { ours: [], bare: [], rows: [] }
    for (let round = 0; round < rounds; round++) {
      const ours = await runService(system.pipeline, service, portions)
      const bare = await runBare(system.pipeline, service, portions, ours, false)
      const corrected = await runBare(system.pipeline, service, portions, ours, true)
      result.ours.push(ours.cpu)
      result.bare.push(bare.cpu)
      log(
        `${service.name} ${ours.cpu.toFixed(1)} µs a payout, kafkajs ${bare.cpu.toFixed(1)}, corrected ${corrected.cpu.toFixed(1)}`,
      )
      const outputs = ours.portions.map(({ outputs }) => sum(outputs.map(({ from, to }) => to - from))).at(-1)
      const transactions = sum(ours.portions.map(({ transactions }) => transactions))
      result.rows.push([
        String(round + 1),
        String(outputs),
        String(transactions),
        bare.transactions,
        corrected.cpu.toFixed(1),
      ])
    }
    return result
  })
}

interface OurRun {
  /** Of the last portion. */
  readonly cpu: number
  readonly namespace: string
  readonly portions: readonly BarePortion[]
  /** Of all portions, as `writtenIn` gives it. */
  readonly written: string
}

async function makeNamespace({ settings }: Pipeline): Promise<string> {
  const namespace = `bench-${randomUUID().slice(0, 8)}`
  const replication = { replicationFactor: 1, minInsyncReplicas: 1 }
  const plan = { namespace, lanes: PARTITIONS, keyPartitions: PARTITIONS, ...replication, mode: 'sandbox' } as const
  await createTopics(
    { brokers: settings.kafkaBrokers.split(','), clientId: 'bench', logger: logger('bench', 'silent') },
    plan,
  )
  return namespace
}

/** The real service, as a process of its own, with real Kafka and Redis. */
async function runService(
  pipeline: Pipeline,
  service: ServiceUnderTest,
  portions: readonly Portion[],
): Promise<OurRun> {
  const { name, settings } = service
  const namespace = await makeNamespace(pipeline)
  // A reconciler sets up what is kept in Redis; the others wait for that.
  if (name !== 'reconciler') await startService(pipeline, 'reconciler', namespace, {}).then(({ stop }) => stop())
  const { pid, metrics, stop } = await startService(pipeline, name, namespace, settings)
  const log = logOf(pipeline, namespace)
  try {
    let cpu = 0
    let since: ReadonlyMap<string, number> = new Map()
    let transactions = await metrics()
    const done: BarePortion[] = []
    for (const portion of portions) {
      cpu = await cpuOfPortion({ pid, group: name, log }, portion)
      const { records, ends } = await recordsSince(log, service.outputs, since)
      if (records.length === 0) throw new Error(`${name} has written nothing`)
      const all = await metrics()
      done.push({
        inputs: portion.records.length,
        transactions: all - transactions,
        outputs: [...ends].map(([place, to]) => {
          const [topic, partition] = place.split('/')
          return { topic: topic as TopicName, partition: Number(partition), from: since.get(place) ?? 0, to }
        }),
      })
      since = ends
      transactions = all
    }
    return { cpu, namespace, portions: done, written: await writtenIn(log, service.outputs) }
  } finally {
    await log.close()
    await stop()
  }
}

/** Starts a service in a namespace, and waits until it has its tasks. */
async function startService(
  { settings }: Pipeline,
  name: ServiceName,
  namespace: string,
  defaults: Readonly<Record<string, string>>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'payout-bench-'))
  const { file, env } = serviceProgram(name, { ...settings, namespace }, folder, defaults)
  const child = spawn(process.execPath, [file], {
    env: { ...env, EXIT_WITH_PARENT: '1', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${name} could not be started`)
  const url = `http://127.0.0.1:${settings.adminPorts[name]}`
  const deadline = performance.now() + READY_MS
  while (
    !(await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (performance.now() > deadline || child.exitCode !== null) throw new Error(`${name} was not ready in a minute`)
    await sleep(LOOK_MS)
  }
  return {
    pid,
    /** Transactions so far. */
    metrics: async () => {
      const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
      const ours = lines.filter((line) => line.startsWith('event_log_transactions_total{') && line.includes('"ok"'))
      return sum(ours.map((line) => Number(line.split(' ').at(-1))))
    },
    stop: () => ended(child),
  }
}

async function runBare(
  pipeline: Pipeline,
  { name, inputs, outputs, hasClaims }: ServiceUnderTest,
  portions: readonly Portion[],
  ours: OurRun,
  hasCorrections: boolean,
): Promise<{ cpu: number; transactions: string }> {
  const { kafkaBrokers, redisUrl } = pipeline.settings
  const namespace = await makeNamespace(pipeline)
  const outputsFile = join(tmpdir(), `${namespace}.outputs`)
  const theirs = logOf(pipeline, ours.namespace)
  const found = await Promise.all(ours.portions.map((portion) => outputsOf(theirs, portion, namespace)))
  await theirs.close()
  writeFileSync(outputsFile, serialize(found))
  const plan: BarePlan = {
    brokers: kafkaBrokers.split(','),
    namespace,
    group: name,
    topics: inputs,
    hasCorrections,
    outputsFile,
    portions: ours.portions,
    ...(hasClaims ? { redisUrl } : {}),
  }
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-loop.ts')], {
    env: { ...process.env, BARE_PLAN: JSON.stringify(plan) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the bare loop could not be started')
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  const log = logOf(pipeline, namespace)
  try {
    while (!said.includes('begun')) {
      if (child.exitCode !== null) throw new Error('the bare loop has ended')
      await sleep(LOOK_MS)
    }
    let cpu = 0
    for (const portion of portions) cpu = await cpuOfPortion({ pid, group: name, log }, portion)
    await ended(child)
    const written = await writtenIn(log, outputs)
    if (written !== ours.written) throw new Error(`kafkajs wrote ${written}; ${name} wrote ${ours.written}`)
    return { cpu, transactions: /\d+(?= transactions)/.exec(said)?.[0] ?? '' }
  } finally {
    await ended(child)
    rmSync(outputsFile)
    await log.close()
  }
}

/** How many records and bytes of keys, values and headers stand in each partition: both have to write the same. */
async function writtenIn(log: EventLog, topics: readonly TopicName[]): Promise<string> {
  const { records } = await recordsSince(log, topics, new Map())
  const bytes = ({ key, value, headers }: LogRecord) =>
    (key?.length ?? 0) + (value?.length ?? 0) + Object.entries(headers).join().length
  return [...Map.groupBy(records, ({ topic, partition }) => `${topic}-${partition}`)]
    .map(([partition, all]) => `${partition}: ${all.length} records, ${sum(all.map(bytes))} bytes`)
    .sort()
    .join('; ')
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const end = once(child, 'exit')
  child.kill('SIGTERM')
  await end
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
