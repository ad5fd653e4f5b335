import { describe, expect, it } from 'vitest'
import { giveRows, sendAgain } from '../testing/lane-records.ts'
import { BATCH, HOUR, NOON, OTHER_BATCH, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { returnRow } from '../testing/return-fixture.ts'

const DAY = 24 * HOUR

type Step = (bench: ReconcilerBench) => void

const paid: Step = (bench) => bench.notify([{}])
const failed: Step = (bench) => bench.notify([{ result: 'F', reason: 'RECEIVE_USER_NOT_EXIST' }])
const refused: Step = (bench) => bench.answer('refused')
const cameBack: Step = (bench) => giveRows(bench, [returnRow('w1')])
const line = (result: 'S' | 'F', amount = '12.34', account = 'zhang@example.com') =>
  `p1^${account}^张三^${amount}^${result}^${result === 'F' ? 'RECEIVE_USER_NOT_EXIST' : ''}^2026112100001^20261121120000|`
const details =
  (success: string, fail: string): Step =>
  (bench) =>
    bench.notify([], {}, { success, fail })

/** What is said of p1, each record in a session of its own: the order in which they arrive. */
async function said(...steps: readonly Step[]): Promise<string[]> {
  const bench = new ReconcilerBench()
  bench.request(['p1'])
  for (const step of steps) {
    step(bench)
    await bench.run()
  }
  return bench.said()
}

/** Where Alipay says that the line was paid, and contradicts itself or the request. */
const perhapsPaid: [what: string, step: Step, mismatch: string][] = [
  ['S and F in one notify', details(line('S'), line('F')), 'both-lists'],
  ['two S lines that differ', details(line('S') + line('S', '12.35'), ''), 'contradicting-lines'],
  ['an S line and one of it that can not be read', details(`${line('S')}p1^broken|`, ''), 'contradicting-lines'],
  ['S with another amount', details(line('S', '12.35'), ''), 'other-amount'],
  ['S with another account', details(line('S', '12.34', 'li@example.com'), ''), 'other-account'],
  ['a line among the successes that can not be read', details('p1^broken|', ''), 'unreadable-line'],
  ['a line with S among the failures', details('', line('S')), 'unreadable-line'],
  ['a line with S among the failures, and an amount that is none', details('', line('S', '1e3')), 'unreadable-line'],
  ['a return with another amount', (bench) => giveRows(bench, [returnRow('w1', { amountFen: 1 })]), 'other-amount'],
]

/** Where it says that it was not. */
const notPaid: [what: string, step: Step, mismatch: string][] = [
  ['two F lines that differ', details('', line('F') + line('F', '12.35')), 'contradicting-lines'],
  ['F with another amount', details('', line('F', '12.35')), 'other-amount'],
  ['a line among the failures that can not be read', details('', 'p1^broken|'), 'unreadable-line'],
]

describe('of two notifies that contradict, the first makes the outcome (decision 042)', () => {
  it.each<[what: string, steps: Step[], expected: string[]]>([
    ['S, then F', [paid, failed], ['1 succeeded', '2 mismatched other-outcome']],
    ['F, then S', [failed, paid], ['1 failed', '2 mismatched other-outcome']],
    ['a refusal, then S', [refused, paid], ['1 failed', '2 mismatched other-outcome']],
    ['S, then a refusal', [paid, refused], ['1 succeeded', '2 mismatched other-outcome']],
    ['F, then a return', [failed, cameBack], ['1 failed', '2 mismatched other-outcome']],
    ['a return, then F', [cameBack, failed], ['1 returned', '2 mismatched other-outcome']],
    ['a return, then S', [cameBack, paid], ['1 returned', '2 succeeded']],
    ['S, then a return', [paid, cameBack], ['1 succeeded', '2 returned']],
    ['S, then F, then S', [paid, failed, paid], ['1 succeeded', '2 mismatched other-outcome']],
  ])('BTN-15: %s', async (_, steps, expected) => {
    expect(await said(...steps)).toEqual(expected)
  })

  it.each([['S', paid, failed], ['F', failed, paid]] as const)('BTN-15: %s first, both in one session: the offset decides', async (_, first, second) => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    first(bench)
    second(bench)
    await bench.run()
    expect(bench.said()).toEqual([first === paid ? '1 succeeded' : '1 failed', '2 mismatched other-outcome'])
  }) // biome-ignore format: a table

  it('S after F says that money moved, and how much, for whoever has to act', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    failed(bench)
    paid(bench)
    await bench.run()
    expect(bench.events[1]?.value).toMatchObject({
      mismatch: 'other-outcome',
      expected: 'failed',
      reported: 'succeeded',
      moneyMoved: true,
      amountFen: 1_234,
      alipaySerial: '2026112100001',
      standing: { status: 'failed', final: true, mismatches: ['other-outcome'] },
    })
  })
})

describe('what Alipay may have said to be paid does not fail without a person (decision 042)', () => {
  it.each(perhapsPaid)('BTN-16: %s, then F or a refusal: a mismatch', async (_, step, mismatch) => {
    for (const failure of [failed, refused])
      expect(await said(step, failure)).toEqual([`1 mismatched ${mismatch}`, '2 mismatched other-outcome'])
  })

  it.each([...perhapsPaid, ...notPaid])('BTN-16: %s, then S: it is paid', async (_, step, mismatch) => {
    expect(await said(step, paid)).toEqual([`1 mismatched ${mismatch}`, '2 succeeded'])
  })

  it.each(notPaid)('BTN-16: %s, then F: it has failed', async (_, step, mismatch) => {
    expect(await said(step, failed)).toEqual([`1 mismatched ${mismatch}`, '2 failed'])
  })

  it('a person who has looked it up ends it either way', async () => {
    for (const decision of ['failed', 'succeeded'] as const) {
      const bench = new ReconcilerBench()
      bench.request(['p1'])
      bench.answer('accepted')
      bench.notify([], {}, { success: line('S'), fail: line('F') })
      await bench.run()
      bench.clock.at = NOON + DAY
      bench.decide(decision)
      await bench.run()
      expect(bench.said()).toEqual(['1 accepted', '2 mismatched both-lists', `3 ${decision}`])
    }
  })

  it('a second submission does not fail either, until a person has decided since', async () => {
    const bench = new ReconcilerBench()
    const batchNo = await sendAgain(bench)
    bench.notify([], { batchNo: BATCH }, { success: line('S', '12.35') })
    bench.notify([{ result: 'F', reason: 'RECEIVE_USER_NOT_EXIST' }], { batchNo })
    await bench.run()
    expect(bench.said().slice(2)).toEqual(['3 mismatched other-amount', '4 mismatched other-outcome'])
    expect(bench.events.at(-1)?.value).toMatchObject({ expected: 'perhaps paid: other-amount', moneyMoved: false })
  })
})

describe('BTN-16: a mismatch says what whoever has to act looks up', () => {
  const mismatches = async (step: Step) => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    step(bench)
    await bench.run()
    return bench.events.flatMap(({ name, value }) => (name === 'payout.PayoutMismatched' ? [value] : []))
  }

  it.each<['S' | 'F', boolean]>([
    ['S', true],
    ['F', false],
  ])(
    'BTN-16: an unknown serial with %s: whether money moved, how much, and by which serials',
    async (result, moneyMoved) => {
      const [event, ...more] = await mismatches((bench) => bench.notify([{ serial: 'nobody', result, reason: result === 'F' ? 'X' : null }])) // biome-ignore format: one line
      expect(more).toEqual([])
      expect(event).toMatchObject({
        mismatch: 'unknown-serial',
        payoutId: null,
        batchNo: BATCH,
        serial: 'nobody',
        moneyMoved,
        amountFen: 1_234,
        alipaySerial: '2026112100001',
      })
    },
  )

  it('BTN-16: an unknown batch: the sum of what was paid, else of what was not', async () => {
    const lines = [{ serial: 'a' }, { serial: 'b' }, { serial: 'c', result: 'F' as const, reason: 'X' }]
    const all = await mismatches((bench) => bench.notify(lines, { batchNo: OTHER_BATCH }))
    expect(all).toMatchObject([{ mismatch: 'unknown-batch', moneyMoved: true, amountFen: 2_468, alipaySerial: null }])
    const none = await mismatches((bench) => bench.notify(lines.slice(2), { batchNo: OTHER_BATCH }))
    expect(none).toMatchObject([{ moneyMoved: false, amountFen: 1_234, alipaySerial: '2026112100001' }])
    const empty = await mismatches((bench) => bench.notify([], { batchNo: OTHER_BATCH }))
    expect(empty).toMatchObject([{ moneyMoved: null, amountFen: null, alipaySerial: null }])
  })

  it.each<[what: string, step: Step, expected: object]>([
    ['both lists', details(line('S'), line('F')), { moneyMoved: null, amountFen: 1_234, alipaySerial: '2026112100001' }],
    ['lines of one serial with two amounts', details(line('S') + line('S', '12.35'), ''), { moneyMoved: true, amountFen: null }],
    ['another amount', details(line('S', '12.35'), ''), { moneyMoved: true, amountFen: 1_235 }],
    ['a line that can not be read', details('p1^broken|', ''), { moneyMoved: true, amountFen: null, alipaySerial: null }],
    ['a mark of the other list', details('', line('S')), { moneyMoved: null, amountFen: null, alipaySerial: null }],
    ['a return with another amount', (bench) => giveRows(bench, [returnRow('w1', { amountFen: 1 })]), { moneyMoved: true, amountFen: 1, alipaySerial: 'w1' }],
  ])('BTN-16: %s', async (_, step, expected) => {
    expect(await mismatches(step)).toMatchObject([expected])
  }) // biome-ignore format: a table

  it("a failure may have anything in the place of Alipay's serial: it is not told", async () => {
    for (const odd of ['', '-', '\u001b[2K', 'zhang@example.com', '13800138000', '2088101568338364']) {
      const fail = line('F').replace('p1', 'nobody').replace('2026112100001', odd)
      expect(await mismatches(details('', fail))).toMatchObject([
        { moneyMoved: false, amountFen: 1_234, alipaySerial: null },
      ])
    }
  })

  it('carries the account of no payee among them', async () => {
    const [event] = await mismatches((bench) => bench.notify([{ serial: 'nobody' }]))
    expect(JSON.stringify(event)).not.toContain('@')
  })
})
