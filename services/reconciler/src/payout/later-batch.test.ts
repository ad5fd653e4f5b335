import { LINE_FAILURES } from '@payout/mapi/notify/line-reasons'
import { escapeUnprintable } from '@payout/mapi/text/printable-text'
import type { PayoutUnresolved } from '@payout/schemas/generated/records'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { PayoutLine } from '../payout-state/payout-state.ts'
import { giveRows, sendAgain } from '../testing/lane-records.ts'
import { BATCH, HOUR, NOON, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { returnRow } from '../testing/return-fixture.ts'
import { provedByLine } from './later-batch.ts'

const DAY = 24 * HOUR

let bench: ReconcilerBench
/** The second batch number. */
let second: string

/** A payout that a person has sent again; its second request is signed. */
beforeEach(async () => {
  bench = new ReconcilerBench()
  second = await sendAgain(bench)
})

/** What comes after the payout was sent again. */
const since = () => bench.said().slice(2)
const unresolved = () =>
  bench.events.flatMap(({ name, value }): PayoutUnresolved[] => (name === 'payout.PayoutUnresolved' ? [value] : []))

describe('S5.5: after a second submission a failure needs a reason that is known to mean "not paid"', () => {
  it.each(['流水号重复', '商户流水号重复', 'duplicate serial', 'NEW_CODE', 'SYSTEM_ERROR', 'USER_SERIAL_NO_ERROR', 'BATCH_NO_NOT_UNIQUE', 'NOT_ENOUGH_AMOUNT', '用户撤销', 'NO_REASON', 'DECIDED', 'receive_user_not_exist', 'Receive_User_Not_Exist', ' RECEIVE_USER_NOT_EXIST', 'RECEIVE_USER_NOT_EXIST ', 'RECEIVE_USER_NOT_EXIST:流水号重复', 'RECEIVE_USER_NOT_EXIST,USER_SERIAL_NO_REPEATE', 'ＲＥＣＥＩＶＥ_USER_NOT_EXIST', 'RECEIVE_USER_NOT_EXIST\u200b', 'constructor', '__proto__'])('S5.5: F for %j leaves it unresolved, and tells the way out', async (reason) => {
    bench.answer('accepted', { batchNo: second, resubmission: true })
    bench.notify([{ result: 'F', reason }], { batchNo: second })
    await bench.run()
    expect(since()).toEqual(['3 accepted', '4 unresolved'])
    expect(unresolved().at(-1)).toMatchObject({
      reason: 'FAILURE_NOT_PROVEN',
      explanation: expect.stringMatching(/earlier batch has paid it.*p1.*npm run decide/),
    })
    expect(unresolved().at(-1)?.explanation).toContain(escapeUnprintable(reason.trim()))
    expect(bench.state()?.status).toBe('unresolved')
  }) // biome-ignore format: a table

  it('S5.5: F without a reason leaves it unresolved', async () => {
    for (const reason of [null, 'null']) bench.notify([{ result: 'F', reason }], { batchNo: second })
    await bench.run()
    expect(since()).toEqual(['3 unresolved'])
    expect(unresolved().at(-1)?.reason).toBe('FAILURE_NOT_PROVEN')
  })

  it.each(['USER_SERIAL_NO_REPEATE', 'TRANS_NO_NOT_UNIQUE'])(
    'S5.5: F for %s leaves it unresolved under its own name, also after the batch was taken',
    async (reason) => {
      bench.answer('accepted', { batchNo: second, resubmission: true })
      bench.notify([{ result: 'F', reason }], { batchNo: second })
      await bench.run()
      expect(since()).toEqual(['3 accepted', '4 unresolved'])
      expect(unresolved().at(-1)).toMatchObject({ reason })
    },
  )

  it.each([...LINE_FAILURES.keys()])('F for %s is a failure', async (reason) => {
    bench.notify([{ result: 'F', reason }], { batchNo: second })
    await bench.run()
    expect(since()).toEqual(['3 failed'])
  })

  it('any other text than the known codes is no failure, whatever it is', () => {
    const payout = { batchNos: ['b1', 'b2', 'b3'], line: { serial: 's' } as PayoutLine }
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...LINE_FAILURES.keys())), (reason) => {
        const failed = { event: 'failed', reason, explanation: 'e' } as const
        const known = LINE_FAILURES.has(reason)
        for (const batchNo of ['b2', 'b3'])
          expect(provedByLine(failed, batchNo, payout).event).toBe(known ? 'failed' : 'unresolved')
        // The guard of the outcome knows what an earlier number is worth.
        expect(provedByLine(failed, 'b1', payout)).toBe(failed)
      }),
    )
  })

  it('a first submission fails by any reason, as before: nothing of it went out earlier', async () => {
    const first = new ReconcilerBench()
    first.request(['p1'])
    first.notify([{ result: 'F', reason: '流水号重复' }])
    await first.run()
    expect(first.said()).toEqual(['1 failed'])
  })

  it('a person who has looked it up ends it', async () => {
    bench.answer('accepted', { batchNo: second, resubmission: true })
    bench.notify([{ result: 'F', reason: '流水号重复' }], { batchNo: second })
    await bench.run()
    bench.clock.at = NOON + 2 * DAY
    bench.decide('succeeded', { batchNo: BATCH })
    await bench.run()
    expect(since()).toEqual(['3 accepted', '4 unresolved', '5 succeeded'])
  })

  it('a person may send it a third time, and the third batch is judged the same', async () => {
    bench.answer('accepted', { batchNo: second, resubmission: true })
    bench.notify([{ result: 'F', reason: '流水号重复' }], { batchNo: second })
    await bench.run()
    bench.clock.at = NOON + 2 * DAY
    bench.decide('again', { batchNo: second })
    await bench.run()
    const batchNo = bench.toSign[1]?.batchNo ?? ''
    bench.request(['p1'], { batchNo, resubmission: true, payDate: '20261123', signedAt: NOON + 2 * DAY })
    bench.notify([{ result: 'F', reason: '流水号重复' }], { batchNo })
    await bench.run()
    expect(since()).toEqual(['3 accepted', '4 unresolved', '5 resubmitted', '6 unresolved'])
    bench.notify([{ result: 'F', reason: 'RECEIVE_USER_NOT_EXIST' }], { batchNo: second })
    await bench.run()
    expect(since().at(-1)).toBe('7 mismatched earlier-batch')
  })

  it('S under either number ends it; a failure of the other one is a mismatch then', async () => {
    bench.notify([{ result: 'F', reason: '流水号重复' }], { batchNo: second })
    bench.notify([{}])
    bench.notify([{ result: 'F', reason: 'RECEIVE_USER_NOT_EXIST' }], { batchNo: second })
    bench.notify([{ result: 'F', reason: 'RECEIVE_USER_NOT_EXIST' }])
    await bench.run()
    expect(since()).toEqual(['3 unresolved', '4 succeeded', '5 mismatched other-outcome', '6 mismatched other-outcome'])
  })

  it('what a bank has sent back does not fail, by whatever reason', async () => {
    giveRows(bench, [returnRow('w1')])
    await bench.run()
    bench.notify([{ result: 'F', reason: 'RECEIVE_USER_NOT_EXIST' }], { batchNo: second })
    bench.notify([{ result: 'F', reason: '流水号重复' }], { batchNo: second })
    await bench.run()
    expect(since()).toEqual(['3 returned', '4 mismatched other-outcome', '5 unresolved'])
  })

  it.each(['RECEIVE_USER_NOT_EXIST', 'ILLEGAL_SIGN', 'NOT_ENOUGH_AMOUNT', 'NEW_CODE'])(
    'S5.5: the answer %s to the second batch is no failure',
    async (code) => {
      bench.answer('refused', { batchNo: second, resubmission: true, code })
      await bench.run()
      expect(since()).toEqual(['3 unresolved'])
    },
  )
})
