import { MINUTE_MS } from '@payout/schemas/units'
import { isKafkaAway, TaskEndedError } from '../event-log/errors.ts'
import type { TaskConsumerOptions, TaskHandler } from '../event-log/port.ts'
import type { Logger } from '../observability/logging.ts'
import type { Metrics, MetricTable } from '../observability/metrics.ts'
import { isRedisAway } from '../redis/errors.ts'

/** Metrics of every service with tasks: those that wait for a person. */
export const taskAlarmMetricTable = {
  task_halted: {
    type: 'gauge',
    help: '1 while a task waits for somebody to look at it, by task and code.',
    labels: ['task', 'reason'],
  },
} as const satisfies MetricTable

export interface TaskAlarmDependencies {
  readonly logger: Pick<Logger, 'error'>
  readonly metrics: Pick<Metrics<typeof taskAlarmMetricTable>, 'set' | 'remove'>
}

/**
 * Longer than the longest pause between two sessions: a task that works for so long, or is not ours any more, waits
 * for nobody.
 */
const QUIET_MS = MINUTE_MS

/**
 * The alarm for what waits for a person: an error log and the gauge `task_halted` by task and reason. It is 1 for as
 * long as anything of that task waits for that reason.
 */
export class TaskAlarm {
  readonly #dependencies: TaskAlarmDependencies
  /** How many things of a task wait for the same reason. */
  readonly #waiting = new Map<string, number>()

  constructor(dependencies: TaskAlarmDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * The same handler, with an alarm for whatever ends a session and does not come back by itself, such as offsets
   * that are gone (S2.5) or a record of `gateway.*` that can't be read. What comes back by itself raises none: a
   * session that ended, Redis or Kafka away. The alarm ends when a session ends well, when one has worked for a
   * minute, or when no session has begun for a minute.
   */
  guard(handler: TaskHandler): TaskHandler {
    const raised = new Map<string, { readonly quiet: NodeJS.Timeout; readonly end: () => void }>()
    const lower = (task: string): void => {
      const alarm = raised.get(task)
      clearTimeout(alarm?.quiet)
      raised.delete(task)
      alarm?.end()
    }
    const raise = (task: string, reason: string): void => {
      lower(task)
      raised.set(task, { end: this.#raise(task, reason), quiet: setTimeout(lower, QUIET_MS, task).unref() })
    }
    return async (session) => {
      const task = session.name
      raised.get(task)?.quiet.refresh()
      try {
        await handler(session)
        lower(task)
      } catch (error) {
        if (error instanceof TaskEndedError) lower(task)
        else if (!comesBack(error)) {
          const reason = error instanceof Error && 'code' in error ? String(error.code) : 'UNEXPECTED'
          raise(task, reason)
          this.#dependencies.logger.error({ task, reason, err: error }, 'a task waits: somebody has to look at it')
        }
        throw error
      }
    }
  }

  /**
   * The alarm for a partition that stands still while the task's other topics go on: see
   * `TaskConsumerOptions.onHalt`.
   */
  readonly onHalt: NonNullable<TaskConsumerOptions['onHalt']> = (task, error) => {
    const reason = error.code
    this.#dependencies.logger.error({ task, reason, err: error }, 'a partition waits: somebody has to look at it')
    return this.#raise(task, reason)
  }

  /** @returns ends it; to be called once */
  #raise(task: string, reason: string): () => void {
    const { metrics } = this.#dependencies
    const key = `${task} ${reason}`
    const count = (more: 1 | -1): number => (this.#waiting.get(key) ?? 0) + more
    this.#waiting.set(key, count(1))
    metrics.set('task_halted', { task, reason }, 1)
    return () => {
      const left = count(-1)
      this.#waiting.set(key, left)
      if (left > 0) return
      this.#waiting.delete(key)
      metrics.remove('task_halted', { task, reason })
    }
  }
}

function comesBack(error: unknown): boolean {
  return isKafkaAway(error) || isRedisAway(error)
}
