import type { PartnerRecord } from '@payout/cli/trace/partner-record'
import type { LogRecord } from '@payout/runtime/event-log/port'
import { describe, expect, it } from 'vitest'
import { stageTimes, type TimedRecord } from './stage-times.ts'

const BATCH = '20261121000000000000000000000001'

function at(timestamp: number, named: object): TimedRecord {
  const record: LogRecord = {
    topic: 'payout.commands',
    partition: 0,
    offset: 0,
    timestamp,
    key: null,
    value: null,
    headers: {},
  }
  return { record, named: named as PartnerRecord }
}

const command = (timestamp: number, payoutId: string) =>
  at(timestamp, { name: 'payout.PayoutRequested', value: { partner: 'shop', payoutId } })
const outcome = (timestamp: number, payoutId: string, batchNo: string | null = BATCH) =>
  at(timestamp, { name: 'payout.PayoutSucceeded', value: { partner: 'shop', payoutId, batchNo } })

describe('where the time went', () => {
  it('is told for each stage, from the one before', () => {
    const lines = [{ payoutId: 'a' }, { payoutId: 'b' }]
    const gateway = { partner: 'shop', batchNo: BATCH }
    const stages = stageTimes([
      command(1000, 'a'),
      command(1010, 'b'),
      at(1030, { name: 'gateway.GatewayRequest', value: { ...gateway, lines } }),
      at(1040, { name: 'gateway.GatewayAttempt', value: { ...gateway, state: 'in_doubt' } }),
      at(1060, { name: 'gateway.GatewayAttempt', value: { ...gateway, state: 'closed' } }),
      at(9999, { name: 'gateway.GatewayAnswer', value: { ...gateway, outcome: 'accepted', answeredAt: 1050 } }),
      at(9999, { name: 'gateway.GatewayNotify', value: { ...gateway, receivedAt: 1070 } }),
      outcome(1100, 'a'),
      outcome(1170, 'b'),
    ])
    expect(stages).toEqual([
      { name: 'command', median: Number.NaN, p95: Number.NaN, longest: Number.NaN, firstAt: 0, lastAt: 10, payouts: 2 },
      { name: 'signed', median: 20, p95: 30, longest: 30, firstAt: 30, lastAt: 30, payouts: 2 },
      { name: 'intended', median: 10, p95: 10, longest: 10, firstAt: 40, lastAt: 40, payouts: 2 },
      { name: 'answered', median: 10, p95: 10, longest: 10, firstAt: 50, lastAt: 50, payouts: 2 },
      { name: 'notified', median: 20, p95: 20, longest: 20, firstAt: 70, lastAt: 70, payouts: 2 },
      { name: 'outcome', median: 30, p95: 100, longest: 100, firstAt: 100, lastAt: 170, payouts: 2 },
    ])
  })

  it('leaves out payouts that were never sent', () => {
    const stages = stageTimes([command(1000, 'a'), outcome(1100, 'a', null)])
    expect(stages.map(({ payouts }) => payouts)).toEqual([0, 0, 0, 0, 0, 0])
  })
})
