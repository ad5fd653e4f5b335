import { laneOfReturnedBatch, laneOfReturnFiles } from '@payout/mapi/return-file/lane'
import { chinaDate } from '@payout/mapi/values/china-time'
import { makeRequestId } from '@payout/mapi/values/request-id'
import type { LogRecord } from '@payout/runtime/event-log/port'
import { Codec } from '@payout/schemas/codec'
import { beforeEach, describe, expect, it } from 'vitest'
import { findReturn } from './return-search.ts'
import { InMemoryTopics, LANES } from './testing/in-memory-topics.ts'

const codec = new Codec()
const T0 = Date.UTC(2026, 10, 21, 3, 20)
const FILE_LANE = laneOfReturnFiles('shop', LANES)
const REQUEST = makeRequestId({ day: chinaDate(T0), lane: FILE_LANE, about: ['file', 1] })
const BATCH = 'november-wages'
const ROW_LANE = laneOfReturnedBatch(BATCH, LANES)
const HASH = 'ab'.repeat(32)

let shelf: InMemoryTopics
beforeEach(() => {
  shelf = new InMemoryTopics()
})

function source({ topic, partition, offset, timestamp }: LogRecord, line = 0) {
  return { topic, partition, offset, line, timestamp }
}

function row(serial: string, withdrawalSerial: string, payeeName: string) {
  return {
    serial,
    withdrawalSerial,
    payeeName,
    payeeAccount: '6222020200000001',
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
}

function rowsOf(partner: string, withdrawal = 'W1'): LogRecord {
  return shelf.write(
    { topic: 'gateway.answers', partition: ROW_LANE, timestamp: T0 + 40, key: `${partner}/${BATCH}` },
    'gateway.GatewayReturnRows',
    {
      partner,
      batchNo: BATCH,
      requestId: REQUEST,
      fileDate: '20261120',
      fileHash: HASH,
      readAt: T0,
      rows: [row('s1', withdrawal, '毛毛'), row('s2', 'W2', '别人')],
    },
  )
}

/** All that becomes of one row of a return file. */
function wholeStory(): void {
  const command = shelf.write(
    { topic: 'payout.commands', partition: 3, timestamp: T0, key: 'any' },
    'payout.ReturnFileRequested',
    { partner: 'shop', date: '20261120', requestedAt: null },
  )
  const lane = (
    topic: 'gateway.commands' | 'gateway.to-sign' | 'gateway.requests' | 'gateway.attempts' | 'gateway.answers',
    after: number,
  ) => ({
    topic,
    partition: FILE_LANE,
    timestamp: T0 + after,
    key: `shop/${REQUEST}`,
  })
  shelf.write(lane('gateway.commands', 10), 'gateway.GatewayReturnFileCommand', {
    partner: 'shop',
    fileDate: '20261120',
    source: source(command),
  })
  const service = { partner: 'shop', requestId: REQUEST, service: 'bptb_refund_file', sendBefore: T0 + 60_000 }
  const cause = shelf.write(lane('gateway.to-sign', 15), 'gateway.GatewayServiceToSign', {
    ...service,
    parameters: [{ name: 'date', value: '20261120' }],
  })
  shelf.write(lane('gateway.requests', 20), 'gateway.GatewayServiceRequest', {
    ...service,
    charset: 'gbk',
    body: Buffer.from('partner=2088123412341234&sign=SECRETSIGN'),
    signedAt: T0 + 20,
    cause: source(cause),
  })
  const attempt = { partner: 'shop', batchNo: REQUEST, attempts: 1, request: null, code: null, forgetAt: null, at: T0 }
  shelf.write(lane('gateway.attempts', 25), 'gateway.GatewayAttempt', { ...attempt, state: 'in_doubt' })
  shelf.write(lane('gateway.answers', 39), 'gateway.GatewayServiceAnswer', {
    partner: 'shop',
    requestId: REQUEST,
    service: 'bptb_refund_file',
    attempt: 1,
    outcome: 'accepted',
    code: null,
    final: true,
    httpStatus: 200,
    contentType: 'application/octet-stream',
    body: null,
    file: {
      fileDate: '20261120',
      hash: HASH,
      size: 99,
      rows: 2,
      totalFen: 2468,
      setAside: 0,
      problems: [],
      problemCount: 0,
    },
    sentAt: T0,
    answeredAt: T0 + 30,
  })
  const rows = rowsOf('shop')
  const common = { partner: 'shop', occurredAt: T0, seenAt: T0 }
  shelf.write({ topic: 'payout.events', partition: 0, timestamp: T0 + 50, key: 'any' }, 'payout.PayoutReturned', {
    ...common,
    eventId: 'e1',
    payoutId: null,
    version: null,
    evidence: { kind: 'return_file', id: HASH, source: source(rows) },
    batchNo: BATCH,
    serial: 's1',
    withdrawalSerial: 'W1',
    amountFen: 1234,
    returnedAt: T0,
    reason: '账户不存在',
    fileDate: '20261120',
    fileHash: HASH,
    standing: null,
  })
  shelf.write({ topic: 'payout.events', partition: 1, timestamp: T0 + 51, key: 'any' }, 'payout.PayoutReturnFileRead', {
    ...common,
    eventId: 'e2',
    fileDate: '20261120',
    evidence: { kind: 'return_file', id: HASH, source: source(rows) },
    fileHash: HASH,
    rows: 2,
    totalFen: 2468,
    setAside: 0,
    problems: [],
    problemCount: 0,
  })
}

describe('the story of a payout that came back', () => {
  it('MAPI-17: is found by its withdrawal serial, from the command for the file to the event', async () => {
    wholeStory()
    const story = await findReturn(shelf, codec, { withdrawalSerial: 'W1' })
    expect(story?.subject).toEqual({ partner: 'shop', withdrawalSerial: 'W1' })
    expect(story?.entries.map(({ step }) => step)).toEqual([
      'command',
      'checked command',
      'to be signed',
      'signed request',
      'attempt',
      'answer',
      'return file',
      'event returned',
      'event return file read',
    ])
    const text = JSON.stringify(story)
    expect(text).toContain('12.34 yuan to 毛毛')
    expect(text).not.toMatch(/2088|SECRETSIGN|别人|W2/)
  })

  it('shows what contradicts: a mismatch that its row has caused', async () => {
    const rows = rowsOf('shop')
    const mismatch = (eventId: string, line: number) =>
      shelf.write({ topic: 'payout.events', partition: 0, timestamp: T0 + 50, key: 'any' }, 'payout.PayoutMismatched', {
        eventId,
        payoutId: null,
        partner: 'shop',
        version: null,
        occurredAt: T0,
        seenAt: T0,
        evidence: { kind: 'return_file', id: HASH, source: source(rows, line) },
        batchNo: BATCH,
        serial: 's1',
        mismatch: 'other-return',
        expected: '12.00',
        reported: '12.34',
        moneyMoved: true,
        amountFen: 1234,
        alipaySerial: 'W1',
        standing: null,
      })
    mismatch('e1', 0)
    mismatch('e2', 1)
    const story = await findReturn(shelf, codec, { withdrawalSerial: 'W1' })
    expect(story?.entries.map(({ step }) => step)).toEqual(['return file', 'event mismatched'])
  })

  it('asks whose it is where several partners have one of the serial; knows nothing of another', async () => {
    rowsOf('shop')
    rowsOf('store')
    await expect(findReturn(shelf, codec, { withdrawalSerial: 'W1' })).rejects.toThrow(/--partner \(shop, store\)/)
    expect((await findReturn(shelf, codec, { withdrawalSerial: 'W1', partner: 'store' }))?.subject.partner).toBe(
      'store',
    )
    expect(await findReturn(shelf, codec, { withdrawalSerial: 'W9' })).toBeUndefined()
  })
})
