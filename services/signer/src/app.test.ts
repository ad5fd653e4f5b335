import { Partners } from '@payout/runtime/partners/partners'
import { handlerOf } from '@payout/runtime/testing/handler-of'
import { expect, it } from 'vitest'
import { startSigner } from './app.ts'
import { acme, SignerBench } from './testing/signer-bench.ts'
import { GROUP, INPUTS } from './topology.ts'

it.each(INPUTS)('S2.5: %s with an offset that is gone waits, and raises the alarm', async (topic) => {
  const { log: lanes, stateStore, clock, metrics, dependencies, lines } = new SignerBench()
  const settings = { ...dependencies.settings, defaultMemo: '' }
  const switches = { known: true, untilKnown: async () => undefined }
  const rest = {
    stateStore,
    switches,
    clock,
    metrics,
    logger: dependencies.logger,
    partners: new Partners([acme]),
    settings,
  }
  const handler = await handlerOf((log) => startSigner({ log, ...rest }))
  await stateStore.checkpoints.raise(GROUP, [{ topic, partition: 2, next: 7, committedAt: 0 }])
  await expect(handler(lanes.open(topic, 2))).rejects.toThrow('set the offset')
  expect(await metrics.registry.getSingleMetricAsString('task_halted')).toContain(
    `task_halted{task="${topic}-2",reason="TASK_OFFSETS_BEHIND"`,
  )
  expect(lines.join('')).toContain('a task waits: somebody has to look at it')
})
