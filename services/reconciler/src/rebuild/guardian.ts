import { setTimeout as sleep } from 'node:timers/promises'
import { RebuildSupersededError, RedisUnavailableError } from '@payout/runtime/redis/errors'
import type { RedisTrust, StateStore } from '@payout/runtime/redis/port'
import { topicNames, topics } from '@payout/schemas/topics'
import { SECOND_MS } from '@payout/schemas/units'
import type { ReconcilerMetrics } from '../metrics.ts'
import { type RebuildDependencies, rebuild } from './rebuild.ts'

const LOOK_EVERY_MS = 500
/** A rebuild that fails again and again fences every lane and reads every topic each time. */
const LONGEST_PAUSE_MS = 8 * SECOND_MS
const ALARM_EVERY_MS = 30 * SECOND_MS

/** What the guardian works with. */
export interface GuardianDependencies extends RebuildDependencies {
  readonly stateStore: { readonly rebuild: Pick<StateStore['rebuild'], 'trust' | 'underWay' | 'begin'> }
  /** False: it only looks and tells, and a person runs `npm run rebuild`. */
  readonly rebuildsByItself: boolean
}

/**
 * Looks whether Redis may be relied on, and mends by itself what can be mended without a person (S7.3): a new
 * installation, and what a failover or a restart of Redis has lost. When everything is gone although there are outputs,
 * it raises an alarm and waits for `npm run rebuild`.
 */
export class Guardian {
  readonly #dependencies: GuardianDependencies
  readonly #metrics: ReconcilerMetrics
  readonly #stopping = new AbortController()
  #trust: RedisTrust | 'away' = 'away'
  #alarmedAt = Number.NEGATIVE_INFINITY
  #running: Promise<void> | undefined
  /** Looks in a row that failed, and not because Redis is away. */
  #failures = 0

  constructor(dependencies: GuardianDependencies, metrics: ReconcilerMetrics) {
    this.#dependencies = dependencies
    this.#metrics = metrics
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  /** One look, and what has to follow from it; never throws. */
  async look(): Promise<void> {
    try {
      await this.#look()
      this.#failures = 0
    } catch (error) {
      if (error instanceof RedisUnavailableError) this.#trust = 'away'
      else if (!(error instanceof RebuildSupersededError)) {
        this.#failures++
        this.#dependencies.logger.error({ err: error }, 'Redis could not be looked after; it is tried again')
      }
    }
    this.#metrics.set('reconciler_redis_trusted', {}, this.#trust === 'trusted' ? 1 : 0)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.look()
      // The jitter keeps two reconcilers from beginning a rebuild in the same moment.
      const pauseMs = Math.min(LONGEST_PAUSE_MS, LOOK_EVERY_MS * 2 ** this.#failures)
      await sleep(pauseMs * (1 + Math.random()), undefined, { signal }).catch(() => undefined)
    }
  }

  async #look(): Promise<void> {
    const { stateStore, rebuildsByItself } = this.#dependencies
    this.#trust = await stateStore.rebuild.trust()
    if (this.#trust === 'trusted') return
    // Beginning one too would only make both take longer.
    if (await stateStore.rebuild.underWay()) return
    if (!rebuildsByItself) {
      this.#alarm(
        'REDIS_NOT_TRUSTED',
        'Redis has to be rebuilt, and this process does not do it by itself (REBUILD_BY_ITSELF): nothing is signed or sent. Run: npm run rebuild',
      )
    } else if (this.#trust === 'no-marker' && !(await this.#isNewInstallation())) {
      this.#alarm(
        'REDIS_EMPTY',
        'Redis is empty and the topics are not: nothing is signed or sent until everything is rebuilt. Look why it is empty, then run: npm run rebuild',
      )
    } else {
      await this.#rebuild()
      this.#trust = await stateStore.rebuild.trust()
    }
  }

  /** Only what was begun counts: while Redis is away there is nothing to begin. */
  async #rebuild(): Promise<void> {
    const writer = await this.#dependencies.stateStore.rebuild.begin()
    try {
      const report = await rebuild(writer, this.#dependencies)
      this.#metrics.add('reconciler_rebuilds_total', { outcome: 'ok' })
      this.#dependencies.logger.info(report, 'Redis is rebuilt')
    } catch (error) {
      const superseded = error instanceof RebuildSupersededError
      this.#metrics.add('reconciler_rebuilds_total', { outcome: superseded ? 'superseded' : 'failed' })
      throw error
    }
  }

  #alarm(code: string, message: string): void {
    if (performance.now() - this.#alarmedAt < ALARM_EVERY_MS) return
    this.#alarmedAt = performance.now()
    this.#dependencies.logger.error({ code }, message)
  }

  /**
   * All our outputs are empty: nothing was ever claimed, so nothing can be forgotten. What people may have typed before
   * the first start claims nothing.
   */
  async #isNewInstallation(): Promise<boolean> {
    const outputs = topicNames.filter(
      (topic) => !topics[topic].writtenBy.some((writer) => writer === 'upstream' || writer === 'people'),
    )
    const offsets = await Promise.all(outputs.map((topic) => this.#dependencies.log.offsets(topic)))
    return offsets.flat().every(({ end }) => end === 0)
  }
}
