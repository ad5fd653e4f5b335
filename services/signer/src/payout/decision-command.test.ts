import { Codec } from '@payout/schemas/codec'
import { describe, expect, it } from 'vitest'
import { decided, NOON, SignerBench } from '../testing/signer-bench.ts'

const codec = new Codec()

describe('a decision on its way', () => {
  it('goes whole into the lane of the batch that it names', async () => {
    const bench = new SignerBench()
    const decision = decided()
    const { offset } = bench.decide(decision)
    await bench.run()
    const [record] = bench.log.all('gateway.commands')
    expect(record?.partition).toBe(1)
    expect(codec.decode(record?.value ?? null, ['gateway.GatewayDecision']).value).toEqual({
      ...decision,
      source: { topic: 'payout.commands', partition: 0, offset, line: 0, timestamp: NOON },
    })
    expect(bench.events).toEqual([])
  })

  it.each([
    ['the partners file', { partner: 'nobody' }],
    ['payoutId', { payoutId: 'a b' }],
    ['batchNo', { batchNo: 'short' }],
    ['serial', { serial: '' }],
    ['lookedWhere', { lookedWhere: ' ' }],
    ['alipaySaid', { alipaySaid: '' }],
    ['decidedBy', { decidedBy: '\t' }],
    ['reason', { reason: '' }],
    ['future', { lookedAt: NOON + 1 }],
    [new Date(NOON + 1).toISOString(), { lookedAt: NOON + 1 }],
    [`it is ${new Date(NOON).toISOString()}`, { lookedAt: NOON + 1 }],
    [
      `as seconds it would be ${new Date(NOON - 3_000).toISOString()}: write milliseconds`,
      { lookedAt: NOON / 1_000 - 3 },
    ],
    ['is no moment before the year 10000; as microseconds', { lookedAt: NOON * 1_000 }],
  ])('is refused, naming %s, where it does not say all that it must', async (word, changes) => {
    const bench = new SignerBench()
    bench.decide(decided(changes))
    await bench.run()
    expect(bench.log.all('gateway.commands')).toEqual([])
    expect(bench.events).toMatchObject([
      {
        name: 'payout.PayoutRefused',
        value: { reason: 'INVALID_DECISION', explanation: expect.stringContaining(word) },
      },
    ])
  })
})
