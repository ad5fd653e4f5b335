import { describe, expect, it } from 'vitest'
import { OwnOutputs } from './own-outputs.ts'
import { NOON, payout, SignerBench } from './testing/signer-bench.ts'

const HOUR = 3_600_000

describe('committed outputs of a lane (S2.2)', () => {
  it('are looked for again where a claim is older than the last look', async () => {
    const bench = new SignerBench()
    bench.ask(payout('old'))
    await bench.run()
    bench.log.now = NOON + HOUR
    bench.ask(payout('young'))
    await bench.run()
    const outputs = new OwnOutputs(bench.log, bench.codec, bench.log.open('payout.commands', 0))
    expect(await outputs.has(1, 0, NOON + HOUR)).toBe(true)
    expect(await outputs.has(0, 0, NOON)).toBe(true)
    expect(await outputs.has(1, 0, NOON + HOUR)).toBe(true)
    expect(bench.log.reads).toHaveLength(2)
    expect(await outputs.has(2, 0, NOON)).toBe(false)
    expect(await outputs.has(0, 1, NOON)).toBe(false)
  })

  it('are found behind an open transaction of another lane, too', async () => {
    const bench = new SignerBench()
    bench.ask(payout('p1'))
    await bench.run()
    bench.log.lastStable = 0
    const outputs = new OwnOutputs(bench.log, bench.codec, bench.log.open('payout.commands', 0))
    expect(await outputs.has(0, 0, NOON)).toBe(true)
  })

  it('are told from what else stands in the same topics', async () => {
    const bench = new SignerBench()
    bench.ask(payout('p1'))
    bench.ask(payout('p2', { amountFen: 0 }))
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
})
