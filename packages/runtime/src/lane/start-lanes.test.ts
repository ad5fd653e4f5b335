import { expect, it } from 'vitest'
import { BatchUndecodableError } from '../event-log/errors.ts'
import type { EventLog, LaneConsumerOptions } from '../event-log/port.ts'
import { Metrics } from '../observability/metrics.ts'
import { FakeLane } from '../testing/fake-lane.ts'
import { FakeStateStore } from '../testing/fake-state-store.ts'
import type { CheckpointedHandler } from './checkpointed-session.ts'
import { laneAlarmMetricTable } from './lane-alarm.ts'
import { type LaneParts, startLanes } from './start-lanes.ts'

const lanes = {
  group: 'gateway-egress',
  lanes: 'lane',
  topics: ['gateway.requests', 'gateway.attempts'],
  replayed: ['gateway.attempts'],
} as const

/** What the log is asked for when a service with this handler starts its lanes. */
async function started(handler: CheckpointedHandler, checkpoints?: 'lagging', switches?: LaneParts['switches']) {
  const stateStore = new FakeStateStore()
  const metrics = new Metrics('test', laneAlarmMetricTable)
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const asked: LaneConsumerOptions[] = []
  const consume: EventLog['consume'] = async (options) => {
    asked.push(options)
    return { lanes: [], healthy: true, ended: new Promise(() => undefined), stop: async () => undefined }
  }
  const parts = { log: { consume }, stateStore, logger: silent, metrics, ...(switches ? { switches } : {}) }
  await startLanes(parts, { ...lanes, checkpoints }, handler)
  const [options] = asked
  if (!options) throw new Error('the log was asked for nothing')
  return { stateStore, metrics, options, lane: new FakeLane({ partition: 0, ...lanes }) }
}

it('the log gets the lanes as the service has them', async () => {
  const { options } = await started(async () => undefined)
  expect(options).toMatchObject(lanes)
})

it('S7.1: no lane begins until Redis can be relied on', async () => {
  const { stateStore, options } = await started(async () => undefined)
  stateStore.trusted = false
  const stopped = new AbortController()
  const waiting = options.ready?.(stopped.signal)
  stopped.abort(new Error('the process stops'))
  await expect(waiting).rejects.toThrow('the process stops')
  stateStore.trusted = true
  await options.ready?.(new AbortController().signal)
})

it('S5.6: no lane begins until it is known how the switches stand', async () => {
  const known = Promise.withResolvers<void>()
  const { options } = await started(async () => undefined, undefined, { untilKnown: () => known.promise })
  let isReady = false
  const waiting = options.ready?.(new AbortController().signal).then(() => {
    isReady = true
  })
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(isReady).toBe(false)
  known.resolve()
  await waiting
  expect(isReady).toBe(true)
})

it('S2.5: offsets that are behind stop a lane before the handler begins, and raise the alarm', async () => {
  const begun: string[] = []
  const { stateStore, metrics, options, lane } = await started(async ({ name }) => void begun.push(name))
  const checkpoint = { topic: 'gateway.requests', partition: 0, next: 7, committedAt: 0 } as const
  await stateStore.checkpoints.raise('gateway-egress', [checkpoint, { ...checkpoint, topic: 'gateway.attempts' }])
  lane.offsets['gateway.requests'] = 6
  await expect(options.handler(lane.open())).rejects.toThrow('gateway.requests')
  const halted = await metrics.registry.getSingleMetricAsString('lane_halted')
  expect(halted).toContain('lane_halted{lane="lane-0",reason="LANE_OFFSETS_BEHIND"')

  lane.offsets['gateway.requests'] = 7
  await options.handler(lane.open())
  expect(begun).toEqual(['lane-0'])
})

it('a partition that stands still before a batch raises the alarm until it goes on', async () => {
  const { metrics, options } = await started(async () => undefined)
  const batch = { topic: 'gateway.requests', partition: 0, firstOffset: 4, lastOffset: 5, reason: 'other' } as const
  const goesOn = options.onHalt?.('lane-0', new BatchUndecodableError({ ...batch, bytes: Buffer.alloc(0) }))
  const halted = () => metrics.registry.getSingleMetricAsString('lane_halted')
  expect(await halted()).toContain('lane_halted{lane="lane-0",reason="LOG_BATCH_UNDECODABLE"')
  goesOn?.()
  expect(await halted()).not.toContain('lane-0')
})

it.each(['awaited', 'lagging'] as const)(
  'S2.4: a commit of the handler raises the checkpoint: %s',
  async (checkpoints) => {
    const raised: (number | undefined)[] = []
    const { stateStore, options, lane } = await started(
      async (session) => {
        stateStore.away = true
        await session.commit([], { 'gateway.requests': 4 }).catch(() => raised.push(undefined))
        stateStore.away = false
        await session.commit([], { 'gateway.requests': 5 })
      },
      checkpoints === 'lagging' ? checkpoints : undefined,
    )
    await options.handler(lane.open())
    raised.push((await stateStore.checkpoints.get('gateway-egress', 'gateway.requests', 0))?.next)
    expect(raised).toEqual(checkpoints === 'lagging' ? [5] : [undefined, 5])
  },
)
