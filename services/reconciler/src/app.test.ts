import { handlerOf } from '@payout/runtime/testing/handler-of'
import { expect, it } from 'vitest'
import { startReconciler } from './app.ts'
import { ReconcilerBench } from './testing/reconciler-bench.ts'

it('a record of gateway.* that nobody can read stops its lane, and raises the alarm', async () => {
  const { lane, stateStore, clock, metrics, dependencies, lines } = new ReconcilerBench()
  const { logger, partners, settings } = dependencies
  const handler = await handlerOf((log) =>
    startReconciler({ log, stateStore, clock, logger, metrics, partners, settings }),
  )
  lane.append({ topic: 'gateway.answers', key: null, value: Buffer.from('{}'), headers: {} })
  await expect(handler(lane.open())).rejects.toThrow('Avro')
  expect(lane.commits).toEqual([])
  const halted = await metrics.registry.getSingleMetricAsString('task_halted')
  expect(halted).toMatch(/^task_halted\{task="[^"]+",reason="SCHEMA_NOT_AVRO".*\} 1$/m)
  expect(lines.join('')).toContain('a task waits: somebody has to look at it')
})
