/** One lane for as long as this process owns it: session after session, with a pause after an error. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TopicName } from '@payout/schemas/topics'
import { LaneEndedError } from '../../errors.ts'
import type { EventLogMetrics, LaneEnd } from '../../metrics.ts'
import type { LaneHandler } from '../../port.ts'
import type { EventLogLogger } from '../client.ts'
import type { KafkaLaneSession } from './session.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
/** A session that lasted this long was well, whatever ended it. */
const WELL_MS = 30_000
/** A handler that goes on although its session has ended is named after this long. */
const OVERDUE_MS = 10_000
/** Within this time after a join the group has removed nobody: a session timeout is longer by far. */
const READY_AT_ONCE_MS = 1_000

export interface LaneOptions {
  readonly name: string
  readonly partition: number
  readonly topics: readonly TopicName[]
  readonly group: string
  readonly handler: LaneHandler
  readonly logger: EventLogLogger
  readonly metrics: EventLogMetrics
  readonly isStopping: () => boolean
  /** What is waited for before each session. */
  readonly ready: (signal: AbortSignal) => Promise<void>
  /** Initialises the lane's transactional id and then reads its offsets. */
  readonly open: (lane: Lane) => Promise<KafkaLaneSession>
  /** Resolves when the group has confirmed this member again; rejects when the signal aborts. */
  readonly confirmMembership: (signal: AbortSignal) => Promise<void>
  /** The end of an earlier ownership of this lane by this process, whose handler may still be at work. */
  readonly after: Promise<void>
}

export class Lane {
  readonly name: string
  readonly partition: number
  readonly topics: readonly TopicName[]
  /** Resolves when no handler works on the lane any more, and none will. Never rejects. */
  readonly done: Promise<void>
  readonly #options: LaneOptions
  readonly #over = new AbortController()
  /** Ends the waiting between two sessions. */
  readonly #idle = new AbortController()
  #session: KafkaLaneSession | undefined
  #failures = 0

  constructor(options: LaneOptions) {
    this.#options = options
    this.name = options.name
    this.partition = options.partition
    this.topics = options.topics
    this.done = this.#run()
  }

  /** The session that is live at this moment. */
  get session(): KafkaLaneSession | undefined {
    return this.#session?.hasEnded === false ? this.#session : undefined
  }

  /** The process was asked to stop: the session's poll returns, and no other session begins. */
  retire(): void {
    this.#idle.abort()
    this.#session?.wake()
  }

  /** The lane is not ours any more, or the process ends: nothing more may be written. */
  end(reason: Extract<LaneEnd, 'revoked' | 'aborted'>): void {
    if (this.#over.signal.aborted) return
    this.#over.abort(reason)
    this.#idle.abort()
    this.#session?.finish(new LaneEndedError(this.name, reason))
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted || this.#options.isStopping()
  }

  async #run(): Promise<void> {
    await this.#options.after
    for (let isFirst = true; !this.#isOver; isFirst = false) {
      const session = await this.#open(isFirst)
      if (session === undefined) continue
      await this.#handle(session)
    }
  }

  /** Undefined when it failed; the pause after the failure is then over. */
  async #open(isFirst: boolean): Promise<KafkaLaneSession | undefined> {
    const { logger, metrics, group, ready, open, confirmMembership } = this.#options
    try {
      const { signal } = this.#idle
      const askedAt = performance.now()
      await ready(signal)
      const hasWaited = performance.now() - askedAt > READY_AT_ONCE_MS
      // A member that was removed from its group must not fence the lane's new owner.
      if (!isFirst || hasWaited) await confirmMembership(signal)
      const session = await open(this)
      this.#session = session
      if (this.#isOver) {
        session.finish(new LaneEndedError(this.name, 'revoked'))
        return undefined
      }
      metrics.laneStarted({ group, lane: this.name })
      return session
    } catch (error) {
      if (this.#isOver) return undefined
      logger.warn({ group, lane: this.name, err: error }, 'a lane could not be started')
      await this.#pause()
      return undefined
    }
  }

  async #handle(session: KafkaLaneSession): Promise<void> {
    const { logger, metrics, group, handler } = this.#options
    const startedAt = Date.now()
    const overdue = this.#watch(session)
    let failure: unknown
    try {
      await handler(session)
    } catch (error) {
      failure = error
    }
    overdue.abort()
    // The handler's own error is what matters unless it only passes on how the session ended.
    const ended: unknown = session.signal.reason
    const cause = failure instanceof LaneEndedError ? (ended ?? failure) : (failure ?? ended)
    const reason = this.#reason(cause)
    if (reason === 'failed') {
      logger.warn({ group, lane: this.name, err: cause }, 'a lane begins anew after an error')
      metrics.producerRecreated({ group, lane: this.name })
    }
    metrics.laneEnded({ group, lane: this.name, reason })
    session.finish(new LaneEndedError(this.name, reason === 'failed' ? 'the handler failed' : reason, { cause }))
    if (session.commits > 0 || Date.now() - startedAt > WELL_MS) this.#failures = 0
    await this.#pause()
  }

  #reason(cause: unknown): LaneEnd {
    if (this.#over.signal.aborted) return this.#over.signal.reason
    return cause === undefined ? 'returned' : 'failed'
  }

  async #pause(): Promise<void> {
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++)
    if (this.#isOver) return
    await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal: this.#idle.signal }).catch(() => undefined)
  }

  /** Says so, every so often, while a handler works on a session that has ended: the lane stands still meanwhile. */
  #watch(session: KafkaLaneSession): AbortController {
    const { logger, group } = this.#options
    const handled = new AbortController()
    session.signal.addEventListener(
      'abort',
      () => {
        const timer = setInterval(
          () => logger.error({ group, lane: this.name }, 'a handler goes on although its session has ended'),
          OVERDUE_MS,
        )
        timer.unref()
        handled.signal.addEventListener('abort', () => clearInterval(timer))
        if (handled.signal.aborted) clearInterval(timer)
      },
      { once: true },
    )
    return handled
  }
}
