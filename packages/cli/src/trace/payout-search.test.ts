import { laneOf, makeBatchNo } from '@payout/mapi/values/batch-no'
import { chinaDate } from '@payout/mapi/values/china-time'
import type { LogRecord } from '@payout/runtime/event-log/port'
import { Codec } from '@payout/schemas/codec'
import type { TopicName } from '@payout/schemas/topics'
import { beforeEach, describe, expect, it } from 'vitest'
import { findPayout } from './payout-search.ts'
import { InMemoryTopics, LANES } from './testing/in-memory-topics.ts'

const codec = new Codec()
const T0 = Date.UTC(2026, 10, 21, 3, 20)

let shelf: InMemoryTopics
beforeEach(() => {
  shelf = new InMemoryTopics()
})

const batchNo = makeBatchNo({ payDate: chinaDate(T0), lane: 2, digest: Buffer.alloc(32, 7) })
const LANE = laneOf(batchNo, LANES)

function commandAt(partition: number, payoutId = 'po1', partner = 'shop', timestamp = T0): LogRecord {
  return shelf.write({ topic: 'payout.commands', partition, timestamp, key: 'any' }, 'payout.PayoutRequested', {
    payoutId,
    partner,
    payer: null,
    payeeAccount: 'a@example.com',
    payeeName: '毛毛',
    amountFen: 1234,
    memo: 'June',
    requestedAt: null,
  })
}

function gatewayPlace(topic: TopicName, timestamp: number, no: string = batchNo) {
  return { topic, partition: LANE, timestamp, key: `shop/${no}` }
}

function source({ topic, partition, offset, timestamp }: LogRecord) {
  return { topic, partition, offset, line: 0, timestamp }
}

/** All that becomes of one payout, among somebody else's. */
function wholeStory(commandPartition: number): void {
  const command = commandAt(commandPartition)
  const line = (payoutId: string, serial: string) => ({
    payoutId,
    serial,
    payeeAccount: `${payoutId}@example.com`,
    payeeName: '毛毛',
    amountFen: 1234,
    memo: 'June',
    contentHash: 'h',
    source: source(command),
    claimedAt: T0,
  })
  shelf.write(gatewayPlace('gateway.requests', T0 + 10), 'gateway.GatewayRequest', {
    partner: 'shop',
    service: 'batch_trans_notify_no_pwd',
    batchNo,
    payDate: '20261121',
    signing: 1,
    charset: 'gbk',
    body: Buffer.from('partner=2088123412341234&sign=SECRETSIGN'),
    payer: { accountName: '店', email: 'payer@example.com', buyerAccountName: null },
    lines: [line('other', 'other'), line('po1', 'po1')],
    signedAt: T0 + 9,
    cause: null,
    resubmission: false,
  })
  const attempt = { partner: 'shop', batchNo, attempts: 1, request: null, code: null, forgetAt: null }
  shelf.write(gatewayPlace('gateway.attempts', T0 + 20), 'gateway.GatewayAttempt', {
    ...attempt,
    state: 'in_doubt',
    at: T0,
  })
  shelf.write(gatewayPlace('gateway.answers', T0 + 40), 'gateway.GatewayAnswer', {
    partner: 'shop',
    batchNo,
    payDate: '20261121',
    attempt: 1,
    outcome: 'accepted',
    code: null,
    final: true,
    resubmission: false,
    httpStatus: 200,
    body: Buffer.from('<alipay><is_success>T</is_success></alipay>'),
    sentAt: T0 + 25,
    answeredAt: T0 + 35,
  })
  const details =
    'other^other@example.com^毛毛^99.99^S^^20261121^20261121112000|po1^po1@example.com^毛毛^12.34^S^^20261122^20261121112000|'
  shelf.write(gatewayPlace('gateway.notifies', T0 + 60), 'gateway.GatewayNotify', {
    partner: 'shop',
    batchNo,
    notifyId: 'n1',
    contentHash: 'h',
    body: Buffer.from(`pay_user_id=2088123412341234&success_details=${encodeURIComponent(details)}&sign=SECRETSIGN`),
    contentType: null,
    charset: 'utf-8',
    key: '0',
    receivedAt: T0 + 55,
  })
  shelf.write(
    { topic: 'payout.events', partition: 'shop/po1'.length % LANES, timestamp: T0 + 80, key: 'shop/po1' },
    'payout.PayoutSucceeded',
    {
      eventId: 'e1',
      payoutId: 'po1',
      partner: 'shop',
      version: 1,
      occurredAt: T0,
      seenAt: T0,
      evidence: {
        kind: 'notify',
        id: 'n1',
        source: { topic: 'gateway.notifies', partition: LANE, offset: 0, line: 1, timestamp: T0 + 60 },
      },
      batchNo,
      serial: 'po1',
      amountFen: 1234,
      standing: { status: 'succeeded', final: true, closed: true, mismatches: [], returned: false },
      alipaySerial: '20261122',
      completedAt: T0,
    },
  )
}

describe('the story of a payout', () => {
  it('is told from command to event, in order, with the place of each record', async () => {
    wholeStory('po1'.length % LANES)
    const story = await findPayout(shelf, codec, { payoutId: 'po1' })
    expect(story?.entries.map(({ step, place }) => [step, place])).toEqual([
      ['command', 'payout.commands/3@0'],
      ['signed request', `gateway.requests/${LANE}@0`],
      ['attempt', `gateway.attempts/${LANE}@0`],
      ['answer', `gateway.answers/${LANE}@0`],
      ['notify', `gateway.notifies/${LANE}@0`],
      ['event succeeded', 'payout.events/0@0'],
    ])
    expect(story?.subject).toEqual({ partner: 'shop', payoutId: 'po1', serial: 'po1' })
    expect(story?.lastBatchNo).toBe(batchNo)
    expect(story?.hasOutcome).toBe(true)
  })

  it('finds a command that another key has placed elsewhere', async () => {
    wholeStory(1)
    const story = await findPayout(shelf, codec, { payoutId: 'po1' })
    expect(story?.entries[0]?.place).toBe('payout.commands/1@0')
  })

  it('shows neither keys nor partner ids, and no other payee of the batch', async () => {
    wholeStory(3)
    const story = await findPayout(shelf, codec, { payoutId: 'po1' })
    const text = JSON.stringify(story)
    expect(text).not.toMatch(/2088|SECRETSIGN|other@example\.com/)
    expect(text).not.toContain('99.99')
    expect(text).toContain('12.34 yuan paid')
  })

  it("reads one partition of each gateway topic, the batch's lane", async () => {
    wholeStory(3)
    await findPayout(shelf, codec, { payoutId: 'po1', partner: 'shop' })
    const lanes = shelf.readFrom.filter(({ topic }) => topic.startsWith('gateway.')).map(({ partition }) => partition)
    expect(new Set(lanes)).toEqual(new Set([LANE]))
    expect(shelf.readFrom.filter(({ topic }) => topic === 'payout.events')).toHaveLength(1)
  })

  it('is told as far as it goes: a command that waits, a request without events', async () => {
    commandAt(3)
    const paymentSentences = await findPayout(shelf, codec, { payoutId: 'po1' })
    expect(paymentSentences?.entries.map(({ step }) => step)).toEqual(['command'])
    shelf = new InMemoryTopics()
    wholeStory(3)
    shelf.records.splice(2)
    const signed = await findPayout(shelf, codec, { payoutId: 'po1' })
    expect(signed?.entries.map(({ step }) => step)).toEqual(['command', 'signed request'])
    expect(signed?.hasOutcome).toBe(false)
  })

  it('asks whose payout is meant where several partners have one of the id', async () => {
    commandAt(3, 'po1', 'shop')
    commandAt(3, 'po1', 'store')
    await expect(findPayout(shelf, codec, { payoutId: 'po1' })).rejects.toThrow(
      /name one with --partner \(shop, store\)/,
    )
    const story = await findPayout(shelf, codec, { payoutId: 'po1', partner: 'store' })
    expect(story?.subject.partner).toBe('store')
  })

  it('knows nothing of an id that nobody asked for, and refuses what is no id', async () => {
    wholeStory(3)
    expect(await findPayout(shelf, codec, { payoutId: 'po2' })).toBeUndefined()
    await expect(findPayout(shelf, codec, { payoutId: 'no id' })).rejects.toThrow(/is no payout id/)
  })

  it('tells that a bank sent it back, and nothing of the other rows of the file', async () => {
    wholeStory(3)
    const row = {
      payeeAccount: '6222',
      bank: '中国工商银行',
      province: '浙江省',
      city: '杭州市',
      branch: '',
      amountFen: 1234,
      corporate: false,
      memo: '',
      returnedAt: T0,
      reason: '账户不存在',
    }
    const file = { batchNo, fileDate: '20261121', fileHash: 'ab' }
    const rows = shelf.write(gatewayPlace('gateway.answers', T0 + 90), 'gateway.GatewayReturnRows', {
      ...file,
      partner: 'shop',
      requestId: 'r1',
      readAt: T0,
      rows: [
        { ...row, serial: 'other', payeeName: '别人', withdrawalSerial: 'W1' },
        { ...row, serial: 'po1', payeeName: '毛毛', withdrawalSerial: 'W2' },
      ],
    })
    shelf.write(
      { topic: 'payout.events', partition: 'shop/po1'.length % LANES, timestamp: T0 + 95, key: 'shop/po1' },
      'payout.PayoutReturned',
      {
        ...file,
        eventId: 'e2',
        payoutId: 'po1',
        partner: 'shop',
        version: 2,
        occurredAt: T0,
        seenAt: T0,
        evidence: { kind: 'return_file', id: 'ab', source: source(rows) },
        serial: 'po1',
        withdrawalSerial: 'W2',
        amountFen: 1234,
        returnedAt: T0,
        reason: '账户不存在',
        standing: { status: 'succeeded', final: true, closed: true, mismatches: [], returned: true },
      },
    )
    const story = await findPayout(shelf, codec, { payoutId: 'po1' })
    expect(story?.entries.slice(-2).map(({ step }) => step)).toEqual(['return file', 'event returned'])
    expect(JSON.stringify(story)).not.toMatch(/别人|W1/)
  })

  it('passes over what it cannot read', async () => {
    wholeStory(3)
    shelf.records.push({
      topic: 'payout.commands',
      partition: 3,
      offset: 9,
      timestamp: T0,
      key: null,
      value: Buffer.from('?'),
      headers: {},
    })
    expect((await findPayout(shelf, codec, { payoutId: 'po1' }))?.entries).toHaveLength(6)
  })
})
