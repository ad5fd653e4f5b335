/** Two environments under two namespaces share one Kafka and one Redis. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { ask, payout } from '../system/actors/commands.ts'
import { letGo, stopPartner } from '../system/actors/partner-stops.ts'
import { attemptsOf, requestsOf } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

const SHOP = 'shop-md5-utf8'
let [live, trial]: (System | undefined)[] = []

/** One namespace is how the other begins: no name may run into another's. */
const NAMESPACE = `two${Date.now().toString(36)}`

beforeAll(async () => {
  const servers = { brokers: inject('brokers'), redisUrl: inject('redisUrl') }
  ;[live, trial] = await Promise.all([
    startSystem({ ...servers, namespace: NAMESPACE, lanes: 2 }),
    startSystem({ ...servers, namespace: `${NAMESPACE}-2`, lanes: 3 }),
  ])
}, 180_000)

afterAll(() => Promise.all([live?.stop(), trial?.stop()]), 60_000)

function both(): readonly [System, System] {
  if (live === undefined || trial === undefined) throw new Error('the systems are not up')
  return [live, trial]
}

it('the same payout is paid in each, and neither sees anything of the other', async () => {
  const systems = both()
  await Promise.all(systems.map((system, n) => ask(system, payout('shared', { amountFen: n + 1 }), payout(`own-${n}`))))
  for (const [n, system] of systems.entries()) {
    const { events, gateway, namespace } = system
    await events.until(
      () => ['shared', `own-${n}`].every((id) => events.story(id).includes('succeeded')),
      'both are paid',
    )
    expect(new Set(events.seen.map(({ value }) => value.payoutId))).toEqual(new Set(['shared', `own-${n}`]))
    expect(new Set(events.seen.map(({ record }) => record.headers.ce_source))).toEqual(
      new Set([`/${namespace}/reconciler`]),
    )
    expect((await gateway.books()).map(({ serial, amountFen }) => `${serial} ${amountFen}`).sort()).toHaveLength(2)
    expect((await gateway.books()).find(({ serial }) => serial === 'shared')?.amountFen).toBe(n + 1)
    expect((await requestsOf(system)).flatMap(({ lines }) => lines)).toHaveLength(2)
  }
})

it('a partner that is stopped in one goes on in the other', async () => {
  const [one, other] = both()
  await stopPartner(one, SHOP)
  await ask(one, payout('stopped'))
  await ask(other, payout('stopped'))
  await other.events.until(() => other.events.story('stopped').includes('succeeded'), 'it is paid in the other')
  await until(async () => (await attemptsOf(one)).some(({ state }) => state === 'deferred'), 'it waits in the one')
  expect(one.events.story('stopped')).toEqual([])
  await letGo(one, SHOP)
  await one.events.until(() => one.events.story('stopped').includes('succeeded'), 'it is paid in the one')
})

it('ids, checkpoints and trust of one are no concern of the other', async () => {
  const [one, other] = both()
  expect(await one.stateStore.rebuild.trust()).toBe('trusted')
  expect(await other.stateStore.rebuild.trust()).toBe('trusted')
  const checkpoints = await Promise.all([one, other].map(({ stateStore }) => stateStore.checkpoints.all()))
  for (const [n, lanes] of [2, 3].entries()) {
    const partitions = checkpoints[n]
      ?.filter(({ topic }) => topic === 'gateway.requests')
      .map(({ partition }) => partition)
    expect(Math.max(...(partitions ?? []))).toBeLessThan(lanes)
  }
  await Promise.all([one, other].map((system) => ask(system, payout('shared', { amountFen: 3 }))))
  for (const system of [one, other]) {
    await system.events.until(
      () => system.events.story('shared').includes('refused'),
      'the taken id is refused in each',
    )
  }
})
