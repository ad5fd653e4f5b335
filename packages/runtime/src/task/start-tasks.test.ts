import { expect, it } from 'vitest'
import { BatchUndecodableError } from '../event-log/errors.ts'
import type { EventLog, TaskConsumerOptions } from '../event-log/port.ts'
import { Metrics } from '../observability/metrics.ts'
import { FakeStateStore } from '../testing/fake-state-store.ts'
import { FakeTask } from '../testing/fake-task.ts'
import type { CheckpointedHandler } from './checkpointed-session.ts'
import { type StartTasksDependencies, startTasks } from './start-tasks.ts'
import { taskAlarmMetricTable } from './task-alarm.ts'

const tasks = {
  group: 'gateway-egress',
  tasks: 'by-lane',
  topics: ['gateway.requests', 'gateway.attempts'],
  replayed: ['gateway.attempts'],
} as const

/** What the log is asked for when a service with this handler starts its tasks. */
async function started(
  handler: CheckpointedHandler,
  checkpoints?: 'lagging',
  switches?: StartTasksDependencies['switches'],
) {
  const stateStore = new FakeStateStore()
  const metrics = new Metrics('test', taskAlarmMetricTable)
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const asked: TaskConsumerOptions[] = []
  const consume: EventLog['consume'] = async (options) => {
    asked.push(options)
    return { tasks: [], healthy: true, ended: new Promise(() => undefined), stop: async () => undefined }
  }
  const dependencies = { log: { consume }, stateStore, logger: silent, metrics, ...(switches ? { switches } : {}) }
  await startTasks(dependencies, { ...tasks, checkpoints }, handler)
  const [options] = asked
  if (!options) throw new Error('the log was asked for nothing')
  return { stateStore, metrics, options, task: new FakeTask({ partition: 0, ...tasks }) }
}

it('the log gets the tasks as the service has them', async () => {
  const { options } = await started(async () => undefined)
  expect(options).toMatchObject(tasks)
})

it('S7.1: no task begins until Redis can be relied on', async () => {
  const { stateStore, options } = await started(async () => undefined)
  stateStore.trusted = false
  const stopped = new AbortController()
  const waiting = options.ready?.(stopped.signal)
  stopped.abort(new Error('the process stops'))
  await expect(waiting).rejects.toThrow('the process stops')
  stateStore.trusted = true
  await options.ready?.(new AbortController().signal)
})

it('S5.6: no task begins until it is known how the switches stand', async () => {
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

it('S2.5: offsets that are behind stop a task before the handler begins, and raise the alarm', async () => {
  const begun: string[] = []
  const { stateStore, metrics, options, task } = await started(async ({ name }) => void begun.push(name))
  const checkpoint = { topic: 'gateway.requests', partition: 0, next: 7, committedAt: 0 } as const
  await stateStore.checkpoints.raise('gateway-egress', [checkpoint, { ...checkpoint, topic: 'gateway.attempts' }])
  task.offsets['gateway.requests'] = 6
  await expect(options.handler(task.open())).rejects.toThrow('gateway.requests')
  const halted = await metrics.registry.getSingleMetricAsString('task_halted')
  expect(halted).toContain('task_halted{task="lane-0",reason="TASK_OFFSETS_BEHIND"')

  task.offsets['gateway.requests'] = 7
  await options.handler(task.open())
  expect(begun).toEqual(['lane-0'])
})

it('a partition that stands still before a batch raises the alarm until it goes on', async () => {
  const { metrics, options } = await started(async () => undefined)
  const batch = { topic: 'gateway.requests', partition: 0, firstOffset: 4, lastOffset: 5, reason: 'other' } as const
  const goesOn = options.onHalt?.('lane-0', new BatchUndecodableError({ ...batch, bytes: Buffer.alloc(0) }))
  const halted = () => metrics.registry.getSingleMetricAsString('task_halted')
  expect(await halted()).toContain('task_halted{task="lane-0",reason="LOG_BATCH_UNDECODABLE"')
  goesOn?.()
  expect(await halted()).not.toContain('lane-0')
})

it.each(['awaited', 'lagging'] as const)(
  'S2.4: a commit of the handler raises the checkpoint: %s',
  async (checkpoints) => {
    const raised: (number | undefined)[] = []
    const { stateStore, options, task } = await started(
      async (session) => {
        stateStore.away = true
        await session.commit([], { 'gateway.requests': 4 }).catch(() => raised.push(undefined))
        stateStore.away = false
        await session.commit([], { 'gateway.requests': 5 })
      },
      checkpoints === 'lagging' ? checkpoints : undefined,
    )
    await options.handler(task.open())
    raised.push((await stateStore.checkpoints.get('gateway-egress', 'gateway.requests', 0))?.next)
    expect(raised).toEqual(checkpoints === 'lagging' ? [5] : [undefined, 5])
  },
)
