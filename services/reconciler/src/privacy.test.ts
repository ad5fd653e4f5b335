import { describe, expect, it } from 'vitest'
import { BATCH, PARTNER_ID, ReconcilerBench } from './testing/reconciler-bench.ts'

describe('private and searchable', () => {
  it('MAPI-14: no partner id is in an event, a key, a header or a log line', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.answer('accepted')
    bench.notify([{}])
    bench.notify([], {}, { success: `x^${PARTNER_ID}|y`, fail: '' })
    await bench.run()
    expect(bench.events.length).toBeGreaterThan(3)
    const texts = ['payout.events', 'gateway.due', 'gateway.to-sign'].flatMap((topic) =>
      bench.lane
        .records(topic as 'payout.events')
        .map(({ key, value, headers }) => `${key}${value}${JSON.stringify(headers)}`),
    )
    for (const text of [...texts, ...bench.lines, await bench.metrics.registry.metrics()])
      expect(text).not.toContain(PARTNER_ID)
  })

  it('MAPI-17: an event is found by partner and payout id, and names batch, serial and the record that proves it', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    const { offset } = bench.answer('accepted')
    await bench.run()
    const [record] = bench.lane.records('payout.events')
    expect(record?.key?.toString()).toBe('acme/p1')
    expect(record?.headers).toMatchObject({
      ce_type: 'payout.accepted',
      ce_subject: 'acme/p1',
      ce_source: '/test/reconciler',
    })
    expect(bench.events[0]?.value).toMatchObject({
      batchNo: BATCH,
      serial: 'p1',
      evidence: { kind: 'answer', source: { topic: 'gateway.answers', partition: 1, offset } },
    })
  })
})
