import { type BatchNo, laneOf, makeBatchNo } from '@payout/mapi/values/batch-no'
import { chinaDate } from '@payout/mapi/values/china-time'
import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import { Codec } from '@payout/schemas/codec'
import type { PayoutMismatched } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import type { TopicName } from '@payout/schemas/topics'
import { beforeEach, describe, expect, it } from 'vitest'
import { findNumber, findPlace } from './number-search.ts'
import { storiesAt, storiesOf } from './stories.ts'
import { InMemoryTopics, LANES } from './testing/in-memory-topics.ts'

const codec = new Codec()
const T0 = Date.UTC(2026, 10, 21, 3, 20)
const batchNo = makeBatchNo({ payDate: chinaDate(T0), lane: 2, digest: Buffer.alloc(32, 7) })
const STRANGE = '20261121elsewhere' as BatchNo
const OUR_TRANSFER = '2026112100001'
const STRAY_TRANSFER = '2026112100777'

let shelf: InMemoryTopics
let log: EventLog
let request: LogRecord
let notify: LogRecord
let stray: LogRecord

function place(topic: TopicName, timestamp: number, no: BatchNo = batchNo, partner = 'shop') {
  return { topic, partition: laneOf(no, LANES), timestamp, key: `${partner}/${no}` }
}

function source({ topic, partition, offset, timestamp }: LogRecord) {
  return { topic, partition, offset, line: 0, timestamp }
}

function notifyOf(no: BatchNo, notifyId: string, success: string, at: number, partner = 'shop'): LogRecord {
  return shelf.write(place('gateway.notifies', at, no, partner), 'gateway.GatewayNotify', {
    partner,
    batchNo: no,
    notifyId,
    contentHash: 'h',
    body: Buffer.from(`pay_user_id=2088123412341234&success_details=${encodeURIComponent(success)}&sign=SECRETSIGN`),
    contentType: null,
    charset: 'utf-8',
    key: '0',
    receivedAt: at,
  })
}

function mismatched(of: LogRecord, changes: Partial<PayoutMismatched>): void {
  const value = {
    eventId: `e${of.offset}${changes.mismatch}`, payoutId: null, partner: 'shop', version: null, occurredAt: T0, seenAt: T0,
    evidence: { kind: 'notify', id: 'n1', source: source(of) }, batchNo, serial: null, mismatch: 'unknown-serial', expected: null, reported: null,
    ...changes,
  } as PayoutMismatched // biome-ignore format: one event
  shelf.write(
    { topic: 'payout.events', partition: 1, timestamp: T0 + 90, key: `shop/${batchNo}` },
    'payout.PayoutMismatched',
    value,
  )
}

beforeEach(() => {
  shelf = new InMemoryTopics()
  log = shelf as unknown as EventLog
  const command = shelf.write({ topic: 'payout.commands', partition: 0, timestamp: T0, key: 'x' }, 'payout.PayoutRequested', {
    payoutId: 'Po-1', partner: 'shop', payer: null, payeeAccount: 'a@example.com', payeeName: '毛毛', amountFen: 1_234, memo: 'June', requestedAt: null,
  }) // biome-ignore format: one command
  const line = (payoutId: string, serial: string) => ({
    payoutId, serial, payeeAccount: `${serial}@example.com`, payeeName: '毛毛', amountFen: 1_234, memo: 'June', contentHash: 'h', source: source(command), claimedAt: T0,
  }) // biome-ignore format: one line
  request = shelf.write(place('gateway.requests', T0 + 10), 'gateway.GatewayRequest', {
    partner: 'shop', service: 'batch_trans_notify_no_pwd', batchNo, payDate: '20261121', signing: 1, charset: 'gbk',
    body: Buffer.from('partner=2088123412341234&sign=SECRETSIGN'), payer: { accountName: '店', email: 'payer@example.com', buyerAccountName: null },
    lines: [line('Po-1', 'serialofpo1'), line('po2', 'po2')], signedAt: T0 + 9, cause: null, resubmission: false,
  }) // biome-ignore format: one request
  notify = notifyOf(
    batchNo,
    'n1',
    `serialofpo1^a@example.com^毛毛^12.34^S^^${OUR_TRANSFER}^20261121112000|nobody^b@example.com^李四^99.00^S^^${STRAY_TRANSFER}^20261121112000|`,
    T0 + 60,
  )
  stray = notifyOf(STRANGE, 'n2', '1^b@example.com^李四^5.00^S^^555^20261121112000|', T0 + 70)
  mismatched(notify, { serial: 'nobody', reported: 'nobody' })
  mismatched(stray, { mismatch: 'unknown-batch', batchNo: STRANGE, reported: STRANGE })
})

const steps = (entries: readonly { readonly step: string }[] = []) => entries.map(({ step }) => step)
const words = (entries: readonly { readonly says: readonly string[] }[] = []) =>
  entries.flatMap(({ says }) => says).join('\n')

describe('a batch number', () => {
  it('finds all that was sent and heard under it, with the payouts in it', async () => {
    const found = await findNumber(log, codec, { id: batchNo })
    expect(found).toMatchObject({ partner: 'shop', what: 'batch number', payoutIds: ['Po-1', 'po2'] })
    expect(steps(found?.entries)).toEqual(['signed request', 'notify', 'event mismatched'])
    expect(words(found?.entries)).toContain('payout po2, serial po2: pay 12.34 yuan to 毛毛 (po2@example.com)')
    expect(words(found?.entries)).not.toMatch(/SECRETSIGN|2088\d{4}/)
  })

  it('that none of ours has finds the notify that named it', async () => {
    const [story] = await storiesOf(log, codec, STRANGE, {})
    expect(story).toMatchObject({ title: `shop/${STRANGE}`, more: 'batch number, no payout of ours' })
    expect(steps(story?.entries)).toEqual(['notify', 'event mismatched'])
    expect(words(story?.entries)).toContain('S: 5.00 yuan to 李四 (b@example.com) paid')
  })

  it('of several partners needs one named', async () => {
    notifyOf(STRANGE, 'n3', '', T0, 'other')
    await expect(findNumber(log, codec, { id: STRANGE })).rejects.toThrow(
      'several partners have a batch number 20261121elsewhere: name one with --partner (other, shop)',
    )
    expect(await findNumber(log, codec, { id: STRANGE, partner: 'other' })).toMatchObject({ partner: 'other' })
  })
})

describe('a serial', () => {
  it.each([OUR_TRANSFER, 'serialofpo1'])('%s finds the story of its payout', async (id) => {
    const [story, ...others] = await storiesOf(log, codec, id, {})
    expect(others).toEqual([])
    expect(story).toMatchObject({ title: `shop/${id}`, more: 'a serial of payout Po-1' })
    expect(steps(story?.entries)).toEqual(['command', 'signed request', 'notify'])
  })

  it.each([STRAY_TRANSFER, 'nobody'])('%s of no payout of ours finds what was reported', async (id) => {
    const [story] = await storiesOf(log, codec, id, {})
    expect(story?.more).toBe('serial, no payout of ours')
    expect(steps(story?.entries)).toEqual(['notify', 'event mismatched'])
    expect(words(story?.entries)).toContain(`Alipay's serial ${STRAY_TRANSFER}`)
  })

  it('that a return file names finds its row', async () => {
    shelf.write(place('gateway.answers', T0 + 99, STRANGE), 'gateway.GatewayReturnRows', {
      partner: 'shop', requestId: 'r1', batchNo: STRANGE, fileDate: '20261121', fileHash: 'f'.repeat(64), readAt: T0,
      rows: [{ serial: 'uploaded9', payeeName: '李四', payeeAccount: '62220000', bank: '工行', province: '', city: '', branch: '', amountFen: 500, corporate: false, memo: '', withdrawalSerial: 'w9', returnedAt: T0, reason: '销户' }],
    }) // biome-ignore format: one row
    const [story] = await storiesOf(log, codec, 'uploaded9', {})
    expect(words(story?.entries)).toContain('serial uploaded9: 5.00 yuan to 李四')
  })

  it.each(['n1', 'n2'])('or the id of the notify %s', async (id) => {
    const [story] = await storiesOf(log, codec, id, {})
    expect(steps(story?.entries)).toContain('notify')
  })

  it('that nobody has finds nothing', async () => {
    for (const id of ['2026112199999', 'nothing', '20261121nothing'])
      expect(await storiesOf(log, codec, id, {})).toEqual([])
  })
})

describe("a record's place", () => {
  it('shows the record whole, and the story that it belongs to', async () => {
    const [record, story] = await storiesAt(log, codec, placeOf({ ...request, topic: 'gateway.requests' }), {})
    expect(record).toMatchObject({ more: 'a record by itself' })
    expect(words(record?.entries)).toContain('line 2, payout po2, serial po2')
    expect(story?.more).toBe('batch number, of payouts Po-1, po2')
  })

  it.each(['payout.events/1@0', 'gateway.notifies/2@0', 'payout.commands/0@0'])('%s is told', async (at) => {
    const [record] = await storiesAt(log, codec, at, {})
    expect(record?.entries).toHaveLength(1)
    expect(record?.entries[0]?.says.join('')).not.toBe('')
  })

  it('of what no release can read tells so', async () => {
    shelf.records.push({
      topic: 'payout.commands.dlq',
      partition: 0,
      offset: 0,
      timestamp: T0,
      key: null,
      value: Buffer.from('odd'),
      headers: {},
    })
    expect(await findPlace(log, codec, 'payout.commands.dlq/0@0')).toMatchObject({
      entry: { record: null, says: ['3 bytes that are no record of this release'] }, named: undefined,
    }) // biome-ignore format: one thing
  })

  it.each([
    ['gateway.requests/9@0', 'gateway.requests has 4 partitions, from 0'],
    ['gateway.requests/2@7', 'nothing stands at gateway.requests/2@7'],
    ['gateway.nowhere/1@7', 'is no place'],
    ['shop@example.com', 'is no place'],
  ])('%s: %s', async (at, message) => {
    await expect(storiesAt(log, codec, at, {})).rejects.toThrow(message)
  })
})
