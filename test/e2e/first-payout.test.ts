import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { ask, payout } from '../system/commands.ts'
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
