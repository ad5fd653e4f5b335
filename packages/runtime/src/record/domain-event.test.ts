import { Codec } from '@payout/schemas/codec'
import { describe, expect, it } from 'vitest'
import { DomainEventWriter, type PayoutEvent } from './domain-event.ts'

const codec = new Codec()
const asked: [string, string][] = []
const writer = new DomainEventWriter(
  {
    partitionFor: async (topic, key) => {
      asked.push([topic, key])
      return 5
    },
  },
  codec,
  '/live/reconciler',
)

const source = { topic: 'gateway.notifies', partition: 1, offset: 2, line: 0, timestamp: 3 }
const refused: PayoutEvent = {
  name: 'payout.PayoutRefused',
  value: {
    eventId: 'e1',
    payoutId: 'p1',
    partner: 'acme',
    occurredAt: Date.parse('2026-11-21T04:00:00Z'),
    seenAt: 2,
    evidence: { kind: 'command', id: 'x', source },
    reason: 'R',
    explanation: 'e',
    heldBy: null,
    standing: null,
  },
}
const stray: PayoutEvent = {
  name: 'payout.PayoutMismatched',
  value: {
    eventId: 'e2',
    payoutId: null,
    partner: 'acme',
    version: null,
    occurredAt: 1,
    seenAt: 2,
    evidence: { kind: 'notify', id: 'n', source },
    batchNo: 'b1',
    serial: null,
    mismatch: 'unknown-batch',
    expected: null,
    reported: 'b1',
    moneyMoved: null,
    amountFen: null,
    alipaySerial: null,
    standing: null,
  },
}

describe('records of payout.events', () => {
  it('keyed and placed by partner and payout id, as a CloudEvent', async () => {
    const record = await writer.record(refused, '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')
    expect(record).toMatchObject({ topic: 'payout.events', partition: 5, key: 'acme/p1' })
    expect(asked.at(-1)).toEqual(['payout.events', 'acme/p1'])
    expect(record.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: 'e1',
      ce_type: 'payout.refused',
      ce_source: '/live/reconciler',
      ce_subject: 'acme/p1',
      ce_time: '2026-11-21T04:00:00.000Z',
      'content-type': 'application/avro',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    })
    expect(codec.decode(record.value, ['payout.PayoutRefused']).value).toEqual(refused.value)
  })

  it('evidence about none of our payouts is placed by its batch number, and carries no trace', async () => {
    const record = await writer.record(stray)
    expect(record.key).toBe('acme/b1')
    expect(record.headers).not.toHaveProperty('traceparent')
  })
})
