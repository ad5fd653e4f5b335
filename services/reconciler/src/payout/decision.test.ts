import { laneOf } from '@payout/mapi/values/batch-no'
import { beforeEach, describe, expect, it } from 'vitest'
import { giveRows } from '../testing/lane-records.ts'
import { BATCH, HOUR, LANES, NOON, OTHER_BATCH, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { returnRow } from '../testing/return-fixture.ts'
import { decisionVerdict } from './decision-verdict.ts'

const DAY = 24 * HOUR
const MIDNIGHT = Date.parse('2026-11-22T00:00:00+08:00')

function refusals(bench: ReconcilerBench): (string | undefined)[] {
  return bench.events.flatMap(({ name, value }) => (name === 'payout.PayoutRefused' ? [value.reason] : []))
}

let bench: ReconcilerBench

/** A payout whose batch is closed with an unknown answer, on the day after. */
beforeEach(async () => {
  bench = new ReconcilerBench()
  bench.request(['p1', 'p2'])
  bench.answer('unknown', { final: true, code: 'PAY_DATE_PASSED' })
  await bench.run()
  bench.clock.at = NOON + DAY
})

describe('succeeded and failed', () => {
  it("a person's word is an outcome, with its evidence", async () => {
    bench.decide('succeeded')
    bench.decide('failed', { payoutId: 'p2', serial: 'p2' })
    await bench.run()
    expect(bench.said('p1')).toEqual(['1 unresolved', '2 succeeded'])
    expect(bench.said('p2')).toEqual(['1 unresolved', '2 failed'])
    expect(bench.events.at(-1)?.value).toMatchObject({
      reason: 'DECIDED',
      explanation: expect.stringContaining('Li Si'),
      evidence: { kind: 'decision', id: expect.stringMatching(/^payout\.commands\/3@\d+$/) },
    })
  })

  it('is taken after the last word, whatever signing is read behind it', async () => {
    bench.request(['p1', 'p2'], { signing: 2 })
    await bench.run()
    bench.decide('failed')
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', '2 failed'])
  })

  it('a notify that contradicts it is payout.mismatched', async () => {
    bench.decide('failed')
    await bench.run()
    bench.notify([{}])
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', '2 failed', '3 mismatched other-outcome'])
  })

  it('a decision against an outcome is a mismatch, and no second outcome', async () => {
    bench.notify([{}])
    bench.decide('failed')
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', '2 succeeded', '3 mismatched other-outcome'])
  })
})

describe('what is refused, and changes nothing', () => {
  it.each([
    ['DECISION_UNKNOWN_PAYOUT', { payoutId: 'nobody' }],
    ['DECISION_OTHER_SERIAL', { serial: 'p2' }],
    ['DECISION_OTHER_BATCH', { batchNo: OTHER_BATCH }],
    ['DECISION_TOO_EARLY', { lookedAt: MIDNIGHT - 1 }],
  ])('%s: %j', async (code, changes) => {
    for (const decision of ['failed', 'again'] as const) bench.decide(decision, changes)
    await bench.run()
    expect(refusals(bench)).toEqual([code, code])
    expect(bench.toSign).toEqual([])
    expect(bench.state()?.version).toBe(1)
  })

  it('before the end of the pay date in China, to the millisecond', async () => {
    bench.clock.at = MIDNIGHT - 1
    bench.decide('failed')
    await bench.run()
    expect(refusals(bench)).toEqual(['DECISION_TOO_EARLY'])
    bench.clock.at = MIDNIGHT
    bench.decide('failed', { lookedAt: MIDNIGHT })
    await bench.run()
    expect(bench.said().at(-1)).toBe('2 failed')
  })

  it('on the pay date, also where the clock of whoever looked is a day ahead', async () => {
    bench.clock.at = MIDNIGHT - 1
    for (const decision of ['failed', 'again'] as const) bench.decide(decision, { lookedAt: MIDNIGHT })
    await bench.run()
    expect(refusals(bench)).toEqual(['DECISION_TOO_EARLY', 'DECISION_TOO_EARLY'])
    expect(bench.toSign).toEqual([])
  })

  it('before the end of the pay date of its last signing, also where an earlier signing is read again', async () => {
    const open = new ReconcilerBench()
    open.request(['p1'], { signing: 2, payDate: '20261122' })
    open.request(['p1'])
    open.answer('unknown', { final: true, code: 'PAY_DATE_PASSED' })
    open.clock.at = MIDNIGHT
    for (const decision of ['failed', 'again'] as const) open.decide(decision)
    await open.run()
    expect(refusals(open)).toEqual(['DECISION_TOO_EARLY', 'DECISION_TOO_EARLY'])
    expect(open.toSign).toEqual([])
  })

  it('while egress may still send the batch', async () => {
    const open = new ReconcilerBench()
    open.request(['p1'])
    open.answer('unknown')
    open.clock.at = NOON + DAY
    open.decide('failed')
    open.decide('again')
    await open.run()
    expect(refusals(open)).toEqual(['DECISION_TOO_EARLY', 'DECISION_TOO_EARLY'])
    // That it was paid may be said at any time.
    open.decide('succeeded')
    await open.run()
    expect(open.said().at(-1)).toBe('2 succeeded')
  })

  it('"again" for what a bank has sent back: it had been paid, and would be paid twice', async () => {
    giveRows(bench, [returnRow('w1')])
    await bench.run()
    bench.decide('again')
    await bench.run()
    expect(refusals(bench)).toEqual(['DECISION_NOT_OPEN'])
    expect(bench.said()).toEqual(['1 unresolved', '2 returned', 'refused'])
  })

  it('"again" for what was accepted, or has an outcome', async () => {
    bench.notify([{ serial: 'p2' }])
    bench.request(['p3'], { batchNo: OTHER_BATCH })
    bench.answer('accepted', { batchNo: OTHER_BATCH })
    bench.decide('again', { payoutId: 'p2', serial: 'p2' })
    bench.decide('again', { payoutId: 'p3', serial: 'p3', batchNo: OTHER_BATCH })
    await bench.run()
    expect(refusals(bench)).toEqual(['DECISION_NOT_OPEN', 'DECISION_NOT_OPEN'])
  })

  it('the event id is that of the command, so a decision that is written twice is refused once', async () => {
    const source = { topic: 'payout.commands', partition: 3, offset: 77, line: 0, timestamp: NOON }
    bench.decide('again', { serial: 'x', source })
    bench.decide('again', { serial: 'x', source })
    await bench.run()
    const ids = bench.events.flatMap(({ name, value }) => (name === 'payout.PayoutRefused' ? [value.eventId] : []))
    expect([ids.length, new Set(ids).size]).toEqual([2, 1])
  })
})

describe('again', () => {
  it('BTN-3: a second batch number in the same lane, the same serial, for the day on which it is decided', async () => {
    bench.decide('again')
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', '2 resubmitted'])
    const [toSign] = bench.toSign
    expect(toSign).toMatchObject({
      partner: 'acme',
      notBefore: '20261122',
      signing: 1,
      reason: 'again',
      resubmission: true,
      payer: { email: 'pay@acme.example' },
      lines: [
        {
          payoutId: 'p1',
          serial: 'p1',
          payeeAccount: 'zhang@example.com',
          amountFen: 1_234,
          contentHash: 'hash',
          source: { topic: 'payout.commands', offset: 0 },
        },
      ],
    })
    expect(toSign?.batchNo).not.toBe(BATCH)
    expect(laneOf(toSign?.batchNo as Parameters<typeof laneOf>[0], LANES)).toBe(1)
    const [record] = bench.lane.records('gateway.to-sign')
    expect(record?.headers.ce_id).toBe(`acme/${toSign?.batchNo}/1`)
  })

  it('BTN-3: one decision has one second number, however often it is read; another decision has another', () => {
    const state = bench.state()
    const closed = { payDate: '20261121', signing: 1, signedAt: NOON, closed: true, lines: [] }
    const payer = { accountName: 'x', email: null, buyerAccountName: null }
    const [first, second] = [bench.decide('again'), bench.decide('again')].map(({ value }) => {
      return bench.codec.decode(value, ['gateway.GatewayDecision']).value
    })
    const numberOf = (decision = first) => {
      if (!decision) throw new Error('a decision')
      const at = { now: bench.clock.at, lanes: LANES }
      const verdict = decisionVerdict(decision, state, { ...closed, payer }, at)
      return 'finding' in verdict && verdict.finding.event === 'resubmitted' ? verdict.finding.batchNo : verdict
    }
    expect(numberOf(first)).toMatch(/^20261122001/)
    expect(numberOf(first)).toBe(numberOf(first))
    expect(numberOf(second)).not.toBe(numberOf(first))
  })

  it('two of them in one fetch send it once, and the second is refused by name', async () => {
    bench.decide('again')
    bench.decide('again')
    await bench.run()
    expect(bench.toSign).toHaveLength(1)
    expect(refusals(bench)).toEqual(['DECISION_OTHER_BATCH'])
  })

  it('one that names the second batch number before it is signed is refused, and halts nothing', async () => {
    bench.decide('again')
    await bench.run()
    const second = bench.toSign[0]?.batchNo ?? ''
    bench.decide('again', { batchNo: second })
    bench.decide('failed', { batchNo: second })
    await bench.run()
    expect(refusals(bench)).toEqual(['DECISION_TOO_EARLY', 'DECISION_TOO_EARLY'])
  })

  it('S5.5: a refusal of the second batch number leaves the payout unresolved; its notify ends it', async () => {
    bench.decide('again')
    await bench.run()
    const batchNo = bench.toSign[0]?.batchNo ?? ''
    bench.request(['p1'], { batchNo, resubmission: true, payDate: '20261122', signedAt: NOON + DAY })
    bench.answer('refused', { batchNo, resubmission: true })
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', '2 resubmitted', '3 unresolved'])
    bench.notify([{}], { batchNo })
    await bench.run()
    expect(bench.said().at(-1)).toBe('4 succeeded')
  })

  it('the timer of the first batch says nothing any more, that of the second does', async () => {
    bench.decide('again')
    await bench.run()
    const batchNo = bench.toSign[0]?.batchNo ?? ''
    bench.request(['p1'], { batchNo, resubmission: true, payDate: '20261122', signedAt: NOON + DAY })
    bench.clock.at = NOON + 2 * DAY
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', '2 resubmitted'])
    expect(bench.said('p2')).toEqual(['1 unresolved', '2 overdue'])
    bench.clock.at = NOON + 3 * DAY
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', '2 resubmitted', '3 overdue'])
  })

  it('S6.3: taken before a crash, it is taken again, and its request is sent, even where something came in between', async () => {
    bench.decide('again')
    bench.lane.beforeCommit = () => {
      throw new Error('the process ends')
    }
    await expect(bench.run()).rejects.toThrow('the process ends')
    expect(bench.toSign).toEqual([])
    bench.lane.beforeCommit = () => undefined
    // The first batch is told to have failed after all: it is read before the decision.
    bench.notify([{ result: 'F', reason: 'X' }])
    // And the day is over.
    bench.clock.at += DAY
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', '3 mismatched earlier-batch', '4 resubmitted'])
    expect(bench.toSign.map(({ notBefore }) => notBefore)).toEqual(['20261122'])
  })

  it('S6.3: after an outcome that came in between, nothing is sent again', async () => {
    bench.decide('again')
    bench.lane.beforeCommit = () => {
      throw new Error('the process ends')
    }
    await expect(bench.run()).rejects.toThrow('the process ends')
    bench.lane.beforeCommit = () => undefined
    bench.notify([{}])
    await bench.run()
    expect(bench.toSign).toEqual([])
    expect(bench.state()?.status).toBe('succeeded')
  })
})
