import { PipelineError } from '@payout/schemas/error'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BatchUndecodableError, LaneEndedError, LogUnavailableError } from '../event-log/errors.ts'
import type { LaneSession } from '../event-log/port.ts'
import { Metrics } from '../observability/metrics.ts'
import { RedisNotTrustedError, RedisUnavailableError } from '../redis/errors.ts'
import { LaneAlarm, laneAlarmMetricTable } from './lane-alarm.ts'

const MINUTE = 60_000
const signal = new AbortController().signal

function session(name: string): LaneSession {
  const unused = (): never => {
    throw new Error('the alarm only asks for the name')
  }
  const lane = { name, partition: 3, topics: [], signal, stopping: false }
  const calls = {
    committed: unused,
    beginning: unused,
    end: unused,
    written: unused,
    poll: unused,
    position: unused,
    wake: unused,
  }
  return { ...lane, ...calls, commit: unused }
}

/** Lanes whose sessions do what the test says. */
class Lanes {
  readonly logged: unknown[] = []
  readonly #metrics = new Metrics('test', laneAlarmMetricTable)
  #work: () => Promise<void> = async () => undefined
  readonly alarm = new LaneAlarm({
    logger: { error: (fields: unknown) => void this.logged.push(fields) },
    metrics: this.#metrics,
  })
  readonly #handler = this.alarm.guard(() => this.#work())

  /** One session of the lane; what it ended with. */
  async run(work: () => Promise<void>, lane = 'lane-3'): Promise<unknown> {
    this.#work = work
    return this.#handler(session(lane)).then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  fail(error: Error, lane?: string): Promise<unknown> {
    return this.run(async () => {
      throw error
    }, lane)
  }

  /** `lane-3 LANE_OFFSETS_BEHIND` for each alarm that is on. */
  async halted(): Promise<string[]> {
    const text = await this.#metrics.registry.getSingleMetricAsString('lane_halted')
    const series = text.matchAll(/^lane_halted\{lane="(.+?)",reason="(.+?)".*\} 1$/gm)
    return [...series].map(([, lane, reason]) => `${lane} ${reason}`)
  }
}

const behind = new PipelineError('LANE_OFFSETS_BEHIND', 'the offset is gone')

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the alarm for a lane that waits for a person', () => {
  it('S2.5: is raised with the code, once a session, and the error goes on', async () => {
    const lanes = new Lanes()
    expect(await lanes.fail(behind)).toBe(behind)
    expect(await lanes.halted()).toEqual(['lane-3 LANE_OFFSETS_BEHIND'])
    expect(lanes.logged).toEqual([{ lane: 'lane-3', reason: 'LANE_OFFSETS_BEHIND', err: behind }])
    await lanes.fail(new RangeError('a defect'))
    expect(await lanes.halted()).toEqual(['lane-3 UNEXPECTED'])
    await lanes.fail(behind, 'lane-4')
    expect(await lanes.halted()).toEqual(['lane-3 UNEXPECTED', 'lane-4 LANE_OFFSETS_BEHIND'])
  })

  it.each([
    new LaneEndedError('lane-3', 'revoked'),
    new LogUnavailableError('offsets'),
    new RedisUnavailableError('away'),
    new RedisNotTrustedError('test', 'no-marker'),
  ])('is not raised for what comes back by itself: $code', async (error) => {
    const lanes = new Lanes()
    expect(await lanes.fail(error)).toBe(error)
    expect(await lanes.halted()).toEqual([])
    expect(lanes.logged).toEqual([])
  })

  it('ends with a session that ends well, or because the lane goes elsewhere', async () => {
    const lanes = new Lanes()
    await lanes.fail(behind)
    await lanes.run(async () => undefined)
    expect(await lanes.halted()).toEqual([])
    await lanes.fail(behind)
    await lanes.fail(new LaneEndedError('lane-3', 'revoked'))
    expect(await lanes.halted()).toEqual([])
  })

  it('ends when a session has worked for a minute', async () => {
    const lanes = new Lanes()
    await lanes.fail(behind)
    vi.advanceTimersByTime(MINUTE - 1)
    const { promise, resolve } = Promise.withResolvers<void>()
    const running = lanes.run(() => promise)
    vi.advanceTimersByTime(MINUTE - 1)
    expect(await lanes.halted()).toEqual(['lane-3 LANE_OFFSETS_BEHIND'])
    vi.advanceTimersByTime(1)
    expect(await lanes.halted()).toEqual([])
    resolve()
    await running
  })

  it('ends when no session begins any more: another process has the lane', async () => {
    const lanes = new Lanes()
    await lanes.fail(behind)
    vi.advanceTimersByTime(MINUTE)
    expect(await lanes.halted()).toEqual([])
  })
  it('ends with the last of all that waits in a lane for the same reason', async () => {
    const lanes = new Lanes()
    const batch = { topic: 'gateway.requests', partition: 3, firstOffset: 4, lastOffset: 5, reason: 'other' } as const
    const error = new BatchUndecodableError({ ...batch, bytes: Buffer.alloc(0) })
    const isOver = [lanes.alarm.onHalt('lane-3', error), lanes.alarm.onHalt('lane-3', error)]
    await lanes.fail(error)
    await lanes.fail(error)
    for (const over of isOver) {
      expect(await lanes.halted()).toEqual(['lane-3 LOG_BATCH_UNDECODABLE'])
      over()
    }
    expect(await lanes.halted()).toEqual(['lane-3 LOG_BATCH_UNDECODABLE'])
    await lanes.run(async () => undefined)
    expect(await lanes.halted()).toEqual([])
  })
})
