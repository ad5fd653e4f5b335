/** Stops of partners as records in Kafka: whose word stands, and when nobody knows it. */
import { SWITCHES } from '@payout/runtime/switches/switch-record'
import { afterEach, expect, inject, it } from 'vitest'
import { ask, payout } from '../system/actors/commands.ts'
import { letGo, stopPartner, stopsOf } from '../system/actors/partner-stops.ts'
import { isReady, metricOf } from '../system/admin.ts'
import { current } from '../system/processes.ts'
import { attemptsOf, requestFor } from '../system/records.ts'
import { type ServiceName, type System, type SystemOptions, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

const [SHOP, OTHER] = ['shop-md5-utf8', 'shop-rsa-gbk'] as const

let system: System

async function start(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await startSystem({ brokers: inject('brokers'), redisUrl: inject('redisUrl'), ...options })
}

afterEach(() => system?.stop(), 60_000)

async function untilWaiting(id: string): Promise<void> {
  await until(async () => {
    const request = await requestFor(system, id)
    const records = await attemptsOf(system)
    return records.some(
      ({ batchNo, state, code }) => batchNo === request?.batchNo && state === 'deferred' && code === 'PARTNER_STOPPED',
    )
  }, `${id} waits`)
}

function untilReported(id: string, word: string): Promise<void> {
  return system.events.until(() => system.events.story(id).includes(word), `${id} has ${word}`)
}

async function sentFor(alias: string): Promise<number> {
  return (await system.gateway.requests()).filter((call) => call.alias === alias).length
}

it('a refusal that comes late does not write over a person’s stop, also where it would end by itself', async () => {
  await start({ env: { BALANCE_STOP: '1s' } })
  await system.gateway.control({ action: 'balance', alias: SHOP, balanceFen: 0 })
  await system.gateway.control({ action: 'delays', answerDelayMs: 3_000 })
  await ask(system, payout('refused'))
  await until(async () => (await attemptsOf(system)).some(({ state }) => state === 'in_doubt'), 'it is under way')
  await stopPartner(system, SHOP, 'the bank asked')
  await untilReported('refused', 'failed')
  await system.gateway.control({ action: 'delays', answerDelayMs: 0 })
  await system.gateway.control({ action: 'balance', alias: SHOP, balanceFen: null })
  await until(async () => (await stopsOf(system, SHOP)).length === 1, 'the automatic stop has ended by itself')
  expect(await stopsOf(system, SHOP)).toEqual(['person the bank asked'])
  await ask(system, payout('waits'))
  await untilWaiting('waits')
  expect(await sentFor(SHOP)).toBe(1)
  expect(await letGo(system, SHOP)).toMatchObject([{ value: { origin: 'person', by: 'Li', why: 'the bank asked' } }])
  await untilReported('waits', 'succeeded')
}, 240_000)

it('a process that starts reads the stops before it sends', async () => {
  await start({ count: { 'gateway-egress': 0 } })
  await stopPartner(system, SHOP)
  await ask(system, payout('held'), payout('free', { partner: OTHER }))
  await until(() => requestFor(system, 'held'), 'it is signed')
  await system.add('gateway-egress')
  await untilWaiting('held')
  await untilReported('free', 'succeeded')
  expect(await sentFor(SHOP)).toBe(0)
  await letGo(system, SHOP)
  await untilReported('held', 'succeeded')
}, 240_000)

it('S5.6: a stop that nobody can read stops everything, and says so; once it is gone everything goes on', async () => {
  await start()
  const place = { topic: SWITCHES, partition: 0, key: 'service/batch_trans_notify_no_pwd/person', headers: {} } as const
  const known = (service: ServiceName) => metricOf(current(system, service), 'switches_known')
  const both = ['signer', 'gateway-egress'] as const
  for (const service of both) await until(async () => (await known(service)) === 1, `${service} knows`)
  await system.publisher.append({ ...place, value: Buffer.from('from a later release') })
  for (const service of both) await until(async () => (await known(service)) === 0, `${service} does not know`)
  await ask(system, payout('later'), payout('later-too', { partner: OTHER }))
  for (const service of both) expect(await isReady(current(system, service))).toBe(false)
  expect(await requestFor(system, 'later')).toBeUndefined()
  await system.publisher.append({ ...place, value: null })
  await untilReported('later', 'succeeded')
  await untilReported('later-too', 'succeeded')
}, 240_000)
