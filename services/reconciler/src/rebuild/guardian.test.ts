import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import { Metrics } from '@payout/runtime/observability/metrics'
import { RebuildSupersededError, RedisUnavailableError } from '@payout/runtime/redis/errors'
import type { RebuildWriter, RedisTrust } from '@payout/runtime/redis/port'
import { Codec } from '@payout/schemas/codec'
import { describe, expect, it } from 'vitest'
import { reconcilerMetricTable } from '../metrics.ts'
import { NOON } from '../testing/reconciler-bench.ts'
import { Guardian } from './guardian.ts'

const away = new RedisUnavailableError('ECONNREFUSED')
const superseded = new RebuildSupersededError('test')

/** A guardian of a Redis that a test makes lose what it holds, with topics that hold nothing to be read. */
class GuardianBench {
  trust: RedisTrust | 'away' = 'other-replication-id'
  underWay = false
  /** The last offset of every output. */
  end = 0
  /** The last offset of what people write. */
  typed = 0
  /** What a rebuild meets when it begins, reads, or ends. */
  fault: Partial<Record<'begin' | 'read' | 'finish', Error>> = {}
  readonly begun: string[] = []
  readonly said: string[] = []
  readonly #metrics = new Metrics('reconciler', reconcilerMetricTable)
  readonly guardian: Guardian

  constructor(rebuildsByItself = true) {
    const log: Partial<EventLog> = {
      taskNames: async () => [],
      partitions: async () => 0,
      committed: async () => [],
      offsets: async (topic) => [{ beginning: 0, end: topic === 'gateway.switches' ? this.typed : this.end }],
      read: () => this.#nothing(),
    }
    const say = (fields: { code?: string }, message: string) => this.said.push(fields.code ?? message)
    const logger = { info: say, error: say } as Partial<Record<keyof Logger, unknown>>
    const rebuild = {
      trust: async () => {
        if (this.trust === 'away') throw away
        return this.trust
      },
      underWay: async () => this.underWay,
      begin: async () => {
        this.#meet('begin')
        this.begun.push(this.trust)
        return this.#writer()
      },
    }
    this.guardian = new Guardian(
      {
        log: log as EventLog,
        stateStore: { rebuild },
        codec: new Codec(),
        clock: { now: () => NOON },
        logger: logger as Logger,
        claimLifeMs: 1,
        overdueAfterMs: 1,
        rebuildsByItself,
      },
      this.#metrics,
    )
  }

  /** What the metric shows: rebuilds by outcome, and whether Redis is trusted. */
  async shown(): Promise<Record<string, number>> {
    const shown: Record<string, number> = {}
    for (const metric of await this.#metrics.registry.getMetricsAsJSON()) {
      if (metric.name !== 'reconciler_rebuilds_total' && metric.name !== 'reconciler_redis_trusted') continue
      for (const { labels, value } of metric.values) shown[String(labels.outcome ?? 'trusted')] = value
    }
    return shown
  }

  async *#nothing(): AsyncGenerator<LogRecord> {
    this.#meet('read')
    yield* []
  }

  #meet(when: 'begin' | 'read' | 'finish'): void {
    if (this.fault[when]) throw this.fault[when]
  }

  #writer(): RebuildWriter {
    const write = async () => undefined
    return {
      touch: write,
      readCheckpoints: async () => [],
      claims: write,
      readStates: async () => [],
      holders: async () => [],
      states: write,
      due: write,
      checkpoints: write,
      finish: async () => {
        this.#meet('finish')
        this.trust = 'trusted'
      },
    }
  }
}

async function looked(bench: GuardianBench, times = 1) {
  for (let i = 0; i < times; i++) await bench.guardian.look()
  return bench.shown()
}

describe('the guardian of Redis (S7.3)', () => {
  it('looks at one that is trusted, and leaves it alone', async () => {
    const bench = new GuardianBench()
    bench.trust = 'trusted'
    expect(await looked(bench, 2)).toEqual({ trusted: 1 })
    expect(bench.begun).toEqual([])
  })

  it('rebuilds one that was restarted', async () => {
    const bench = new GuardianBench()
    expect(await looked(bench, 2)).toEqual({ ok: 1, trusted: 1 })
  })

  it('sets up a new installation', async () => {
    const bench = new GuardianBench()
    bench.trust = 'no-marker'
    expect(await looked(bench)).toEqual({ ok: 1, trusted: 1 })
  })

  it('sets up a new installation for which somebody has stopped a partner already', async () => {
    const bench = new GuardianBench()
    bench.trust = 'no-marker'
    bench.typed = 1
    expect(await looked(bench)).toEqual({ ok: 1, trusted: 1 })
  })

  it('leaves one that was emptied to a person, and says so once in a while', async () => {
    const bench = new GuardianBench()
    bench.trust = 'no-marker'
    bench.end = 1
    expect(await looked(bench, 3)).toEqual({ trusted: 0 })
    expect(bench.said).toEqual(['REDIS_EMPTY'])
    expect(bench.begun).toEqual([])
  })

  it('waits while another one rebuilds', async () => {
    const bench = new GuardianBench()
    bench.underWay = true
    expect(await looked(bench)).toEqual({ trusted: 0 })
    expect(bench.begun).toEqual([])
  })

  it('counts no rebuild while Redis is away, and sees when it comes back', async () => {
    const bench = new GuardianBench()
    bench.trust = 'away'
    expect(await looked(bench, 3)).toEqual({ trusted: 0 })
    bench.trust = 'trusted'
    expect(await looked(bench)).toEqual({ trusted: 1 })
    bench.trust = 'away'
    expect(await looked(bench)).toEqual({ trusted: 0 })
  })

  it.each([
    ['Redis went away', away],
    ['somebody else has rebuilt it', superseded],
  ])('counts none that could not begin: %s', async (_what, fault) => {
    const bench = new GuardianBench()
    bench.fault = { begin: fault }
    expect(await looked(bench, 2)).toEqual({ trusted: 0 })
  })

  it.each([
    ['Kafka went away while it read', 'read', new Error('no broker'), 'failed'],
    ['Redis went away at its end', 'finish', away, 'failed'],
    ['a later one began', 'finish', superseded, 'superseded'],
  ] as const)(
    'counts each one that was begun and did not end well, and tries again: %s',
    async (_what, when, fault, outcome) => {
      const bench = new GuardianBench()
      bench.fault = { [when]: fault }
      expect(await looked(bench, 2)).toEqual({ [outcome]: 2, trusted: 0 })
      bench.fault = {}
      expect(await looked(bench)).toEqual({ [outcome]: 2, ok: 1, trusted: 1 })
    },
  )

  it.each(['no-marker', 'other-replication-id'] as const)(
    'one that must not rebuild looks all the same: %s',
    async (trust) => {
      const bench = new GuardianBench(false)
      bench.trust = trust
      expect(await looked(bench, 2)).toEqual({ trusted: 0 })
      expect(bench.said).toEqual(['REDIS_NOT_TRUSTED'])
      expect(bench.begun).toEqual([])
      bench.trust = 'trusted'
      expect(await looked(bench)).toEqual({ trusted: 1 })
    },
  )

  it('looks again and again until it is stopped', async () => {
    const bench = new GuardianBench()
    bench.guardian.start()
    await expect.poll(() => bench.shown(), { timeout: 10_000 }).toEqual({ ok: 1, trusted: 1 })
    await bench.guardian.stop()
    expect(bench.begun).toEqual(['other-replication-id'])
  })
})
