import { describe, expect, it } from 'vitest'
import { giveRows, returned } from '../testing/lane-records.ts'
import { BATCH, HOUR, NOON, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { FILE_HASH, returnRow } from '../testing/return-fixture.ts'

/** A batch number of another system's upload, whose lane was found by its hash. */
const ELSEWHERE = { batchNo: 'bptb_20101220_4178' }

describe('payouts that came back', () => {
  it('RFD-7: a withdrawal serial is told once, however often and for whichever day its file is fetched', async () => {
    const bench = new ReconcilerBench()
    giveRows(bench, [returnRow('w1'), returnRow('w2')], ELSEWHERE)
    giveRows(bench, [returnRow('w1'), returnRow('w2')], ELSEWHERE)
    await bench.run()
    giveRows(bench, [returnRow('w1'), returnRow('w2'), returnRow('w3')], {
      ...ELSEWHERE,
      fileDate: '20261121',
      fileHash: 'b'.repeat(64),
    })
    await bench.run()
    expect(returned(bench).map(({ withdrawalSerial, fileDate }) => [withdrawalSerial, fileDate])).toEqual([
      ['w1', '20261120'],
      ['w2', '20261120'],
      ['w3', '20261121'],
    ])
    expect(new Set(returned(bench).map(({ eventId }) => eventId)).size).toBe(3)
  })

  it('one of ours has its id and a version; one of another system has neither', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.notify([{}])
    await bench.run()
    giveRows(bench, [returnRow('w1'), returnRow('w2', { serial: 'p9' })])
    giveRows(bench, [returnRow('w3')], ELSEWHERE)
    await bench.run()
    expect(
      returned(bench).map(({ payoutId, version, batchNo, serial }) => [payoutId, version, batchNo, serial]),
    ).toEqual([
      ['p1', 2, BATCH, 'p1'],
      [null, null, BATCH, 'p9'],
      [null, null, 'bptb_20101220_4178', 'p1'],
    ])
    expect(returned(bench)[0]).toMatchObject({
      amountFen: 1_234,
      reason: '账户名有误',
      returnedAt: NOON - 24 * HOUR,
      occurredAt: NOON - 24 * HOUR,
      seenAt: NOON,
      fileHash: FILE_HASH,
      evidence: { kind: 'return_file', id: FILE_HASH, source: { topic: 'gateway.answers', offset: 0, line: 0 } },
    })
    expect(bench.lane.records('payout.events').map(({ key }) => String(key))).toEqual([
      'acme/p1',
      'acme/p1',
      'acme/return/w2',
      'acme/return/w3',
    ])
    expect(bench.state()?.status).toBe('succeeded')
  })

  it('it may be told before the notify, and changes nothing of what the notify says', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    giveRows(bench, [returnRow('w1')])
    bench.notify([{}])
    await bench.run()
    expect(bench.said()).toEqual(['1 returned', '2 succeeded'])
  })

  it('what failed can not come back: a mismatch', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.answer('refused')
    giveRows(bench, [returnRow('w1')])
    await bench.run()
    expect(bench.said()).toEqual(['1 failed', '2 mismatched other-outcome'])
  })

  it.each([
    ['before it has an outcome', false, ['1 accepted', '2 returned', '3 mismatched other-outcome']],
    ['after it succeeded', true, ['1 accepted', '2 succeeded', '3 returned', '4 mismatched other-outcome']],
  ])('S8: what came back can not fail any more: a mismatch, %s', async (_when, succeeds, said) => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.answer('accepted')
    await bench.run()
    if (succeeds) bench.notify([{}])
    await bench.run()
    giveRows(bench, [returnRow('w1')])
    await bench.run()
    bench.notify([{ result: 'F', reason: 'ACCOUN_NAME_NOT_MATCH' }])
    await bench.run()
    expect(bench.said()).toEqual(said)
    expect(bench.events.at(-1)?.value).toMatchObject({
      expected: succeeds ? 'succeeded' : 'returned',
      reported: 'failed',
    })
  })

  it.each([
    ['other-amount', { amountFen: 1_233 }],
    ['other-account', { payeeAccount: 'li@example.com' }],
  ])('a row that differs from what was asked for is a mismatch: %s', async (mismatch, changes) => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.notify([{}])
    await bench.run()
    giveRows(bench, [returnRow('w1', changes)])
    giveRows(bench, [returnRow('w1', changes)])
    await bench.run()
    expect(bench.said()).toEqual(['1 succeeded', `2 mismatched ${mismatch}`])
  })

  it.each([
    ['ours', {}, '3 mismatched other-return'],
    ['of another system', ELSEWHERE, undefined],
  ])('RFD-7: the same withdrawal serial with other content is a mismatch, %s', async (_whose, changes, said) => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.notify([{}])
    await bench.run()
    giveRows(bench, [returnRow('w1')], changes)
    giveRows(bench, [returnRow('w1', { reason: '其他' })], changes)
    await bench.run()
    expect(returned(bench)).toHaveLength(1)
    const last = bench.events.at(-1)
    expect(last).toMatchObject({ name: 'payout.PayoutMismatched', value: { mismatch: 'other-return' } })
    if (said !== undefined) expect(bench.said().at(-1)).toBe(said)
  })

  it.each(['beforeCommit', 'afterCommit'] as const)('RFD-7: a crash %s: told once all the same', async (hook) => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.notify([{}])
    await bench.run()
    giveRows(bench, [returnRow('w1'), returnRow('w2', { serial: 'p9' })])
    let crashes = 0
    bench.lane[hook] = () => {
      if (crashes++ === 0) throw new Error('crash')
    }
    await expect(bench.run()).rejects.toThrow('crash')
    await bench.run()
    giveRows(bench, [returnRow('w1'), returnRow('w2', { serial: 'p9' })])
    await bench.run()
    expect(returned(bench).map(({ payoutId, version }) => [payoutId, version])).toEqual([
      ['p1', 2],
      [null, null],
    ])
  })

  it('two rows of one payout in one record are two events, in whatever order they come again', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.notify([{}])
    await bench.run()
    giveRows(bench, [returnRow('w1'), returnRow('w2')])
    let crashes = 0
    bench.lane.beforeCommit = (records) => {
      if (records.some(({ headers }) => headers.ce_type === 'payout.returned') && crashes++ === 0)
        throw new Error('crash')
    }
    await expect(bench.run()).rejects.toThrow('crash')
    await bench.run()
    // Versions 2 and 3 were given in Redis by the run that crashed: each has overtaken the other, so both take the next
    // one.
    expect(returned(bench).map(({ withdrawalSerial, version }) => [withdrawalSerial, version])).toEqual([
      ['w1', 4],
      ['w2', 5],
    ])
  })
})

describe('rows that wait', () => {
  it('rows of a batch that may be ours wait until the requests were read; those of another system do not', async () => {
    const bench = new ReconcilerBench()
    const polled: string[] = []
    giveRows(bench, [returnRow('w0')], ELSEWHERE)
    bench.lane.onPoll = (_session, topics) => {
      if (topics.length === 1) polled.push(topics.join())
    }
    await bench.run()
    expect(polled).not.toContain('gateway.requests')
    giveRows(bench, [returnRow('w1')])
    const requests = bench.lane.records('gateway.requests')
    bench.lane.onPoll = (_session, topics) => {
      if (topics.length > 1 && requests.length === 0) queueMicrotask(() => bench.request(['p1']))
    }
    await bench.run()
    expect(returned(bench).map(({ payoutId }) => payoutId)).toEqual([null, 'p1'])
  })

  it('a number that is written like ours and known to nobody: its rows count one by one, and no transaction grows above its bound', async () => {
    const bench = new ReconcilerBench()
    for (let file = 0; file < 24; file++) {
      giveRows(
        bench,
        Array.from({ length: 500 }, (_, row) => returnRow(`w${file}-${row}`)),
      )
    }
    await bench.run()
    expect(returned(bench)).toHaveLength(12_000)
    expect(bench.lane.commits.map(({ records }) => records.length)).toEqual([5_000, 5_000, 2_000])
  })
})
