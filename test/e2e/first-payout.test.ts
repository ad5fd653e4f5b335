import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { ask, payout } from '../system/actors/commands.ts'
import { metricsOf } from '../system/admin.ts'
import { current } from '../system/processes.ts'
import { SERVICES, type System, startSystem } from '../system/system.ts'

let system: System

beforeAll(async () => {
  system = await startSystem({ brokers: inject('brokers'), redisUrl: inject('redisUrl'), processes: SERVICES })
}, 120_000)

afterAll(() => system?.stop(), 60_000)

it('one payout goes from command to event through all four services', async () => {
  // A notify may be faster than the answer, and then the answer is no news.
  await system.gateway.control({ action: 'hold-notifies', hold: true })
  await ask(system, payout('first-1'))
  await system.events.until(() => system.events.seen.length === 1, 'the gateway has taken the payout', 30_000)
  await system.gateway.control({ action: 'hold-notifies', hold: false })
  await system.events.until(() => system.events.outcomes().size === 1, 'the payout has its outcome', 30_000)
  expect(system.events.story('first-1')).toEqual(['accepted', 'succeeded'])
  expect((await system.gateway.paid()).map(({ accepted, paid }) => ({ accepted, paid }))).toEqual([
    { accepted: 1, paid: 1 },
  ])
}, 60_000)

it('S3.5: single payouts, each after the outcome of the one before, end no lane session', async () => {
  const before = system.events.outcomes().size
  for (let at = 1; at <= 25; at++) {
    await ask(system, payout(`single-${at}`))
    await system.events.until(() => system.events.outcomes().size === before + at, 'the payout has its outcome', 30_000)
  }
  const metrics = await Promise.all(SERVICES.map((service) => metricsOf(current(system, service))))
  const lines = metrics.flatMap((text) => text.split('\n'))
  expect(lines.filter((line) => line.startsWith('event_log_transactions_total{'))).not.toEqual([])
  expect(lines.filter((line) => /^event_log_task_ends_total\{.*reason="failed"/.test(line))).toEqual([])
}, 120_000)
