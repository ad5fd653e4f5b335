/** One task for as long as this process owns it: session after session, with a pause after an error. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TopicName } from '@payout/schemas/topics'
import { TaskEndedError } from '../../errors.ts'
import type { EventLogMetrics, TaskEnd } from '../../metrics.ts'
import type { TaskHandler } from '../../port.ts'
import type { EventLogLogger } from '../client.ts'
import type { KafkaTaskSession } from './session.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
/** A session that lasted this long was well, whatever ended it. */
const WELL_MS = 30_000
/** A handler that goes on although its session has ended is named after this long. */
const OVERDUE_MS = 10_000
/** Within this time after a join the group has removed nobody: a session timeout is longer by far. */
const READY_AT_ONCE_MS = 1_000

export interface TaskDependencies {
  readonly name: string
  readonly partition: number
  readonly topics: readonly TopicName[]
  readonly group: string
  readonly handler: TaskHandler
  readonly logger: EventLogLogger
  readonly metrics: EventLogMetrics
  readonly isStopping: () => boolean
  /** What is waited for before each session. */
  readonly ready: (signal: AbortSignal) => Promise<void>
  /** Initialises the task's transactional id and then reads its offsets. */
  readonly open: (task: Task) => Promise<KafkaTaskSession>
  /** Resolves when the group has confirmed this member again; rejects when the signal aborts. */
  readonly confirmMembership: (signal: AbortSignal) => Promise<void>
  /** The end of an earlier ownership of this task by this process, whose handler may still be at work. */
  readonly after: Promise<void>
}

export class Task {
  readonly name: string
  readonly partition: number
  readonly topics: readonly TopicName[]
  /** Resolves when no handler works on the task any more, and none will. Never rejects. */
  readonly done: Promise<void>
  readonly #dependencies: TaskDependencies
  readonly #over = new AbortController()
  /** Ends the waiting between two sessions. */
  readonly #idle = new AbortController()
  #session: KafkaTaskSession | undefined
  #failures = 0

  constructor(dependencies: TaskDependencies) {
    this.#dependencies = dependencies
    this.name = dependencies.name
    this.partition = dependencies.partition
    this.topics = dependencies.topics
    this.done = this.#run()
  }

  /** The session that is live at this moment. */
  get session(): KafkaTaskSession | undefined {
    return this.#session?.hasEnded === false ? this.#session : undefined
  }

  /** The process was asked to stop: the session's poll returns, and no other session begins. */
  retire(): void {
    this.#idle.abort()
    this.#session?.wake()
  }

  /** The task is not ours any more, or the process ends: nothing more may be written. */
  end(reason: Extract<TaskEnd, 'revoked' | 'aborted'>): void {
    if (this.#over.signal.aborted) return
    this.#over.abort(reason)
    this.#idle.abort()
    this.#session?.finish(new TaskEndedError(this.name, reason))
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted || this.#dependencies.isStopping()
  }

  async #run(): Promise<void> {
    await this.#dependencies.after
    for (let isFirst = true; !this.#isOver; isFirst = false) {
      const session = await this.#open(isFirst)
      if (session === undefined) continue
      await this.#handle(session)
    }
  }

  /** Undefined when it failed; the pause after the failure is then over. */
  async #open(isFirst: boolean): Promise<KafkaTaskSession | undefined> {
    const { logger, metrics, group, ready, open, confirmMembership } = this.#dependencies
    try {
      const { signal } = this.#idle
      const askedAt = performance.now()
      await ready(signal)
      const hasWaited = performance.now() - askedAt > READY_AT_ONCE_MS
      // A member that was removed from its group must not fence the task's new owner.
      if (!isFirst || hasWaited) await confirmMembership(signal)
      const session = await open(this)
      this.#session = session
      if (this.#isOver) {
        session.finish(new TaskEndedError(this.name, 'revoked'))
        return undefined
      }
      metrics.taskStarted({ group, task: this.name })
      return session
    } catch (error) {
      if (this.#isOver) return undefined
      logger.warn({ group, task: this.name, err: error }, 'a task could not be started')
      await this.#pause()
      return undefined
    }
  }

  async #handle(session: KafkaTaskSession): Promise<void> {
    const { logger, metrics, group, handler } = this.#dependencies
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
    const cause = failure instanceof TaskEndedError ? (ended ?? failure) : (failure ?? ended)
    const reason = this.#reason(cause)
    if (reason === 'failed') {
      logger.warn({ group, task: this.name, err: cause }, 'a task begins anew after an error')
      metrics.producerRecreated({ group, task: this.name })
    }
    metrics.taskEnded({ group, task: this.name, reason })
    session.finish(new TaskEndedError(this.name, reason === 'failed' ? 'the handler failed' : reason, { cause }))
    if (session.commits > 0 || Date.now() - startedAt > WELL_MS) this.#failures = 0
    await this.#pause()
  }

  #reason(cause: unknown): TaskEnd {
    if (this.#over.signal.aborted) return this.#over.signal.reason
    return cause === undefined ? 'returned' : 'failed'
  }

  async #pause(): Promise<void> {
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++)
    if (this.#isOver) return
    await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal: this.#idle.signal }).catch(() => undefined)
  }

  /** Says so, every so often, while a handler works on a session that has ended: the task stands still meanwhile. */
  #watch(session: KafkaTaskSession): AbortController {
    const { logger, group } = this.#dependencies
    const handled = new AbortController()
    session.signal.addEventListener(
      'abort',
      () => {
        const timer = setInterval(
          () => logger.error({ group, task: this.name }, 'a handler goes on although its session has ended'),
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
