import { setTimeout as sleep } from 'node:timers/promises'
import { laneOf } from '@payout/mapi/values/batch-no'
import { LogUnavailableError, PublisherFullError } from '@payout/runtime/event-log/errors'
import { describe, expect, it } from 'vitest'
import { form, notifyBody, notifyFields, signed, testPartner } from '../testing/alipay-notify.ts'
import { LANES, NOW, type Stage, stage } from '../testing/stage.ts'

const shop = testPartner('MD5', 'utf-8')
const body = notifyBody(shop)
/** The same notify, sent again. */
const again = notifyBody(shop, { notify_time: '2009-08-12 11:10:32' })

/** The answers' bodies. */
async function texts(responses: readonly (Response | Promise<Response>)[]): Promise<string[]> {
  return Promise.all(responses.map(async (response) => (await response).text()))
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(1)
}

describe('the order of things', () => {
  it('BTN-12: forged traffic costs no outgoing call and no question to Redis', async () => {
    const { post, gateway, storedNotifies } = await stage()
    let asked = 0
    storedNotifies.has = async () => {
      asked += 1
      return true
    }
    const forged = form({ ...signed('MD5', notifyFields('utf-8')), batch_no: '20080107002' })
    expect(await texts([post(forged), post(forged)])).toEqual(['fail', 'fail'])
    expect(gateway.asked).toEqual([])
    expect(asked).toBe(0)
  })

  it('BTN-12: asks Alipay by GET with service, partner and notify_id, before anything is stored', async () => {
    const { post, gateway, publisher } = await stage()
    let storedWhenAsked = -1
    gateway.answer((_request, response) => {
      storedWhenAsked = publisher.records.length
      response.end('true')
    })
    await post(body)
    expect(gateway.asked).toEqual([
      'GET /gateway.do?service=notify_verify&partner=2088002464631181&notify_id=70fec0c2730b27528665af4517c27b95',
    ])
    expect(storedWhenAsked).toBe(0)
  })

  it('BTN-13: gives `success` only after Kafka has acknowledged', async () => {
    const { post, publisher, storedNotifies } = await stage()
    const acknowledged = deferred()
    let appending = false
    publisher.before = () => {
      appending = true
      return acknowledged.promise
    }
    let answered = false
    const answer = post(body).then((response) => {
      answered = true
      return response.text()
    })
    await until(() => appending)
    await sleep(50)
    expect(answered).toBe(false)
    expect(storedNotifies.keys.size).toBe(0)
    acknowledged.resolve()
    expect(await answer).toBe('success')
    expect(storedNotifies.keys.size).toBe(1)
  })

  it('writes one record into the lane of the batch, with its headers', async () => {
    const { post, publisher } = await stage()
    await post(body)
    const [record] = publisher.records
    const [notify] = publisher.notifies
    expect(record).toMatchObject({ topic: 'gateway.notifies', key: 'shop/20080107001' })
    expect(record?.partition).toBe(laneOf(notify?.batchNo as Parameters<typeof laneOf>[0], LANES))
    expect(record?.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: `notify/shop/70fec0c2730b27528665af4517c27b95/${notify?.contentHash}`,
      ce_type: 'gateway.notify',
      ce_source: '/test/gateway-ingress',
      ce_subject: 'shop/20080107001',
      ce_time: new Date(NOW).toISOString(),
      'content-type': 'application/avro',
    })
  })
})

describe('a notify that comes again', () => {
  it('BTN-13: was stored before: `success` at once, nothing asked, nothing stored', async () => {
    const { post, gateway, publisher, metrics } = await stage()
    expect(await texts([await post(body), await post(again), await post(again)])).toEqual(Array(3).fill('success'))
    expect(gateway.asked).toHaveLength(1)
    expect(publisher.records).toHaveLength(1)
    expect(metrics.lines).toEqual([
      'asked confirmed',
      'accepted shop stored',
      'accepted shop stored-before',
      'accepted shop stored-before',
    ])
  })

  it('S2.6: with the same notify_id and other content is new evidence, asked about and stored', async () => {
    const { post, gateway, publisher } = await stage()
    await post(body)
    await post(notifyBody(shop, { fail_details: '0315002^a@b.cn^x^1.00^F^^200810248427068^20081024143652|' }))
    expect(gateway.asked).toHaveLength(2)
    expect(publisher.records).toHaveLength(2)
    expect(new Set(publisher.records.map(({ headers }) => headers.ce_id)).size).toBe(2)
  })

  it('S2.6: for another partner is another notify, whatever it has in common with the first', async () => {
    const partners = [shop, testPartner('MD5', 'utf-8', 'second')]
    const { post, publisher } = await stage({ partners })
    expect(await texts([await post(body), await post(body, { alias: 'second' })])).toEqual(['success', 'success'])
    expect(publisher.notifies.map(({ partner }) => partner)).toEqual(['shop', 'second'])
    expect(new Set(publisher.records.map(({ headers }) => headers.ce_id)).size).toBe(2)
  })

  it('BTN-14: several at once are asked about and stored once, and none is answered before Kafka has it', async () => {
    const { post, gateway, publisher, metrics } = await stage()
    const acknowledged = deferred()
    publisher.before = () => acknowledged.promise
    const answers = [post(body), post(again), post(body), post(again)]
    let answered = 0
    for (const answer of answers) void answer.then(() => (answered += 1))
    await until(() => gateway.asked.length > 0)
    await sleep(50)
    expect(answered).toBe(0)
    acknowledged.resolve()
    expect(await texts(answers)).toEqual(Array(4).fill('success'))
    expect(gateway.asked).toHaveLength(1)
    expect(publisher.records).toHaveLength(1)
    expect(metrics.lines.filter((line) => line === 'accepted shop stored')).toHaveLength(1)
  })

  it('BTN-14: several at once get no `success` when the first is not stored, and the next one is stored', async () => {
    const { post, publisher } = await stage()
    const failing = deferred()
    publisher.before = async () => {
      await failing.promise
      throw new Error('Kafka is away')
    }
    const answers = [post(body), post(again)]
    await sleep(50)
    failing.resolve()
    expect(await texts(answers)).toEqual(['fail', 'fail'])
    publisher.before = async () => {}
    expect(await texts([post(again)])).toEqual(['success'])
    expect(publisher.records).toHaveLength(1)
  })

  it("BTN-14: is answered with `success` where Alipay's `false` means that another instance has just acknowledged it", async () => {
    const { post, gateway, publisher, storedNotifies, metrics } = await stage()
    await post(body)
    const [key = ''] = storedNotifies.keys
    storedNotifies.keys.clear()
    gateway.answer((_request, response) => {
      storedNotifies.keys.add(key)
      response.end('false')
    })
    expect(await texts([post(again)])).toEqual(['success'])
    expect(publisher.records).toHaveLength(1)
    expect(metrics.lines.slice(2)).toEqual(['asked denied', 'accepted shop stored-before'])
  })
})

describe('what stands in the way of `success`', () => {
  async function refused(how: (stage: Stage) => void, reason: string, status: number): Promise<Stage> {
    const on = await stage()
    how(on)
    const response = await on.post(body)
    expect([response.status, await response.text()]).toEqual([status, 'fail'])
    expect(response.headers.has('retry-after')).toBe(status === 503)
    expect(on.metrics.lines.at(-1)).toBe(`refused ${reason}`)
    expect(on.publisher.records).toEqual([])
    expect(on.storedNotifies.keys.size).toBe(0)
    return on
  }

  for (const answer of ['false', 'invalid', 'TRUE', 'untrue', 'true!', '', '\ufefftrue', 'true\u00a0', '<p>true</p>']) {
    it(`BTN-12: Alipay answers ${JSON.stringify(answer)}`, async () => {
      await refused(({ gateway }) => gateway.answer((_, response) => void response.end(answer)), 'not-confirmed', 400)
    })
  }

  it('BTN-12: Alipay is not reached', async () => {
    await refused(
      ({ gateway }) => gateway.answer((request) => void request.socket.destroy()),
      'verification-unavailable',
      503,
    )
  })

  for (const [error, reason] of [
    [new LogUnavailableError('no'), 'log-unavailable'],
    [new PublisherFullError(1), 'overloaded'],
  ] as const) {
    it(`BTN-14: the event log refuses with ${error.code}; the same notify is stored later`, async () => {
      const on = await refused(
        ({ publisher }) => {
          publisher.before = async () => {
            throw error
          }
        },
        reason,
        503,
      )
      on.publisher.before = async () => {}
      expect(await texts([on.post(again)])).toEqual(['success'])
      expect(on.publisher.records).toHaveLength(1)
    })
  }

  it('BTN-14: Kafka is away from the start; the service answers, and stores once Kafka is there', async () => {
    const on = await refused(({ kafka }) => (kafka.away = true), 'log-unavailable', 503)
    expect(await on.app.ready()).toBe(false)
    on.kafka.away = false
    expect(await texts([on.post(body)])).toEqual(['success'])
    expect(await on.app.ready()).toBe(true)
  })

  it('S7.1: Redis away is no reason: each delivery goes to Kafka', async () => {
    const { post, storedNotifies, publisher, metrics } = await stage()
    storedNotifies.away = true
    expect(await texts([await post(body), await post(again)])).toEqual(['success', 'success'])
    expect(publisher.records).toHaveLength(2)
    expect(new Set(publisher.records.map(({ headers }) => headers.ce_id)).size).toBe(1)
    expect(metrics.lines.filter((line) => line.startsWith('redisFailed'))).toHaveLength(4)
  })
})
