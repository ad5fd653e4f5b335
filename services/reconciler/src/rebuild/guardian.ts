import { setTimeout as sleep } from 'node:timers/promises'
import { RebuildSupersededError, RedisUnavailableError } from '@payout/runtime/redis/errors'
import type { RedisTrust } from '@payout/runtime/redis/port'
import { topicNames, topics } from '@payout/schemas/topics'
import type { ReconcilerMetrics } from '../metrics.ts'
import { type RebuildOptions, rebuild } from './rebuild.ts'

const LOOK_EVERY_MS = 500
const ALARM_EVERY_MS = 30_000

/**
 * Looks whether Redis may be relied on, and mends by itself what can be mended without a person (S7.3): a new installation, and what a failover or
 * a restart of Redis has lost. When everything is gone although there are outputs, it raises an alarm and waits for `npm run rebuild`.
 */
export class Guardian {
  readonly #options: RebuildOptions
  readonly #metrics: ReconcilerMetrics
  readonly #stopping = new AbortController()
  #trust: RedisTrust | 'away' = 'away'
  #alarmedAt = Number.NEGATIVE_INFINITY
  #running: Promise<void> | undefined

  constructor(options: RebuildOptions, metrics: ReconcilerMetrics) {
    this.#options = options
    this.#metrics = metrics
  }

  /** What it saw last. */
  get trust(): RedisTrust | 'away' {
    return this.#trust
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await this.#look()
      } catch (error) {
        if (error instanceof RedisUnavailableError) this.#trust = 'away'
        else if (!(error instanceof RebuildSupersededError))
          this.#options.logger.error({ err: error }, 'the rebuild of Redis failed and is tried again')
        this.#metrics.add('reconciler_rebuilds_total', {
          outcome: error instanceof RebuildSupersededError ? 'superseded' : 'failed',
        })
      }
      this.#metrics.set('reconciler_redis_trusted', {}, this.#trust === 'trusted' ? 1 : 0)
      // The jitter keeps two reconcilers from beginning a rebuild in the same moment.
      await sleep(LOOK_EVERY_MS * (1 + Math.random()), undefined, { signal }).catch(() => undefined)
    }
  }

  async #look(): Promise<void> {
    const { memory, logger } = this.#options
    this.#trust = await memory.rebuild.trust()
    if (this.#trust === 'trusted') return
    // Beginning one too would only make both take longer.
    if (await memory.rebuild.underWay()) return
    if (this.#trust === 'no-marker' && !(await this.#isNewInstallation())) {
      if (performance.now() - this.#alarmedAt < ALARM_EVERY_MS) return
      this.#alarmedAt = performance.now()
      logger.error(
        { code: 'REDIS_EMPTY' },
        'Redis is empty and the topics are not: nothing is signed or sent until everything is rebuilt. Look why it is empty, then run: npm run rebuild',
      )
      return
    }
    const report = await rebuild(this.#options)
    this.#metrics.add('reconciler_rebuilds_total', { outcome: 'ok' })
    logger.info(report, 'Redis is rebuilt')
    this.#trust = await memory.rebuild.trust()
  }

  /** All our outputs are empty: nothing was ever claimed, so nothing can be forgotten. */
  async #isNewInstallation(): Promise<boolean> {
    const outputs = topicNames.filter((topic) => !topics[topic].writtenBy.some((writer) => writer === 'upstream'))
    const offsets = await Promise.all(outputs.map((topic) => this.#options.log.offsets(topic)))
    return offsets.flat().every(({ end }) => end === 0)
  }
}
