/** The life of a payout, for each sign type, form of signature and charset. */
import { serialOf } from '@payout/mapi/values/serial'
import { EVERY_DEMO_PARTNER } from '@payout/sandbox/alipay/partners/testing/every-demo-partner'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ask, askBatch, batch, payout } from '../system/actors/commands.ts'
import { batchNoOf } from '../system/event-watch.ts'
import { answersOf, notifiesOf, recordsOf, requestsOf } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'

const PARTNERS = EVERY_DEMO_PARTNER.map(({ alias, charset, signType }) => ({ alias, charset, signType }))

/** Names that not every charset holds: the second is in GBK and not in GB2312, the third in neither. */
const NAMES = { gb2312: '常炜', gbk: '朱镕基', 'utf-8': '𠮷野' } as const

/** Keys of events with the partition among seven that Kafka's own Java client gives them. */
const JAVA_PARTITIONS: readonly (readonly [key: string, partition: number])[] = [
  ['shop-md5-utf8/one-shop-md5-utf8', 6],
  ['shop-rsa-utf8/one-shop-rsa-utf8', 2],
  ['shop-dsa-utf8/one-shop-dsa-utf8', 4],
  ['shop-md5-gbk/one-shop-md5-gbk', 6],
  ['shop-rsa-gbk/one-shop-rsa-gbk', 3],
  ['shop-dsa-gbk/one-shop-dsa-gbk', 4],
  ['shop-dsa-der-gb2312/one-shop-dsa-der-gb2312', 0],
]

let system: System

beforeAll(async () => {
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    partners: EVERY_DEMO_PARTNER,
    keyPartitions: 7,
  })
  // A notify may be faster than the answer, and then the answer is no news.
  await system.gateway.control({ action: 'hold-notifies', hold: true })
  await Promise.all(
    PARTNERS.map(async ({ alias, charset }) => {
      const name = NAMES[charset]
      await ask(system, payout(`one-${alias}`, { partner: alias, payeeName: name, amountFen: 12_34, memo: '八月工资' }))
      await askBatch(
        system,
        alias,
        batch(
          alias,
          [
            { payoutId: `first-${alias}`, payeeName: name },
            { payoutId: `second-${alias}`, payeeAccount: 'fail.RECEIVE_USER_NOT_EXIST@example.com' },
            { payoutId: `third-${alias}`, amountFen: 1, memo: '' },
          ],
          `branch@${alias}.example.com`,
        ),
      )
    }),
  )
  const wanted = 4 * PARTNERS.length
  await system.events.until(() => system.events.seen.length === wanted, `${wanted} payouts are accepted`)
  await system.gateway.control({ action: 'hold-notifies', hold: false })
  await system.events.until(() => system.events.outcomes().size === wanted, `${wanted} payouts have an outcome`)
}, 180_000)

afterAll(() => system?.stop(), 60_000)

describe.each(PARTNERS)('$alias', ({ alias, charset }) => {
  it('MAPI-8, MAPI-10: a payout is signed, taken, notified, and ends in one outcome', () => {
    expect(system.events.story(`one-${alias}`)).toEqual(['accepted', 'succeeded'])
    expect(system.events.of(`one-${alias}`).map(({ value }) => 'version' in value && value.version)).toEqual([1, 2])
  })

  it('BTN-2, BTN-6: a batch goes under one number from the account that it names, each line with its own outcome', async () => {
    expect(system.events.story(`first-${alias}`)).toEqual(['accepted', 'succeeded'])
    expect(system.events.story(`second-${alias}`)).toEqual(['accepted', 'failed'])
    expect(system.events.story(`third-${alias}`)).toEqual(['accepted', 'succeeded'])
    expect(system.events.of(`second-${alias}`).at(-1)?.value).toMatchObject({ reason: 'RECEIVE_USER_NOT_EXIST' })
    const books = (await system.gateway.books()).filter((entry) => entry.alias === alias)
    const composed = books.filter(({ payer }) => payer === `branch@${alias}.example.com`)
    expect(composed.map(({ serial }) => serial)).toEqual(
      ['first', 'second', 'third'].map((id) => serialOf(`${id}-${alias}`)),
    )
    expect(new Set(composed.map(({ batchNo }) => batchNo)).size).toBe(1)
    const single = books.filter(({ payer }) => payer === `payer@${alias}.example.com`)
    expect(single.map(({ serial }) => serial)).toEqual([serialOf(`one-${alias}`)])
  })

  it("MAPI-6: names reach Alipay's books in the charset of the partner, whole", async () => {
    const entry = (await system.gateway.books()).find(({ serial }) => serial === serialOf(`one-${alias}`))
    expect(entry).toMatchObject({ name: NAMES[charset], amountFen: 12_34, memo: '八月工资', paid: true })
    const notify = (await notifiesOf(system)).find(({ partner }) => partner === alias)
    expect(notify?.charset).toBe(charset)
  })
})

it('MAPI-16: the answer is recorded and named as the evidence of payout.accepted', async () => {
  const answers = await recordsOf(system, 'gateway.answers')
  for (const { alias } of PARTNERS) {
    const [accepted] = system.events.of(`one-${alias}`)
    const evidence = accepted?.value.evidence
    const batchNo = batchNoOf(accepted)
    expect(evidence).toMatchObject({
      kind: 'answer',
      id: `${batchNo}/1`,
      source: { topic: 'gateway.answers', line: 0 },
    })
    const source = answers.find(
      ({ partition, offset }) => partition === evidence?.source.partition && offset === evidence.source.offset,
    )
    expect(source?.key?.toString()).toBe(`${alias}/${batchNo}`)
  }
})

it("BTN-11: the notify is the evidence of the outcome, with Alipay's own serial and time", async () => {
  const books = new Map((await system.gateway.books()).map((entry) => [entry.serial, entry]))
  const notifies = new Map((await system.gateway.notifies()).map((notify) => [notify.notifyId, notify]))
  for (const { alias } of PARTNERS) {
    const event = system.events.of(`one-${alias}`)[1]
    const value = event?.value
    expect(value?.evidence).toMatchObject({ kind: 'notify', source: { topic: 'gateway.notifies' } })
    expect(notifies.get(value?.evidence.id ?? '')).toMatchObject({ alias, batchNo: batchNoOf(event) })
    const entry = books.get(serialOf(`one-${alias}`))
    // The wire has whole seconds.
    const completedAt = Math.floor((entry?.finishedAt ?? 0) / 1_000) * 1_000
    expect(value).toMatchObject({ alipaySerial: entry?.alipaySerial, completedAt, amountFen: 12_34 })
  }
})

it('MAPI-17: request, answer and notify of a payout are on record under its batch number', async () => {
  const [requests, answers, notifies] = [await requestsOf(system), await answersOf(system), await notifiesOf(system)]
  for (const event of system.events.seen.filter(({ type }) => type === 'payout.succeeded')) {
    const { value } = event
    const isIts = (record: { partner: string; batchNo: string }) =>
      record.partner === value.partner && record.batchNo === batchNoOf(event)
    const request = requests.filter(isIts)
    expect(request).toHaveLength(1)
    expect(request[0]?.lines.map(({ payoutId }) => payoutId)).toContain(value.payoutId)
    expect(answers.filter(isIts)).toMatchObject([{ outcome: 'accepted', attempt: 1, final: true, httpStatus: 200 }])
    expect(notifies.filter(isIts)).toHaveLength(1)
  }
})

it('events carry CloudEvents headers, and the key of partner and payout', () => {
  for (const { value, type, record } of system.events.seen) {
    const subject = `${value.partner}/${value.payoutId}`
    expect(record.key?.toString()).toBe(subject)
    expect(record.headers).toMatchObject({
      ce_specversion: '1.0',
      ce_id: value.eventId,
      ce_type: type,
      ce_source: `/${system.namespace}/reconciler`,
      ce_subject: subject,
      ce_time: new Date(value.occurredAt).toISOString(),
      'content-type': 'application/avro',
    })
  }
  expect(new Set(system.events.seen.map(({ value }) => value.eventId)).size).toBe(system.events.seen.length)
})

it("events stand in the partition that Java's client would choose", () => {
  const places = system.events.seen.map(({ record }) => [record.key?.toString(), record.partition] as const)
  for (const [key, partition] of JAVA_PARTITIONS) {
    expect(places.filter(([found]) => found === key)).toEqual([
      [key, partition],
      [key, partition],
    ])
  }
})

it.each(['shop-md5-utf8', 'shop-rsa-gbk', 'shop-dsa-gb2312'])(
  'MAPI-6, BTN-2: 1,000 of the longest lines go from command to event for %s',
  async (partner) => {
    const lines = Array.from({ length: 1_000 }, (_, index) => ({
      payoutId: `${partner}.${String(index).padStart(4, '0')}:`.padEnd(64, 'X'),
      payeeAccount: `ok.${index}.`.padEnd(88, 'x').concat('@example.com'),
      payeeName: '炜'.repeat(128),
      amountFen: 100_000_000,
      memo: '资'.repeat(100),
    }))
    await askBatch(system, partner, batch(partner, lines, null))
    const outcomes = () =>
      system.events.seen.filter(
        ({ value, type }) => value.payoutId?.startsWith(`${partner}.`) && type === 'payout.succeeded',
      )
    await system.events.until(() => outcomes().length === 1_000, `the batch of ${partner} has all its outcomes`)
    expect(new Set(outcomes().map(batchNoOf)).size).toBe(1)
    const request = (await requestsOf(system)).find(({ batchNo }) => batchNo === batchNoOf(outcomes()[0]))
    expect(request?.lines.map(({ payoutId }) => payoutId)).toEqual(lines.map(({ payoutId }) => payoutId))
    expect(request?.body.length).toBeGreaterThan(1_400_000)
  },
  120_000,
)

it('nothing was paid twice, and nobody was sent a second time', async () => {
  expect((await system.gateway.summary()).paidTwice).toEqual([])
  expect((await system.gateway.requests()).filter(({ attempt }) => attempt > 1)).toEqual([])
})
