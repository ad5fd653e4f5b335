import { handlerOf } from '@payout/runtime/testing/handler-of'
import { expect, it } from 'vitest'
import { startEgress } from './app.ts'
import { bench } from './testing/egress-bench.ts'
import { GROUP, REQUESTS } from './topology.ts'

it('S2.5: a lane with an offset that is gone waits, and raises the alarm', async () => {
  const { lane, dependencies, stateStore, switches, metrics } = bench()
  const logged: string[] = []
  const logger = { ...dependencies.logger, error: (_: unknown, message?: string) => void logged.push(message ?? '') }
  const settings = { ...dependencies.settings, breaker: { unknowns: 1, openMs: 1 } }
  const rest = {
    stateStore,
    switches,
    gateway: dependencies.gateway,
    evidence: dependencies.evidence,
    lanes: 1,
    clock: dependencies.clock,
    metrics,
    logger,
    settings,
  }
  const handler = await handlerOf((log) => startEgress({ log, partner: () => undefined, ...rest }))
  await stateStore.checkpoints.raise(GROUP, [{ topic: REQUESTS, partition: 0, next: 7, committedAt: 0 }])
  await expect(handler(lane.open())).rejects.toThrow('set the offset')
  const halted = await metrics.registry.getSingleMetricAsString('task_halted')
  expect(halted).toMatch(/^task_halted\{task="lane-0",reason="TASK_OFFSETS_BEHIND".*\} 1$/m)
  expect(logged).toEqual(['a task waits: somebody has to look at it'])
})
