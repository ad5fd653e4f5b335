import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LogRecord } from '@payout/runtime/event-log/port'
import type { AvroRecord } from '@payout/schemas/avro/avro-schema'
import { currentSchema } from '@payout/schemas/avro/schema-catalog'
import { Codec } from '@payout/schemas/codec'
import type { PayoutSucceeded } from '@payout/schemas/generated/records'
import { describe, expect, inject, it } from 'vitest'
import { Ground, type World } from '../event-log/ground.ts'
import { pythonForSnippets, run } from './other-language.ts'

const SNIPPETS = fileURLToPath(new URL('../../../docs/snippets/python/', import.meta.url))
const codec = new Codec()

const SUCCEEDED: PayoutSucceeded = {
  eventId: 'e-1',
  payoutId: 'order-1',
  partner: 'acme',
  version: 2,
  occurredAt: 1_700_000_000_000,
  seenAt: 1_700_000_000_001,
  evidence: {
    kind: 'notify',
    id: 'n-1',
    source: { topic: 'gateway.notifies', partition: 0, offset: 7, line: 0, timestamp: 1_700_000_000_001 },
  },
  batchNo: null,
  serial: null,
  amountFen: 1234,
  alipaySerial: null,
  completedAt: null,
  standing: { status: 'succeeded', final: true, closed: true, mismatches: [], returned: false },
}

const python = await pythonForSnippets().catch((error: Error) => {
  console.warn(`The snippets of the documentation are not run here: ${error.message}`)
  return undefined
})

describe('the snippets of the documentation', () => {
  it('name every field of a command that has no default', () => {
    const schema: AvroRecord = JSON.parse(currentSchema('payout.PayoutRequested').json)
    const needed = schema.fields.filter((field) => !('default' in field)).map(({ name }) => name)
    const text = readFileSync(join(SNIPPETS, 'pay.py'), 'utf8')
    expect(needed.filter((name) => !text.includes(`"${name}"`))).toEqual([])
  })

  if (python) onKafka(python)
})

function onKafka(interpreter: string): void {
  const ground = new Ground(inject('brokers'))
  let world: World

  const snippet = (name: string, ...args: string[]) =>
    run(interpreter, [join(SNIPPETS, name), ground.brokers.join(','), world.namespace, ...args])

  it('ask for a payout that the signer reads', async () => {
    world = await ground.world(1, ['payout.commands', 'payout.events'])
    await snippet('pay.py', 'acme', 'order-1', 'payee@example.com', '张三', '1234')
    const records: LogRecord[] = []
    const partitions = await world.log.partitions('payout.commands')
    const from = Array.from({ length: partitions }, (_, partition) => ({
      topic: 'payout.commands' as const,
      partition,
      at: 'beginning' as const,
    }))
    for await (const record of world.log.read({ from, until: 'end' })) records.push(record)
    expect(records.map(({ key }) => key?.toString())).toEqual(['order-1'])
    // The same partition as murmur2 gives it here.
    expect(records[0]?.partition).toBe(await world.log.partitionFor('payout.commands', 'order-1'))
    const { value } = codec.decode(records[0]?.value ?? null, ['payout.PayoutRequested'])
    expect({ ...value }).toEqual({
      payoutId: 'order-1',
      partner: 'acme',
      payer: null,
      payeeAccount: 'payee@example.com',
      payeeName: '张三',
      amountFen: 1234,
      memo: '',
      requestedAt: expect.any(Number),
    })
  })

  it('print the event that the reconciler wrote', async () => {
    world = await ground.world(1, ['payout.commands', 'payout.events'])
    const publisher = world.log.publisher({ maxBytes: 1_000_000 })
    await publisher.append({
      topic: 'payout.events',
      partition: 0,
      key: 'acme/order-1',
      value: codec.encode('payout.PayoutSucceeded', SUCCEEDED),
      headers: {},
    })
    await publisher.close()
    const printed = JSON.parse(await snippet('events.py', 'downstream', '1'))
    expect(printed).toMatchObject({
      type: 'payout.PayoutSucceeded',
      eventId: 'e-1',
      payoutId: 'order-1',
      amountFen: 1234,
      standing: { status: 'succeeded', final: true, closed: true, mismatches: [], returned: false },
      occurredAt: '2023-11-14 22:13:20+00:00',
    })
  })
}
