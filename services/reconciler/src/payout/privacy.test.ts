import { describe, expect, it } from 'vitest'
import { giveRows } from '../testing/lane-records.ts'
import { BATCH, HOUR, PARTNER_ID, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { returnRow } from '../testing/return-fixture.ts'

describe('private and searchable', () => {
  it('MAPI-14: no partner id is in an event, a key, a header or a log line', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.answer('accepted')
    bench.notify([{}])
    bench.notify([], {}, { success: `x^${PARTNER_ID}|y`, fail: '' })
    await bench.run()
    expect(bench.events.length).toBeGreaterThan(3)
    const texts = ['payout.events', 'gateway.timers', 'gateway.to-sign'].flatMap((topic) =>
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

  /** What is asked for, and what the other side says instead: each stands nowhere else. */
  const PERSONAL = {
    payeeName: '欧阳娜娜', payeeAccount: 'Payee-8842@example.com', otherName: '司马相如', otherAccount: 'other-7731@example.com',
    phone: '13912345678', card: '6222021234567890123', residentId: '11010519491231002X',
  } // biome-ignore format: a table
  const { payeeName, payeeAccount, otherName, otherAccount, phone, card, residentId } = PERSONAL

  function asked(ids: readonly string[]): ReconcilerBench {
    const bench = new ReconcilerBench()
    const lines = ids.map((payoutId, line) => ({
      payoutId, serial: payoutId, payeeAccount, payeeName, amountFen: 1_234, memo: '稿费', contentHash: 'hash',
      source: { topic: 'payout.commands', partition: 0, offset: 0, line, timestamp: 0 }, claimedAt: 0,
    })) // biome-ignore format: one line of a request
    bench.request([], { lines })
    return bench
  }

  function leaks(bench: ReconcilerBench): string[] {
    const texts = bench.lane
      .records('payout.events')
      .map(({ key, value, headers }) => `${key} ${value} ${JSON.stringify(headers)}`.toLowerCase())
    expect(texts.length).toBeGreaterThan(0)
    return Object.entries(PERSONAL).flatMap(([what, text]) =>
      texts.some((each) => each.includes(text.toLowerCase())) ? [what] : [],
    )
  }

  it.each<[string, (bench: ReconcilerBench) => void]>([
    [
      'a notify of another account',
      (bench: ReconcilerBench) => void bench.notify([{ account: otherAccount, name: otherName }]),
    ],
    [
      'a return of another account',
      (bench: ReconcilerBench) =>
        void giveRows(bench, [returnRow('w1', { payeeAccount: otherAccount, payeeName: otherName })]),
    ],
    ...[
      `收款人${payeeName}不存在`,
      `${payeeAccount.toUpperCase()} DOES NOT EXIST`,
      `call ${phone}, card ${card}, ${residentId}`,
      `partner ${PARTNER_ID}: see ${otherAccount}`,
    ].map(
      (reason) =>
        [
          `a failure whose reason is ${reason}`,
          (bench: ReconcilerBench) =>
            void bench.notify([{ result: 'F', reason, account: payeeAccount, name: payeeName }]),
        ] satisfies [string, (bench: ReconcilerBench) => void],
    ),
    [
      'a reason that names whom the line names',
      (bench: ReconcilerBench) =>
        void bench.notify([{ result: 'F', reason: `not ${otherName}`, account: payeeAccount, name: otherName }]),
    ],
    [
      'a bank that says whom it could not pay',
      (bench: ReconcilerBench) => {
        const said = { payeeAccount, payeeName, reason: `${payeeName}: 卡号${card}` }
        giveRows(bench, [
          returnRow('w1', said),
          returnRow('w2', { ...said, serial: 'p9', payeeName: otherName, reason: otherName }),
        ])
      },
    ],
    [
      'a line whose account stands in the place of its serial',
      (bench: ReconcilerBench) =>
        void bench.notify(
          [],
          {},
          {
            success: `${otherAccount}^${otherName}^1.00|${otherName}^x|${phone}^${otherName}^1|`,
            fail: `${otherName}^${otherAccount}^${otherName}^1.00^F^^20081024143652^20081024143651|`,
          },
        ),
    ],
    [
      "a person's words",
      (bench: ReconcilerBench) => {
        bench.answer('unknown', { final: true })
        bench.clock.at += 48 * HOUR
        bench.decide('failed', {
          reason: `${payeeName} (${payeeAccount}) never got it; ${phone}`,
          lookedAt: bench.clock.at,
        })
      },
    ],
  ])('no event holds a name, an account or a number of a person: %s', async (_, happen) => {
    const bench = asked(['p1', 'p2'])
    happen(bench)
    await bench.run()
    expect(leaks(bench)).toEqual([])
  })

  it('what else a reason says is told, and codes stay as they are', async () => {
    const bench = asked(['p1', 'p2', 'p3'])
    bench.notify([
      { result: 'F', reason: `收款人${payeeName}不存在`, account: payeeAccount, name: payeeName },
      { serial: 'p2', result: 'F', reason: 'RECEIVE_USER_NOT_EXIST', account: payeeAccount, name: payeeName },
      { serial: 'p3', account: otherAccount, name: otherName },
    ])
    await bench.run()
    expect(bench.events.map(({ value }) => ('reason' in value ? value.reason : 'mismatch' in value && value))).toEqual([
      expect.objectContaining({
        mismatch: 'other-account',
        expected: 'the account of the request',
        reported: 'another account',
      }),
      '收款人…不存在',
      'RECEIVE_USER_NOT_EXIST',
    ])
  })
})
