import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import { HOUR_MS } from '@payout/schemas/units'
import { describe, expect, it } from 'vitest'
import { NOON, payout, SignerBench } from '../testing/signer-bench.ts'
import { OwnOutputs } from './own-outputs.ts'

describe('committed outputs of a task (S2.2)', () => {
  it('are looked for again where a claim is older than the last look', async () => {
    const bench = new SignerBench()
    bench.request(payout('old'))
    await bench.run()
    bench.log.now = NOON + HOUR_MS
    bench.request(payout('young'))
    await bench.run()
    const outputs = new OwnOutputs(bench.log, bench.codec, bench.log.open('payout.commands', 0))
    expect(await outputs.has(1, 0, NOON + HOUR_MS)).toBe(true)
    expect(await outputs.has(0, 0, NOON)).toBe(true)
    expect(await outputs.has(1, 0, NOON + HOUR_MS)).toBe(true)
    expect(bench.log.reads).toHaveLength(2)
    expect(await outputs.has(2, 0, NOON)).toBe(false)
    expect(await outputs.has(0, 1, NOON)).toBe(false)
  })

  it('are found behind an open transaction of another task, too', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    await bench.run()
    bench.log.lastStable = 0
    const outputs = new OwnOutputs(bench.log, bench.codec, bench.log.open('payout.commands', 0))
    expect(await outputs.has(0, 0, NOON)).toBe(true)
  })

  it('are distinguished from what else stands in the same topics', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    bench.request(payout('p2', { amountFen: 0 }))
    const value = bench.codec.encode('payout.ReturnFileRequested', { partner: 'acme', date: 'x', requestedAt: null })
    bench.log.append({ topic: 'payout.commands', partition: 0, value })
    const toSign = {
      partner: 'acme',
      requestId: '20261121000000000000000000000001',
      service: 'bptb_refund_file',
      parameters: [{ name: 'date', value: '20261120' }],
      sendBefore: NOON,
    }
    bench.log.append({
      topic: 'gateway.to-sign',
      partition: 0,
      value: bench.codec.encode('gateway.GatewayServiceToSign', toSign),
    })
    await bench.run()
    await bench.runToSign(0)
    expect(bench.log.all('gateway.requests')).toHaveLength(2)
    expect(bench.log.all('payout.events')).toHaveLength(2)
    const outputs = new OwnOutputs(bench.log, bench.codec, bench.log.open('payout.commands', 0))
    expect(await Promise.all([0, 1, 2].map((offset) => outputs.has(offset, 0, NOON)))).toEqual([true, true, false])
  })

  it('are refusals, too', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    bench.request(payout('p1', { amountFen: 9_999 }))
    await bench.run()
    expect(bench.events.map(({ name }) => name)).toEqual(['payout.PayoutRefused'])
    const outputs = new OwnOutputs(bench.log, bench.codec, bench.log.open('payout.commands', 0))
    expect(await outputs.has(1, 0, NOON)).toBe(true)
  })

  it('are none that another partition, or another service, wrote for the same offset', async () => {
    const bench = new SignerBench()
    bench.request(payout('signed'), 1)
    bench.request(payout('failed', { amountFen: 0 }), 1)
    await bench.run(1)
    bench.log.append({ ...(await failureFoundBy('gateway.answers', bench)), key: null })
    const outputs = new OwnOutputs(bench.log, bench.codec, bench.log.open('payout.commands', 0))
    expect(await Promise.all([0, 1, 2].map((offset) => outputs.has(offset, 0, NOON)))).toEqual([false, false, false])
    // So what was claimed before a crash, and not signed, is signed by the next session.
    for (const id of ['a', 'b', 'c']) bench.request(payout(id))
    bench.log.beforeCommit = () => {
      throw new Error('the process ends')
    }
    await expect(bench.run()).rejects.toThrow('the process ends')
    bench.log.beforeCommit = () => undefined
    await bench.run()
    expect(bench.signed.toSorted()).toEqual(['a', 'b', 'c', 'signed'])
  })
})

/** The reconciler's word on a payout, for a record with offset 2 of another topic. */
function failureFoundBy(topic: 'gateway.answers', { dependencies }: SignerBench): Promise<OutgoingRecord> {
  const source = { topic, partition: 0, offset: 2, line: 0, timestamp: NOON }
  return dependencies.events.record({
    name: 'payout.PayoutFailed',
    value: {
      eventId: 'e1',
      payoutId: 'p1',
      partner: 'acme',
      version: 2,
      occurredAt: NOON,
      seenAt: NOON,
      evidence: { kind: 'answer', id: 'b1/1', source },
      batchNo: null,
      serial: null,
      reason: 'ILLEGAL_SIGN',
      explanation: 'the gateway refused the batch',
      contentHash: null,
      standing: null,
    },
  })
}
