/** A person's word about a payout that nobody else can end. */
import { chinaDate, startOfChinaDate } from '@payout/mapi/values/china-time'
import type { PayoutDecided } from '@payout/schemas/generated/records'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ask, askBatch, batch, decide, payout } from '../system/actors/commands.ts'
import { moveClock } from '../system/clock.ts'
import { batchNoOf } from '../system/event-watch.ts'
import { answersOf, requestFor, requestsOf } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

const SHOP = 'shop-md5-utf8'
const OPEN = 'shop-rsa-gbk'
const DAY_MS = 24 * 3_600_000
const IDS = ['again', 'again2', 'failed', 'succeeded', 'late'] as const

let system: System
let batchNo = ''
let openBatchNo = ''

beforeAll(async () => {
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    env: { RESEND_DELAY_MAX: '500ms', BREAKER_UNKNOWNS: '10000' },
  })
  await system.gateway.control({ action: 'force-answer', code: 'TRANS_NO_NOT_UNIQUE', alias: SHOP })
  await system.gateway.control({ action: 'force-fault', fault: 'request-lost', alias: OPEN, times: 100_000 })
  await askBatch(
    system,
    'unresolved',
    batch(
      SHOP,
      IDS.map((payoutId) => ({ payoutId })),
    ),
  )
  await ask(system, payout('open', { partner: OPEN }))
  await system.events.until(
    () => [...IDS, 'open'].every((id) => system.events.story(id).includes('unresolved')),
    'all are unresolved',
  )
  await ask(system, payout('paid'))
  await system.events.until(() => system.events.story('paid').includes('succeeded'), 'one is paid')
  batchNo = (await requestFor(system, 'again'))?.batchNo ?? ''
  openBatchNo = (await requestFor(system, 'open'))?.batchNo ?? ''
}, 180_000)

afterAll(() => system?.stop(), 60_000)

function word(payoutId: string, content: Partial<PayoutDecided> = {}): PayoutDecided {
  return {
    payoutId,
    partner: SHOP,
    decision: 'failed',
    batchNo,
    serial: payoutId,
    lookedAt: Date.now(),
    lookedWhere: "Alipay's console",
    alipaySaid: 'no such transfer',
    decidedBy: 'Chen Li',
    reason: 'nothing was paid',
    ...content,
  }
}

/** Writes a decision and gives the refusal that comes of it. */
async function refusalOf(decision: PayoutDecided) {
  const refusals = () => system.events.of(decision.payoutId).filter(({ type }) => type === 'payout.refused')
  const before = refusals().length
  const story = system.events.story(decision.payoutId).length
  await decide(system, decision)
  await system.events.until(() => refusals().length > before, `the decision about ${decision.payoutId} is refused`)
  expect(system.events.story(decision.payoutId)).toHaveLength(story + 1)
  return refusals().at(-1)?.value
}

describe('on the day of payment', () => {
  it.each<[what: string, decision: () => PayoutDecided, reason: string, why: string]>([
    ['failed', () => word('failed'), 'DECISION_TOO_EARLY', 'end of its pay date'],
    ['again', () => word('again', { decision: 'again' }), 'DECISION_TOO_EARLY', 'end of its pay date'],
    [
      'failed, while the gateway may still be asked',
      () => word('open', { partner: OPEN, batchNo: openBatchNo }),
      'DECISION_TOO_EARLY',
      'may still be asked',
    ],
    ['another serial', () => word('failed', { serial: 'other' }), 'DECISION_OTHER_SERIAL', 'serial is'],
    ['another batch', () => word('failed', { batchNo: openBatchNo }), 'DECISION_OTHER_BATCH', 'last batch number is'],
    ['an unknown payout', () => word('nobody'), 'DECISION_UNKNOWN_PAYOUT', 'no request is known'],
    ['an unknown partner', () => word('failed', { partner: 'nobody' }), 'INVALID_DECISION', 'no partner of this alias'],
    ['what is no batch number', () => word('failed', { batchNo: '-' }), 'INVALID_DECISION', 'no batch number'],
    ['nobody who decided', () => word('failed', { decidedBy: ' ' }), 'INVALID_DECISION', 'decidedBy is empty'],
    ['nothing that Alipay said', () => word('failed', { alipaySaid: '' }), 'INVALID_DECISION', 'alipaySaid is empty'],
    [
      'a look in the future',
      () => word('failed', { lookedAt: Date.now() + DAY_MS }),
      'INVALID_DECISION',
      'lies in the future',
    ],
  ])('%s is refused and changes nothing', async (_what, decision, reason, why) => {
    const explanation = expect.stringContaining(why)
    expect(await refusalOf(decision())).toMatchObject({ reason, explanation, heldBy: null })
  })

  it('succeeded ends the payout at once, with the decision as evidence', async () => {
    await decide(system, word('succeeded', { decision: 'succeeded', alipaySaid: 'paid', reason: 'seen in the books' }))
    await system.events.until(() => system.events.story('succeeded').includes('succeeded'), 'it is decided')
    expect(system.events.story('succeeded')).toEqual(['unresolved', 'succeeded'])
    expect(system.events.of('succeeded').at(-1)?.value).toMatchObject({
      version: 2,
      alipaySerial: null,
      evidence: { kind: 'decision' },
    })
  })
})

describe('on the day after', () => {
  let shift = 0
  const later = (payoutId: string, content: Partial<PayoutDecided> = {}) =>
    word(payoutId, { lookedAt: Date.now() + shift, ...content })

  beforeAll(async () => {
    // A minute into the next day in China, whatever time it is.
    shift = await moveClock(system, (now) => startOfChinaDate(chinaDate(now + DAY_MS)) + 60_000 - now, {
      RESEND_DELAY_MAX: '500ms',
    })
    await until(
      async () => (await answersOf(system)).some(({ code }) => code === 'PAY_DATE_PASSED'),
      'the open batch is given up',
    )
    await system.gateway.control({ action: 'hold-notifies', hold: true })
  }, 120_000)

  it("a look into Alipay's books before the day was over is refused", async () => {
    expect(await refusalOf(later('failed', { lookedAt: Date.now() }))).toMatchObject({ reason: 'DECISION_TOO_EARLY' })
  })

  it('again for what has an outcome is refused, and failed for it is a contradiction', async () => {
    const paidBatch = (await requestFor(system, 'paid'))?.batchNo ?? ''
    expect(await refusalOf(later('paid', { decision: 'again', batchNo: paidBatch }))).toMatchObject({
      reason: 'DECISION_NOT_OPEN',
    })
    await decide(system, later('paid', { batchNo: paidBatch }))
    await system.events.until(() => system.events.story('paid').includes('mismatched'), 'it is reported')
    expect(system.events.outcomes().get(`${SHOP}/paid`)).toEqual(['payout.succeeded'])
  })

  it('failed ends a payout that is unresolved, also one whose batch was given up at midnight', async () => {
    await decide(system, later('failed'))
    await decide(system, later('open', { partner: OPEN, batchNo: openBatchNo }))
    await system.events.until(
      () => ['failed', 'open'].every((id) => system.events.story(id).includes('failed')),
      'both are failed',
    )
    for (const id of ['failed', 'open']) {
      expect(system.events.of(id).at(-1)?.value).toMatchObject({ reason: 'DECIDED', evidence: { kind: 'decision' } })
    }
  })

  it('BTN-15: a late notify that contradicts a decision is payout.mismatched', async () => {
    await decide(system, later('late'))
    await system.events.until(() => system.events.story('late').includes('failed'), 'it is decided')
    await system.gateway.control({
      action: 'send-notify',
      alias: SHOP,
      url: `${system.ingressUrl}/notify/${SHOP}`,
      batchNo,
      successDetails: 'late^ok@example.com^常炜^1.00^S^^202611210000000009^20261121120000|',
    })
    await system.events.until(() => system.events.story('late').includes('mismatched'), 'it is reported')
    expect(system.events.of('late').at(-1)?.value).toMatchObject({
      mismatch: 'other-outcome',
      expected: 'failed',
      reported: 'succeeded',
    })
    expect(system.events.outcomes().get(`${SHOP}/late`)).toEqual(['payout.failed'])
  })

  it('BTN-3: again pays under a second batch number with the same serial', async () => {
    await decide(system, later('again', { decision: 'again' }))
    await system.events.until(() => system.events.story('again').includes('accepted'), 'the second batch is taken')
    expect(await refusalOf(later('again', { decision: 'again' }))).toMatchObject({ reason: 'DECISION_OTHER_BATCH' })
    const second = batchNoOf(system.events.of('again').find(({ type }) => type === 'payout.resubmitted')) ?? ''
    expect(second).not.toBe(batchNo)
    expect(await refusalOf(later('again', { decision: 'again', batchNo: second }))).toMatchObject({
      reason: 'DECISION_TOO_EARLY',
    })
    await system.gateway.control({ action: 'hold-notifies', hold: false })
    await system.events.until(() => system.events.story('again').includes('succeeded'), 'it is paid')
    expect(system.events.story('again').filter((one) => one !== 'refused')).toEqual([
      'unresolved',
      'resubmitted',
      'accepted',
      'succeeded',
    ])
    const books = (await system.gateway.books()).filter(({ serial }) => serial === 'again')
    expect(books.map((entry) => entry.batchNo)).toEqual([second])
    const request = (await requestsOf(system)).find((one) => one.batchNo === second)
    expect(request).toMatchObject({ resubmission: true, signing: 1, payDate: chinaDate(Date.now() + shift) })
    expect(request?.lines.map(({ payoutId, serial }) => [payoutId, serial])).toEqual([['again', 'again']])
  })

  it('BTN-9: a refusal of the second batch number leaves the payout unresolved', async () => {
    await system.gateway.control({ action: 'force-answer', code: 'ILLEGAL_ARGUMENT', alias: SHOP })
    await decide(system, later('again2', { decision: 'again' }))
    const story = () => system.events.story('again2')
    await system.events.until(() => story().length === 3, 'the refusal is reported')
    expect(story()).toEqual(['unresolved', 'resubmitted', 'unresolved'])
    expect(system.events.of('again2').at(-1)?.value).toMatchObject({ reason: 'ILLEGAL_ARGUMENT' })
  })
})
