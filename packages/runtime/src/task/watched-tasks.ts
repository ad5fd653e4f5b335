import { setTimeout as sleep } from 'node:timers/promises'
import { isKafkaAway, TopicMissingError } from '../event-log/errors.ts'
import type { TaskConsumer } from '../event-log/port.ts'
import type { Logger } from '../observability/logging.ts'
import type { TopicWatch } from './topic-watch.ts'

const RETRY_MS = 1_000
/** For handlers to finish when the topics are found to be unfit. */
const GRACE_MS = 10_000

export interface WatchedTasksDependencies {
  /** Joins the group. */
  readonly consume: () => Promise<TaskConsumer>
  readonly topics: Pick<TopicWatch, 'unfit' | 'until' | 'look' | 'closed'>
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
}

/**
 * Tasks that are worked on only while the topics are as they must be: when they are not, handlers finish, the group
 * is left, and it is joined again when they are put right. What ends a consumer for good ends the process only where
 * the topics are not the reason.
 */
export class WatchedTasks implements TaskConsumer {
  readonly ended: Promise<void>
  readonly #dependencies: WatchedTasksDependencies
  readonly #stopping = new AbortController()
  /** Aborts, too, when nobody looks at the topics any more: then the process ends. */
  readonly #signal: AbortSignal
  readonly #started = Promise.withResolvers<void>()
  #consumer: TaskConsumer | undefined
  #graceMs = 0

  private constructor(dependencies: WatchedTasksDependencies) {
    this.#dependencies = dependencies
    this.#signal = AbortSignal.any([this.#stopping.signal, dependencies.topics.closed])
    this.ended = this.#run()
    this.ended.catch((error: unknown) => this.#started.reject(error))
  }

  /** Resolves when the group was joined for the first time, however long Kafka or a topic is away. */
  static async start(dependencies: WatchedTasksDependencies): Promise<WatchedTasks> {
    const tasks = new WatchedTasks(dependencies)
    await tasks.#started.promise
    return tasks
  }

  get tasks(): readonly string[] {
    return this.#consumer?.tasks ?? []
  }

  get healthy(): boolean {
    return this.#consumer?.healthy ?? false
  }

  async stop(graceMs: number): Promise<void> {
    this.#graceMs = graceMs
    this.#stopping.abort()
    await this.ended.catch(() => undefined)
  }

  async #run(): Promise<void> {
    const signal = this.#signal
    while (!signal.aborted) {
      try {
        await this.#dependencies.topics.until(false, signal)
        this.#consumer = await this.#joined(signal)
        this.#started.resolve()
        await this.#untilOver(this.#consumer, signal)
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        const consumer = this.#consumer
        this.#consumer = undefined
        await consumer?.stop(signal.aborted ? this.#graceMs : GRACE_MS)
      }
    }
  }

  async #joined(signal: AbortSignal): Promise<TaskConsumer> {
    const { consume, logger } = this.#dependencies
    for (;;) {
      try {
        return await consume()
      } catch (error) {
        if (!isKafkaAway(error) && !(error instanceof TopicMissingError)) throw error
        logger.warn({ err: error }, 'the group could not be joined, and is tried again')
        await sleep(RETRY_MS, undefined, { signal })
      }
    }
  }

  /**
   * Resolves when the topics are found to be unfit.
   * @throws what has ended the consumer for good; the signal's reason
   */
  async #untilOver(consumer: TaskConsumer, signal: AbortSignal): Promise<void> {
    const { topics, logger } = this.#dependencies
    const over = new AbortController()
    const both = AbortSignal.any([signal, over.signal])
    try {
      await Promise.race([topics.until(true, both), consumer.ended])
    } catch (error) {
      if (signal.aborted) throw error
      // A topic that is gone, for example: then there is somebody to wait for.
      const unfit = await topics.look().catch(() => undefined)
      if (unfit === undefined) throw error
    } finally {
      over.abort()
    }
    logger.error({ err: topics.unfit }, 'no task is worked on until the topics are put right')
  }
}
