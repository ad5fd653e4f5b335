/** Notifies that are wrong, doubled or contradict what was asked for. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Forgery } from '@payout/sandbox/alipay/notify/forged-notify'
import type { DemoPartner } from '@payout/sandbox/alipay/partners/sandbox-partners'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { inFlight } from '../crash/in-flight.ts'
import { ask, askBatch, batch, payout } from '../system/actors/commands.ts'
import { md5Notify, notifyFields, postNotify } from '../system/actors/md5-notify.ts'
import { metricOf } from '../system/admin.ts'
import { batchNoOf } from '../system/event-watch.ts'
import { notifiesOf, requestFor } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

const PARTNERS: readonly DemoPartner[] = [
  { alias: 'shop-md5-utf8', signType: 'MD5', charset: 'utf-8' },
  { alias: 'other-md5-utf8', signType: 'MD5', charset: 'utf-8' },
  { alias: 'shop-rsa-gbk', signType: 'RSA', charset: 'gbk' },
  { alias: 'shop-dsa-gb2312', signType: 'DSA', charset: 'gb2312' },
]
const SHOP = 'shop-md5-utf8'

let system: System

beforeAll(async () => {
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    partners: PARTNERS,
    env: { INGRESS_BODY_TIMEOUT: '1s', NOTIFY_VERIFY_TIMEOUT: '1s' },
    // Two minutes, the first pause before Alipay sends again, take half a second.
    sandbox: { timeScale: 240 },
  })
}, 180_000)

afterAll(() => system?.stop(), 60_000)

function ingress() {
  const [process] = system.services['gateway-ingress']
  if (process === undefined) throw new Error('there is no ingress')
  return process
}

/** What can be counted from outside: refusals of a reason, notifies that were taken in, questions to Alipay. */
async function counted(reason: string) {
  const calls = await system.gateway.requests()
  return {
    refusals: await metricOf(ingress(), 'ingress_refusals_total', `reason="${reason}"`),
    stored: (await notifiesOf(system)).length,
    questions: calls.filter(({ service }) => service === 'notify_verify').length,
  }
}

/** What comes of a notify that must be refused: it is counted by its reason, and nothing of it is stored. */
async function refusedFor(reason: string, send: () => Promise<{ status: number; body: string } | undefined>) {
  const before = await counted(reason)
  const answer = await send()
  const after = await until(
    async () => {
      const now = await counted(reason)
      return now.refusals > before.refusals && now
    },
    `a refusal is counted as ${reason}`,
    20_000,
  )
  expect(answer?.body ?? '').not.toContain('success')
  expect(after.refusals).toBe(before.refusals + 1)
  expect(after.stored).toBe(before.stored)
  return { answer, questions: after.questions - before.questions }
}

const FORGERIES: readonly (readonly [forgery: Forgery, alias: string, reason: string])[] = [
  ['bad-signature', SHOP, 'bad-signature'],
  ['bad-signature', 'shop-rsa-gbk', 'bad-signature'],
  ['bad-signature', 'shop-dsa-gb2312', 'bad-signature'],
  ['wrong-key', SHOP, 'bad-signature'],
  ['wrong-key', 'shop-rsa-gbk', 'bad-signature'],
  ['wrong-key', 'shop-dsa-gb2312', 'bad-signature'],
  ['unsigned', SHOP, 'bad-signature'],
  ['duplicate-name', SHOP, 'duplicate-name'],
  // Content types arrive malformed, so only the bytes count: JSON is a form of one strange name, and unsigned.
  ['not-a-form', SHOP, 'bad-signature'],
]

describe('refused before Alipay is asked', () => {
  it.each(FORGERIES)('BTN-12: %s to %s is counted as %s, without an outgoing call', async (forgery, alias, reason) => {
    const { answer, questions } = await refusedFor(reason, async () => {
      const { answers } = await system.gateway.control({
        action: 'forge-notify', alias, forgery, url: `${system.ingressUrl}/notify/${alias}`, batchNo: '20261121001',
      }) // biome-ignore format: one thing after another
      return answers?.[0]
    })
    expect(answer).toEqual({ status: 400, body: 'fail' })
    expect(questions).toBe(0)
  })

  it("BTN-12: another partner's key", async () => {
    const body = md5Notify(system, 'other-md5-utf8', notifyFields())
    const { answer, questions } = await refusedFor('bad-signature', () => postNotify(system, SHOP, body))
    expect(answer?.status).toBe(400)
    expect(questions).toBe(0)
  })

  it.each(['sign=%zz', 'sign=%e5%b', '=1', 'a%3Db=1'])('BTN-10: a body that is no form: "%s"', async (body) => {
    const { answer, questions } = await refusedFor('not-a-form', () => postNotify(system, SHOP, body))
    expect(answer).toMatchObject({ status: 400, body: 'fail' })
    expect(questions).toBe(0)
  })

  it('BTN-10: a body that is too large', async () => {
    const body = md5Notify(system, SHOP, notifyFields({ success_details: '0'.repeat(5 * 1024 * 1024) }))
    // The connection may be closed before all of it was sent.
    const { questions } = await refusedFor('too-large', () => postNotify(system, SHOP, body).catch(() => undefined))
    expect(questions).toBe(0)
  })

  it('BTN-10: a body that does not come in time', async () => {
    const { questions } = await refusedFor('too-slow', async () => {
      const { hostname, port } = new URL(system.ingressUrl)
      const socket = connect(Number(port), hostname)
      const chunks: Buffer[] = []
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      socket.on('error', () => undefined)
      socket.write(`POST /notify/${SHOP} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nnotify_id=1`)
      await once(socket, 'close')
      return { status: 0, body: Buffer.concat(chunks).toString('latin1') }
    })
    expect(questions).toBe(0)
  })

  it('an alias that no partner has, and a field that is not written like a batch number', async () => {
    const stranger = await refusedFor('unknown-partner', () =>
      postNotify(system, 'nobody', md5Notify(system, SHOP, notifyFields())),
    )
    expect(stranger).toMatchObject({ answer: { status: 404 }, questions: 0 })
    const malformed = md5Notify(system, SHOP, notifyFields({ batch_no: '../../etc' }))
    expect(await refusedFor('malformed-field', () => postNotify(system, SHOP, malformed))).toMatchObject({
      answer: { status: 400 },
      questions: 0,
    })
  })
})

describe('notify_verify', () => {
  it.each(['false', 'invalid', 'TRUE', 'untrue', '<html>true</html>'])(
    'BTN-12: %s is no confirmation',
    async (word) => {
      await system.gateway.control({ action: 'force-verify', answer: word })
      const body = md5Notify(system, SHOP, notifyFields())
      const { answer, questions } = await refusedFor('not-confirmed', () => postNotify(system, SHOP, body))
      expect(answer?.status).toBe(400)
      expect(questions).toBe(1)
    },
  )

  it.each(['hang', 'reset', 'server-error'])('BTN-12: %s is no answer: the notify may come again', async (fault) => {
    await system.gateway.control({ action: 'force-verify', answer: fault })
    const body = md5Notify(system, SHOP, notifyFields())
    const { answer } = await refusedFor('verification-unavailable', () => postNotify(system, SHOP, body))
    expect(answer?.status).toBe(503)
    await system.gateway.control({ action: 'force-verify', answer: 'true' })
    expect((await postNotify(system, SHOP, body)).body).toBe('success')
  })

  it('BTN-12: true is a confirmation, with white space around it too', async () => {
    await system.gateway.control({ action: 'force-verify', answer: ' true\r\n' })
    expect((await postNotify(system, SHOP, md5Notify(system, SHOP, notifyFields()))).body).toBe('success')
  })
})

describe('success', () => {
  it('BTN-13: is seven characters and nothing else', async () => {
    await system.gateway.control({ action: 'force-verify', answer: 'true' })
    const answer = await postNotify(system, SHOP, md5Notify(system, SHOP, notifyFields()))
    expect(answer).toMatchObject({ status: 200, body: 'success' })
    expect(answer.headers.get('content-length')).toBe('7')
    for (const name of ['set-cookie', 'location', 'content-encoding']) expect(answer.headers.get(name)).toBeNull()
  })

  it('BTN-13, BTN-14: a notify that was stored before gets success at once, without a question, and no second event', async () => {
    await ask(system, payout('again'))
    await system.events.until(() => system.events.story('again').includes('succeeded'), 'it is paid')
    const batchNo = (await requestFor(system, 'again'))?.batchNo ?? ''
    await until(async () => (await system.gateway.notifies({ batchNo }))[0]?.acknowledged, 'the notify is acknowledged')
    const before = await counted('not-confirmed')
    const { answers } = await system.gateway.control({ action: 'resend-notify', batchNo, times: 3 })
    expect(answers).toEqual(Array.from({ length: 3 }, () => ({ status: 200, body: 'success' })))
    expect(await counted('not-confirmed')).toEqual(before)
    expect(system.events.story('again').filter((word) => word === 'succeeded')).toHaveLength(1)
  })

  it('BTN-14: a notify that got no success comes again with its notify_id, and causes one event', async () => {
    await system.gateway.control({ action: 'force-verify', answer: 'server-error' })
    await ask(system, payout('resent'))
    await system.events.until(() => system.events.story('resent').includes('succeeded'), 'it is paid')
    const batchNo = (await requestFor(system, 'resent'))?.batchNo ?? ''
    const [notify, ...others] = await system.gateway.notifies({ batchNo })
    expect(others).toEqual([])
    expect(notify?.sent).toBe(2)
    expect(system.events.of('resent').find(({ type }) => type === 'payout.succeeded')?.value.evidence.id).toBe(
      notify?.notifyId,
    )
    expect(system.events.story('resent').filter((word) => word === 'succeeded')).toHaveLength(1)
  })

  it('MAPI-18: the same notify twice at the same moment is stored once', async () => {
    const body = md5Notify(system, SHOP, notifyFields({ notify_id: 'at-once', batch_no: '20261121atonce' }))
    await system.gateway.control({ action: 'force-verify', answer: 'true', times: 1 })
    const answers = await Promise.all(Array.from({ length: 5 }, () => postNotify(system, SHOP, body)))
    expect(answers.map((answer) => answer.body)).toEqual(Array.from({ length: 5 }, () => 'success'))
    expect((await notifiesOf(system)).filter(({ notifyId }) => notifyId === 'at-once')).toHaveLength(1)
  })
})

describe('notifies that say something else than the request', () => {
  const WRONG = [
    ['wrong-amount', 'other-amount', '100 fen', '101 fen'],
    ['wrong-account', 'other-account', 'the account of the request', 'another account'],
    ['both-lists', 'both-lists', null, 'success_details and fail_details'],
    ['unreadable-line', 'unreadable-line', null, expect.stringContaining('success_details')],
  ] as const

  beforeAll(async () => {
    await askBatch(
      system,
      'odd',
      batch(SHOP, [
        ...WRONG.map(([rule]) => ({ payoutId: `odd-${rule}`, payeeAccount: `${rule}@example.com` })),
        ...['unknown-serial', 'twice', 'repeated', 'contradict', 'ok'].map((rule) => ({
          payoutId: `odd-${rule}`,
          payeeAccount: `${rule}@example.com`,
        })),
      ]),
    )
    const has = (id: string, word: string) => system.events.story(`odd-${id}`).includes(word)
    await system.events.until(
      () =>
        ['twice', 'repeated', 'contradict', 'ok'].every((id) => has(id, 'succeeded')) &&
        ['contradict', ...WRONG.map(([rule]) => rule)].every((id) => has(id, 'mismatched')),
      'everything odd is reported, and its neighbours have their outcomes',
    )
  })

  it.each(WRONG)(
    'BTN-16: %s is payout.mismatched %s with both sides, and never succeeded',
    (rule, mismatch, expected, reported) => {
      const story = system.events.story(`odd-${rule}`)
      expect(story).not.toContain('succeeded')
      expect(story).not.toContain('failed')
      expect(system.events.of(`odd-${rule}`).find(({ type }) => type === 'payout.mismatched')).toMatchObject({
        type: 'payout.mismatched',
        value: { mismatch, expected, reported, evidence: { kind: 'notify' } },
      })
    },
  )

  it('BTN-16: a serial that nobody asked for is payout.mismatched, about no payout', () => {
    const batchNo = batchNoOf(system.events.of('odd-ok')[0])
    const stray = system.events.seen.filter((event) => event.value.payoutId === null && batchNoOf(event) === batchNo)
    expect(stray.map(({ type, value }) => [type, value])).toMatchObject([
      [
        'payout.mismatched',
        {
          mismatch: 'unknown-serial',
          version: null,
          reported: expect.stringMatching(/^x/),
          moneyMoved: true,
          amountFen: expect.any(Number),
          alipaySerial: expect.any(String),
          standing: null,
        },
      ],
    ])
    expect(system.events.story('odd-unknown-serial')).not.toContain('succeeded')
  })

  it('BTN-15: two notifies with the same line, and the same line twice in one, cause one outcome', async () => {
    const batchNo = batchNoOf(system.events.of('odd-ok')[0]) ?? ''
    await until(
      async () => (await system.gateway.notifies({ batchNo })).every(({ acknowledged }) => acknowledged),
      'all notifies are taken in',
    )
    await until(async () => (await inFlight(system.log)).length === 0, 'everything is processed')
    for (const id of ['odd-twice', 'odd-repeated']) {
      expect(system.events.story(id).filter((word) => word !== 'accepted')).toEqual(['succeeded'])
    }
  })

  it('BTN-15: a line that contradicts an earlier outcome is payout.mismatched, and no second outcome', () => {
    expect(system.events.story('odd-contradict').filter((word) => word !== 'accepted')).toEqual([
      'succeeded',
      'mismatched',
    ])
    expect(system.events.of('odd-contradict').find(({ type }) => type === 'payout.mismatched')?.value).toMatchObject({
      mismatch: 'other-outcome', expected: 'succeeded', reported: 'failed',
    }) // biome-ignore format: one thing after another
  })

  it('BTN-16: a notify for a batch that nobody asked for is payout.mismatched', async () => {
    const { answers } = await system.gateway.control({
      action: 'send-notify',
      alias: SHOP,
      url: `${system.ingressUrl}/notify/${SHOP}`,
      batchNo: 'nobodyAskedForThis1',
      successDetails: 'stranger^ok@example.com^常炜^1.00^S^^202611210000000001^20261121120000|',
    })
    // Sending it again would not help, so it is taken in.
    expect(answers).toEqual([{ status: 200, body: 'success' }])
    const stray = () => system.events.seen.filter((event) => batchNoOf(event) === 'nobodyAskedForThis1')
    await system.events.until(() => stray().length > 0, 'it is reported')
    expect(stray().map(({ type, value }) => [type, value])).toMatchObject([
      ['payout.mismatched', { mismatch: 'unknown-batch', payoutId: null, reported: 'nobodyAskedForThis1' }],
    ])
  })

  it('BTN-15: the same notify_id with other content is new evidence, and no second outcome', async () => {
    await ask(system, payout('two-words'))
    await system.events.until(() => system.events.story('two-words').includes('succeeded'), 'it is paid')
    const batchNo = (await requestFor(system, 'two-words'))?.batchNo ?? ''
    const paid = system.events.of('two-words').find(({ type }) => type === 'payout.succeeded')
    const notifyId = paid?.value.evidence.id ?? ''
    const { serial = '' } = (await requestFor(system, 'two-words'))?.lines[0] ?? {}
    const fields = notifyFields({
      notify_id: notifyId,
      batch_no: batchNo,
      success_details: '',
      fail_details: `${serial}^ok@example.com^常炜^1.00^F^ACCOUN_NAME_NOT_MATCH^202611210000000001^20261121120000|`,
    })
    await system.gateway.control({ action: 'force-verify', answer: 'true' })
    expect((await postNotify(system, SHOP, md5Notify(system, SHOP, fields))).body).toBe('success')
    await system.events.until(
      () => system.events.story('two-words').includes('mismatched'),
      'the contradiction is reported',
    )
    expect(system.events.outcomes().get(`${SHOP}/two-words`)).toEqual(['payout.succeeded'])
  })
})
