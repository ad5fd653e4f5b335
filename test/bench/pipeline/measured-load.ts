/** A whole system, and what a portion of payouts costs in it. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Pipeline } from '@payout/demo/system/pipeline'
import { type Counters, readCounters } from './counters.ts'
import { Load, type LoadResult } from './load.ts'

/** What comes right behind the last outcome (a checkpoint, markers) belongs to it. */
const SETTLE_MS = 500

/** What a portion of payouts led to, and the counters right before and right after it. */
export interface Measured extends LoadResult {
  readonly before: Counters
  readonly after: Counters
}

/** A system and who asks it for payouts. */
export interface MeasuredSystem {
  readonly pipeline: Pipeline
  readonly load: Load
  /** Pays a burst, and counts. */
  burst(payouts: number): Promise<Measured>
  /** Pays at a rate, and counts. */
  rate(perSecond: number, seconds: number): Promise<Measured>
}

interface PipelineSetup {
  readonly root?: string
  /** Partitions of every topic; as `npm start` has them where it is not given. */
  readonly partitions?: number | undefined
  readonly log: (line: string) => void
}

/**
 * Starts the whole system as `npm start` does, gives it to `work`, and stops it whatever comes.
 * @param root the checkout whose system is started; this one where it is not given. Who asks for payouts is always of
 *   this checkout.
 */
export async function withPipeline<T>(
  { root = join(import.meta.dirname, '..', '..', '..'), partitions, log }: PipelineSetup,
  work: (system: MeasuredSystem) => Promise<T>,
): Promise<T> {
  // The system sets it to a folder that goes with it.
  const { TMPDIR: temporary } = process.env
  const file = pathToFileURL(join(root, 'packages', 'demo', 'src', 'system', 'pipeline.ts')).href
  const module = (await import(file)) as typeof import('@payout/demo/system/pipeline')
  const pipeline = await module.Pipeline.start({
    progress: { step: () => undefined, done: log, fail: log, stop: () => undefined },
    signal: new AbortController().signal,
    note: (note) => log(JSON.stringify(note)),
    partitions,
  })
  try {
    const { kafkaBrokers, namespace } = pipeline.settings
    const load = await Load.open(kafkaBrokers.split(','), namespace)
    const measured = async (work: (begun: () => Promise<void>) => Promise<LoadResult>): Promise<Measured> => {
      let before = await readCounters(pipeline)
      const result = await work(async () => {
        before = await readCounters(pipeline)
      })
      await sleep(SETTLE_MS)
      return { ...result, before, after: await readCounters(pipeline) }
    }
    try {
      return await work({
        pipeline,
        load,
        burst: (payouts) => measured((begun) => load.burst(payouts, begun)),
        rate: (perSecond, seconds) => measured(() => load.rate(perSecond, seconds)),
      })
    } finally {
      await load.close()
    }
  } finally {
    await pipeline.stop()
    if (temporary === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = temporary
  }
}
