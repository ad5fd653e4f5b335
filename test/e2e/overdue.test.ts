/** A line that never comes back. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { askBatch, batch } from '../system/actors/commands.ts'
import { batchNoOf } from '../system/event-watch.ts'
import { type System, startSystem } from '../system/system.ts'

const SHOP = 'shop-md5-utf8'
let system: System

beforeAll(async () => {
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    env: { OVERDUE_AFTER: '5s' },
  })
}, 180_000)

afterAll(() => system?.stop(), 60_000)

it('BTN-16: a line that never comes back is payout.overdue by name, its neighbours are not, and a late notify still counts', async () => {
  await askBatch(
    system,
    'overdue',
    batch(SHOP, [{ payoutId: 'prompt' }, { payoutId: 'lost', payeeAccount: 'never@example.com' }]),
  )
  await system.events.until(() => system.events.story('lost').includes('overdue'), 'it is overdue')
  expect(system.events.story('lost')).toEqual(['accepted', 'overdue'])
  const overdue = system.events.of('lost').at(-1)
  const batchNo = batchNoOf(overdue) ?? ''
  expect(overdue?.value).toMatchObject({ version: 2, serial: 'lost', evidence: { kind: 'due', id: `${batchNo}/1` } })
  expect(system.events.story('prompt')).not.toContain('overdue')
  expect(system.events.story('prompt')).toContain('succeeded')

  const [entry] = (await system.gateway.books()).filter(({ serial }) => serial === 'lost')
  await system.gateway.control({
    action: 'send-notify',
    alias: SHOP,
    url: `${system.ingressUrl}/notify/${SHOP}`,
    batchNo,
    successDetails: `lost^never@example.com^常炜^1.00^S^^${entry?.alipaySerial}^20261121120000|`,
  })
  await system.events.until(() => system.events.story('lost').includes('succeeded'), 'the late notify counts')
  expect(system.events.story('lost')).toEqual(['accepted', 'overdue', 'succeeded'])
  expect(system.events.of('lost').at(-1)?.value).toMatchObject({ version: 3, alipaySerial: entry?.alipaySerial })
})
