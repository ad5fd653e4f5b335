import { PipelineError } from '@payout/schemas/error'
import { MINUTE_MS } from '@payout/schemas/units'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BatchUndecodableError, LogUnavailableError, TaskEndedError } from '../event-log/errors.ts'
import type { TaskSession } from '../event-log/port.ts'
import { Metrics } from '../observability/metrics.ts'
import { RedisNotTrustedError, RedisUnavailableError } from '../redis/errors.ts'
import { TaskAlarm, taskAlarmMetricTable } from './task-alarm.ts'

const signal = new AbortController().signal

function session(name: string): TaskSession {
  const unused = (): never => {
    throw new Error('the alarm only asks for the name')
  }
  const task = { name, partition: 3, topics: [], signal, stopping: false }
  const calls = {
    committed: unused,
    beginning: unused,
    end: unused,
    written: unused,
    poll: unused,
    position: unused,
    wake: unused,
  }
  return { ...task, ...calls, commit: unused }
}

/** Tasks whose sessions do what the test says. */
class Tasks {
  readonly logged: unknown[] = []
  readonly #metrics = new Metrics('test', taskAlarmMetricTable)
  #work: () => Promise<void> = async () => undefined
  readonly alarm = new TaskAlarm({
    logger: { error: (fields: unknown) => void this.logged.push(fields) },
    metrics: this.#metrics,
  })
  readonly #handler = this.alarm.guard(() => this.#work())

  /** One session of the task; what it ended with. */
  async run(work: () => Promise<void>, task = 'lane-3'): Promise<unknown> {
    this.#work = work
    return this.#handler(session(task)).then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  fail(error: Error, task?: string): Promise<unknown> {
    return this.run(async () => {
      throw error
    }, task)
  }

  /** `lane-3 TASK_OFFSETS_BEHIND` for each alarm that is on. */
  async halted(): Promise<string[]> {
    const text = await this.#metrics.registry.getSingleMetricAsString('task_halted')
    const series = text.matchAll(/^task_halted\{task="(.+?)",reason="(.+?)".*\} 1$/gm)
    return [...series].map(([, task, reason]) => `${task} ${reason}`)
  }
}

const behind = new PipelineError('TASK_OFFSETS_BEHIND', 'the offset is gone')

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the alarm for a task that waits for a person', () => {
  it('S2.5: is raised with the code, once a session, and the error goes on', async () => {
    const tasks = new Tasks()
    expect(await tasks.fail(behind)).toBe(behind)
    expect(await tasks.halted()).toEqual(['lane-3 TASK_OFFSETS_BEHIND'])
    expect(tasks.logged).toEqual([{ task: 'lane-3', reason: 'TASK_OFFSETS_BEHIND', err: behind }])
    await tasks.fail(new RangeError('a defect'))
    expect(await tasks.halted()).toEqual(['lane-3 UNEXPECTED'])
    await tasks.fail(behind, 'lane-4')
    expect(await tasks.halted()).toEqual(['lane-3 UNEXPECTED', 'lane-4 TASK_OFFSETS_BEHIND'])
  })

  it.each([
    new TaskEndedError('lane-3', 'revoked'),
    new LogUnavailableError('offsets'),
    new RedisUnavailableError('away'),
    new RedisNotTrustedError('test', 'no-marker'),
  ])('is not raised for what comes back by itself: $code', async (error) => {
    const tasks = new Tasks()
    expect(await tasks.fail(error)).toBe(error)
    expect(await tasks.halted()).toEqual([])
    expect(tasks.logged).toEqual([])
  })

  it('ends with a session that ends well, or because the task goes elsewhere', async () => {
    const tasks = new Tasks()
    await tasks.fail(behind)
    await tasks.run(async () => undefined)
    expect(await tasks.halted()).toEqual([])
    await tasks.fail(behind)
    await tasks.fail(new TaskEndedError('lane-3', 'revoked'))
    expect(await tasks.halted()).toEqual([])
  })

  it('ends when a session has worked for a minute', async () => {
    const tasks = new Tasks()
    await tasks.fail(behind)
    vi.advanceTimersByTime(MINUTE_MS - 1)
    const { promise, resolve } = Promise.withResolvers<void>()
    const running = tasks.run(() => promise)
    vi.advanceTimersByTime(MINUTE_MS - 1)
    expect(await tasks.halted()).toEqual(['lane-3 TASK_OFFSETS_BEHIND'])
    vi.advanceTimersByTime(1)
    expect(await tasks.halted()).toEqual([])
    resolve()
    await running
  })

  it('ends when no session begins any more: another process has the task', async () => {
    const tasks = new Tasks()
    await tasks.fail(behind)
    vi.advanceTimersByTime(MINUTE_MS)
    expect(await tasks.halted()).toEqual([])
  })
  it('ends with the last of all that waits in a task for the same reason', async () => {
    const tasks = new Tasks()
    const batch = { topic: 'gateway.requests', partition: 3, firstOffset: 4, lastOffset: 5, reason: 'other' } as const
    const error = new BatchUndecodableError({ ...batch, bytes: Buffer.alloc(0) })
    const isOver = [tasks.alarm.onHalt('lane-3', error), tasks.alarm.onHalt('lane-3', error)]
    await tasks.fail(error)
    await tasks.fail(error)
    for (const over of isOver) {
      expect(await tasks.halted()).toEqual(['lane-3 LOG_BATCH_UNDECODABLE'])
      over()
    }
    expect(await tasks.halted()).toEqual(['lane-3 LOG_BATCH_UNDECODABLE'])
    await tasks.run(async () => undefined)
    expect(await tasks.halted()).toEqual([])
  })
})
