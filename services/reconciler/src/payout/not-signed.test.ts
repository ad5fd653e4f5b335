import { beforeEach, describe, expect, it } from 'vitest'
import { agreementCommand } from '../testing/agreement-bench.ts'
import { agreementsSaid, giveCommand, giveFileCommand, statesOf } from '../testing/lane-records.ts'
import { giveNotSigned, giveServiceNotSigned } from '../testing/not-signed-records.ts'
import { LINE } from '../testing/payout-line.ts'
import { BATCH, HOUR, NOON, OTHER_BATCH, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { notSignedFinding } from './not-signed.ts'

const DAY = 24 * HOUR
let bench: ReconcilerBench
beforeEach(() => {
  bench = new ReconcilerBench()
})

function last(payoutId = 'p1') {
  return bench.events.findLast(({ value }) => value.payoutId === payoutId)?.value
}

describe('a batch that can not be signed again', () => {
  it('was never attempted, so its payouts have failed, and are told why and how to go on', async () => {
    bench.request(['p1', 'p2'])
    giveNotSigned(bench, ['p1', 'p2'])
    await bench.run()
    for (const id of ['p1', 'p2']) expect(bench.said(id)).toEqual(['1 failed'])
    expect(last()).toMatchObject({
      reason: 'MAPI_CHARSET_CANNOT_HOLD',
      explanation: expect.stringMatching(/never sent.*U\+20BB7.*new id/),
      evidence: { kind: 'request', id: `${BATCH}/2`, source: { topic: 'gateway.commands' } },
    })
  })

  it('the lines that are not at fault go on under their new number', async () => {
    bench.request(['rare', 'p1'])
    giveNotSigned(bench, ['rare'])
    bench.request(['p1'], { batchNo: OTHER_BATCH, payDate: '20261122' })
    bench.answer('accepted', { batchNo: OTHER_BATCH })
    bench.notify([{}], { batchNo: OTHER_BATCH })
    await bench.run()
    expect(bench.said('rare')).toEqual(['1 failed'])
    expect(bench.said()).toEqual(['1 accepted', '2 succeeded'])
  })

  it('what the gateway says of the new number holds for them: a refusal is their failure', async () => {
    bench.request(['rare', 'p1'])
    giveNotSigned(bench, ['rare'])
    bench.request(['p1'], { batchNo: OTHER_BATCH, payDate: '20261122' })
    bench.answer('refused', { batchNo: OTHER_BATCH })
    await bench.run()
    expect(bench.said()).toEqual(['1 failed'])
    expect(bench.said('rare')).toEqual(['1 failed'])
  })

  it('nobody decides about the lines that are not at fault before their new number is known: they would be paid under it', async () => {
    bench.request(['rare', 'p1'])
    bench.answer('unknown')
    await bench.run()
    bench.clock.at = NOON + DAY
    // The new request was written with it, and is read later.
    giveNotSigned(bench, ['rare'])
    bench.request(['p1'], { batchNo: OTHER_BATCH, payDate: '20261122' })
    for (const decision of ['again', 'failed'] as const) bench.decide(decision)
    bench.lane.visible = bench.lane.topics.filter((topic) => topic !== 'gateway.requests')
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', 'refused', 'refused'])
    expect(last()).toMatchObject({ reason: 'DECISION_OTHER_BATCH' })
    expect(bench.toSign).toEqual([])
  })

  it('nobody decides about them before their new number is decided, either: markers come to one topic sooner than to another', async () => {
    bench.request(['rare', 'p1'])
    bench.answer('unknown')
    await bench.run()
    bench.clock.at = NOON + DAY
    giveNotSigned(bench, ['rare'])
    const { lane } = bench
    lane.decidedOf.set('gateway.requests', lane.records('gateway.requests').length)
    bench.request(['p1'], { batchNo: OTHER_BATCH, payDate: '20261122' })
    for (const decision of ['again', 'failed'] as const) bench.decide(decision)
    const { onIdle } = lane
    lane.onIdle = (session) => (lane.decidedOf.delete('gateway.requests') ? undefined : onIdle(session))
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', 'refused', 'refused'])
    expect(last()).toMatchObject({ reason: 'DECISION_OTHER_BATCH' })
    expect(bench.toSign).toEqual([])
  })

  it('a record that comes again says what it said', async () => {
    bench.request(['p1'])
    giveNotSigned(bench, ['p1'])
    await bench.run()
    giveNotSigned(bench, ['p1'])
    await bench.run()
    expect(bench.said()).toEqual(['1 failed'])
  })

  it.each([
    ['an answer', () => bench.answer('accepted')],
    ['an answer that nobody knows', () => bench.answer('unknown')],
    ['a notify of an unknown reading', () => bench.notify([], {}, { success: 'p1^broken' })],
  ])('a payout of which %s was heard does not fail by it', async (_what, hear) => {
    bench.request(['p1'])
    hear()
    giveNotSigned(bench, ['p1'])
    await bench.run()
    expect(bench.said().join()).not.toContain('failed')
    expect(bench.state()?.status).not.toBe('failed')
  })

  it('where a line of it was heard of, a person can end that one, though its neighbours went on under another number', async () => {
    bench.request(['rare', 'p1'])
    bench.notify([{ serial: 'rare', account: 'li@example.com' }])
    giveNotSigned(bench, ['rare'], { at: NOON + DAY })
    bench.request(['p1'], { batchNo: OTHER_BATCH, payDate: '20261122' })
    bench.clock.at = NOON + DAY
    await bench.run()
    expect(bench.said('rare')).toEqual(['1 mismatched other-account', '2 unresolved'])
    expect(last('rare')).toMatchObject({ standing: { closed: true } })
    bench.clock.at = NOON + 2 * DAY
    bench.decide('failed', { payoutId: 'rare', serial: 'rare' })
    bench.decide('again', { payoutId: 'p1' })
    await bench.run()
    expect(bench.said('rare').at(-1)).toBe('3 failed')
    // That one has a number under which it can be paid.
    expect(bench.events.map(({ value }) => 'reason' in value && value.reason)).toContain('DECISION_OTHER_BATCH')
    expect(bench.toSign).toEqual([])
  })

  it('a success that comes all the same contradicts it', async () => {
    bench.request(['p1'])
    giveNotSigned(bench, ['p1'])
    await bench.run()
    bench.notify([{}])
    await bench.run()
    expect(bench.said()).toEqual(['1 failed', '2 mismatched other-outcome'])
  })
})

describe('a line that a person sends again and that can not be signed', () => {
  async function again(): Promise<string> {
    bench.request(['p1'])
    bench.answer('unknown', { final: true, code: 'PAY_DATE_PASSED' })
    bench.clock.at = NOON + DAY
    bench.decide('again')
    await bench.run()
    const second = bench.toSign[0]?.batchNo ?? ''
    giveNotSigned(bench, ['p1'], { batchNo: second, resubmission: true, signing: 1, payDate: '20261122' })
    await bench.run()
    return second
  }

  it('is unresolved again, as the first batch may have been paid', async () => {
    await again()
    expect(bench.said()).toEqual(['1 unresolved', '2 resubmitted', '3 unresolved'])
    expect(last()).toMatchObject({
      reason: 'MAPI_CHARSET_CANNOT_HOLD',
      explanation: expect.stringContaining('decide again'),
    })
  })

  it('can be decided about again from the next day on', async () => {
    const second = await again()
    bench.decide('again', { batchNo: second })
    await bench.run()
    expect(last()).toMatchObject({ reason: 'DECISION_TOO_EARLY' })
    bench.clock.at = NOON + 2 * DAY
    bench.decide('again', { batchNo: second })
    await bench.run()
    expect(bench.said().at(-1)).toBe('4 resubmitted')
    expect(bench.toSign).toHaveLength(2)
    bench.notify([{}])
    await bench.run()
    expect(bench.said().at(-1)).toBe('5 succeeded')
  })
})

it('a second batch proves no failure, also where nothing is known of how the payout came to it', () => {
  const state = { status: 'signed', version: 0, batchNos: [BATCH], transitions: [] } as const
  const fault = { code: 'X', explanation: 'x' }
  const finding = (resubmission: boolean) =>
    notSignedFinding({ batchNo: BATCH, resubmission }, fault, { ...state, line: LINE })
  expect([true, false].map((resubmission) => finding(resubmission).event)).toEqual(['unresolved', 'failed'])
})

describe('other things that can not be signed', () => {
  const command = agreementCommand('sign', 'c1', 0)

  it('a form: its command ends, and what comes later is not touched', async () => {
    giveCommand(bench, command)
    await bench.run()
    const [form] = bench.asked('gateway.GatewayFormToSign')
    const { requestId = '', agreementId = '' } = form ?? {}
    const about = { service: 'sign_protocol_with_partner', agreementId }
    giveServiceNotSigned(bench, { ...about, requestId: '20261121001zzzzzzzzzzzzzzzzzzzzz' })
    await bench.run()
    expect(agreementsSaid(bench)).toEqual([])
    giveServiceNotSigned(bench, { ...about, requestId })
    giveServiceNotSigned(bench, { ...about, requestId })
    await bench.run()
    expect(agreementsSaid(bench)).toEqual(['2 Failed c1'])
    giveCommand(bench, agreementCommand('sign', 'c2', 1))
    await bench.run()
    expect(bench.asked('gateway.GatewayFormToSign').filter(({ withdrawn }) => !withdrawn)).toHaveLength(2)
  })

  it('a question: it is asked again after a pause', async () => {
    giveCommand(bench, agreementCommand('status', 'c1', 0))
    await bench.run()
    const [question] = bench.asked('gateway.GatewayServiceToSign')
    giveServiceNotSigned(bench, {
      requestId: question?.requestId ?? '',
      service: question?.service ?? '',
      agreementId: null,
    })
    await bench.run()
    bench.clock.at += HOUR
    await bench.run()
    expect(bench.asked('gateway.GatewayServiceToSign')).toHaveLength(2)
  })

  it('a return file: it is asked for again', async () => {
    giveFileCommand(bench, 'acme', '20261120')
    await bench.run()
    const [asked] = bench.asked('gateway.GatewayServiceToSign')
    giveServiceNotSigned(bench, { requestId: asked?.requestId ?? '', service: 'bptb_refund_file', agreementId: null })
    await bench.run()
    bench.clock.at += HOUR
    await bench.run()
    expect(bench.asked('gateway.GatewayServiceToSign')).toHaveLength(2)
    expect(statesOf(bench).size).toBe(1)
  })
})
