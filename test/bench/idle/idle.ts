import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pipeline } from '@payout/demo/system/pipeline'
import { type ServiceName, serviceNames, serviceProgram } from '@payout/demo/system/programs'
import { type Program, Supervisor } from '@payout/demo/system/supervisor'
import { Lifeline } from '@payout/sandbox/provision/process/lifeline'
import { qualifiedTopic } from '@payout/schemas/topics'
import type { Bench, BenchOptions, Figure } from '../figure.ts'
import { numberWords } from '../page/figure-words.ts'
import { spread } from '../page/spread.ts'
import { startedHere } from '../processes.ts'

const CONSUMER = 'idle consumer'
/** After the start, until nothing more comes of it. */
const SETTLE_MS = 10_000
const LOOK_MS = 10
const GRACE_MS = 15_000
const CPU_GOAL = { of: 'ours', limit: 1, text: 'at most 1 % of a core' } as const
const START_GOAL = { of: 'ours', limit: 1.5, text: 'less than 1.5 s' } as const

/** Values of each program, one a round. */
type Rounds = Map<string, number[]>

/** What the services use when nothing happens, and how long each takes until it is ready. */
export const bench: Bench = {
  name: 'idle',
  about:
    "The system of `npm start` when nothing happens: CPU of each process over 30 s, and the time from the start of a service's process until `/health/ready` answers 200, that is until it has its lanes, and Kafka and Redis answer. Beside it stands a process of Node with a consumer of kafkajs alone, which is ready when it is a member of its group.",
  run: async (options) => {
    // The system sets it to a folder that goes with it.
    const { TMPDIR: temporary } = process.env
    const folder = await mkdtemp(join(tmpdir(), 'bench-idle-'))
    const lifeline = new Lifeline()
    lifeline.removeFolder(folder)
    const pipeline = await Pipeline.start({
      progress: { step: () => undefined, done: options.log, fail: options.log, stop: () => undefined },
      signal: new AbortController().signal,
      note: (note) => options.log(JSON.stringify(note)),
    })
    try {
      const cpu = await idleCpu(pipeline, { folder, lifeline }, options)
      await pipeline.stopServices()
      const starts = await startTimes(pipeline, { folder, lifeline }, options)
      return [
        ...serviceNames.map((name) => cpuFigure(name, cpu)),
        ...serviceNames.map((name) => startFigure(name, starts)),
      ]
    } finally {
      await pipeline.stop()
      await lifeline.cut()
      if (temporary === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = temporary
      await rm(folder, { recursive: true, force: true })
    }
  },
}

interface Place {
  readonly folder: string
  readonly lifeline: Lifeline
}

/** Percent of a core that each process uses. */
async function idleCpu(pipeline: Pipeline, place: Place, { rounds, short, log }: BenchOptions): Promise<Rounds> {
  const consumer = new Supervisor(consumerProgram(pipeline, place), { ...place, note: () => undefined })
  await consumer.start()
  await sleep(SETTLE_MS)
  const found: Rounds = new Map()
  for (let round = 0; round < rounds; round++) {
    const [before, began] = [cpuSeconds(), performance.now()]
    await sleep(short ? 10_000 : 30_000)
    const seconds = (performance.now() - began) / 1000
    for (const [name, used] of cpuSeconds()) add(found, name, (100 * (used - (before.get(name) ?? 0))) / seconds)
    log([...found].map(([name, values]) => `${name} ${numberWords(values.at(-1) ?? 0)} %`).join(', '))
  }
  await consumer.stop(GRACE_MS)
  return found
}

function cpuSeconds(): Map<string, number> {
  return new Map([...startedHere()].map(([name, use]) => [name, use.cpuSeconds]))
}

/** Seconds until each service, and the consumer alone, is ready. */
async function startTimes(pipeline: Pipeline, place: Place, { rounds, log }: BenchOptions): Promise<Rounds> {
  const found: Rounds = new Map()
  const time = async (program: Program, isReady: () => Promise<void>) => {
    const supervisor = new Supervisor(program, { ...place, note: (note) => log(JSON.stringify(note)) })
    const began = performance.now()
    await supervisor.start()
    await isReady()
    add(found, program.name, (performance.now() - began) / 1000)
    await supervisor.stop(GRACE_MS)
  }
  for (let round = 0; round < rounds; round++) {
    for (const name of serviceNames)
      await time(serviceProgram(name, pipeline.settings, place.folder), () => untilHealthy(pipeline, name))
    await time(consumerProgram(pipeline, place), async () => undefined)
    log([...found].map(([name, values]) => `${name} ${numberWords(values.at(-1) ?? 0)} s`).join(', '))
  }
  return found
}

async function untilHealthy({ settings }: Pipeline, name: ServiceName): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${settings.adminPorts[name]}/health/ready`)
    await answer.text()
    if (answer.ok) return
    await sleep(LOOK_MS)
  }
}

function consumerProgram({ settings }: Pipeline, { folder }: Place): Program {
  const { kafkaBrokers, namespace } = settings
  return {
    name: CONSUMER,
    file: join(import.meta.dirname, 'consumer.ts'),
    env: {
      ...process.env,
      KAFKAJS_NO_PARTITIONER_WARNING: '1',
      BROKERS: kafkaBrokers,
      TOPIC: qualifiedTopic(namespace, 'payout.events'),
      // A process that ends without a word stays in its group for a while, and the next one waits for it.
      GROUP: `${namespace}.${randomUUID()}`,
    },
    log: join(folder, 'consumer.log'),
    isReady: (line) => line === 'ready',
  }
}

function add(rounds: Rounds, name: string, value: number): void {
  rounds.set(name, [...(rounds.get(name) ?? []), value])
}

function cpuFigure(name: ServiceName, cpu: Rounds): Figure {
  const figure = {
    ...common(name, cpu),
    id: `idle-cpu-${name}`,
    title: `CPU of ${name} when nothing happens`,
    unit: '% of a core',
    goal: CPU_GOAL,
  }
  if (name !== serviceNames[0]) return figure
  const rows = [...cpu].map(([program, values]) => [program, numberWords(spread(values).median)])
  return { ...figure, table: { head: ['process', '% of a core'], rows } }
}

function startFigure(name: ServiceName, starts: Rounds): Figure {
  const title = `Start of ${name} until it is ready`
  return { ...common(name, starts), id: `start-${name}`, title, unit: 's', goal: START_GOAL }
}

function common(name: ServiceName, rounds: Rounds): Pick<Figure, 'better' | 'ours' | 'bare'> {
  const bare = { label: 'kafkajs consumer alone', values: rounds.get(CONSUMER) ?? [] }
  return { better: 'lower', ours: rounds.get(name) ?? [], bare }
}
