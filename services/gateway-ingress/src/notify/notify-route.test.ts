import { createHash } from 'node:crypto'
import { SIGN_TYPES } from '@payout/mapi/signature/key'
import { CHARSETS } from '@payout/mapi/wire/charset'
import { describe, expect, it } from 'vitest'
import {
  bytesToSign,
  type Fields,
  form,
  MD5_KEY,
  NAMES,
  notifyBody,
  notifyFields,
  signed,
  signedDer,
  testPartner,
} from '../testing/alipay-notify.ts'
import { rawConnection, rawRequest } from '../testing/raw-connection.ts'
import { stage } from '../testing/stage.ts'

const shop = testPartner('MD5', 'utf-8')
const MALFORMED = 'application/x-www-form-urlencoded; text/html; charset=UTF-8'

describe('a notify that is signed and confirmed', () => {
  for (const signType of SIGN_TYPES) {
    for (const charset of CHARSETS) {
      it(`BTN-10: is taken with ${signType} in ${charset}, and stored with its raw bytes`, async () => {
        const partner = testPartner(signType, charset)
        const { post, publisher, metrics } = await stage({ partners: [partner] })
        const body = notifyBody(partner)
        const response = await post(body, { contentType: 'application/x-www-form-urlencoded' })
        expect([response.status, await response.text()]).toEqual([200, 'success'])
        const [notify] = publisher.notifies
        expect(notify?.body).toEqual(body)
        expect(notify).toMatchObject({
          partner: 'shop',
          batchNo: '20080107001',
          notifyId: '70fec0c2730b27528665af4517c27b95',
          contentType: 'application/x-www-form-urlencoded',
          charset,
          key: '0',
        })
        expect(metrics.lines).toEqual(['asked confirmed', 'accepted shop stored'])
      })
    }
  }

  it('BTN-10: is taken with a DSA signature in DER too', async () => {
    const partner = testPartner('DSA', 'gbk')
    const { post } = await stage({ partners: [partner] })
    expect(await (await post(form(signedDer(notifyFields('gbk'))))).text()).toBe('success')
  })

  it('BTN-13: is answered with status 200 and the seven bytes `success`, no cookie, no redirect, nothing else', async () => {
    const { app } = await stage()
    const connection = await rawConnection(app.url)
    connection.write(rawRequest('/notify/shop', notifyBody(shop), { Connection: 'close' }))
    const answer = await connection.received
    const lines = answer.split('\r\n')
    const date = lines.find((line) => /^date: /i.test(line)) ?? ''
    expect(answer).toBe(
      `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 7\r\n${date}\r\nConnection: close\r\n\r\nsuccess`,
    )
  })

  for (const [name, contentType] of [
    ['malformed as Alipay sends it', MALFORMED],
    ['garbage', 'garbage'],
    ['empty', ''],
    ['binary', 'a/b; \xff\xfe'],
    ['of JSON', 'application/json'],
    ['absent', undefined],
  ] as const) {
    it(`BTN-10: is taken with a content type that is ${name}`, async () => {
      const { app, publisher } = await stage()
      const connection = await rawConnection(app.url)
      const headers = { Connection: 'close', ...(contentType === undefined ? {} : { 'Content-Type': contentType }) }
      connection.write(rawRequest('/notify/shop', notifyBody(shop), headers))
      expect(await connection.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nsuccess$/)
      expect(publisher.notifies[0]?.contentType).toBe(contentType ?? null)
    })
  }

  it('BTN-10: may come chunked, in pieces, with empty segments and without fail_details', async () => {
    const { app } = await stage()
    const connection = await rawConnection(app.url)
    connection.write('POST /notify/shop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n')
    for (const byte of Buffer.concat([Buffer.from('&&'), notifyBody(shop)])) {
      connection.write(`1\r\n${String.fromCharCode(byte)}\r\n`)
    }
    connection.write('0\r\n\r\n')
    expect(await connection.received).toMatch(/\r\n\r\nsuccess$/)
  })

  it('BTN-10: is verified over every parameter that arrived, known or not', async () => {
    const { post } = await stage()
    expect(await (await post(notifyBody(shop, { something_new: '1', _input_charset: 'utf-8' }))).text()).toBe('success')
    const added = Buffer.concat([notifyBody(shop, { notify_id: 'other' }), Buffer.from('&something_new=1')])
    expect(await (await post(added)).text()).toBe('fail')
  })

  it('BTN-10: is verified over what came in the body alone, whatever stands in the query', async () => {
    const { post, publisher } = await stage()
    const response = await post(notifyBody(shop), { query: '?s=/notify&sign=0&batch_no=1' })
    expect(await response.text()).toBe('success')
    expect(publisher.notifies[0]?.batchNo).toBe('20080107001')
  })

  it('BTN-10: whose signature stands in the query is refused', async () => {
    const { post } = await stage()
    const { sign = '', ...rest } = signed('MD5', notifyFields('utf-8'))
    expect((await post(form(rest), { query: `?sign=${sign}` })).status).toBe(400)
  })

  it('MAPI-5: is verified over raw values; a signature over encoded ones is refused', async () => {
    const { post } = await stage()
    const fields = notifyFields('utf-8', { extra: 'test@msn.com' })
    const overRaw = createHash('md5').update(bytesToSign(fields)).update(MD5_KEY).digest('hex')
    const encoded = { ...fields, extra: 'test%40msn.com' }
    const overEncoded = createHash('md5').update(bytesToSign(encoded)).update(MD5_KEY).digest('hex')
    expect((await post(form({ ...fields, sign_type: 'MD5', sign: overEncoded }))).status).toBe(400)
    expect((await post(form({ ...fields, sign_type: 'MD5', sign: overRaw }))).status).toBe(200)
  })

  it('MAPI-6: is verified over GBK bytes; the same text signed in UTF-8 is refused', async () => {
    const { post } = await stage({ partners: [testPartner('MD5', 'gbk')] })
    const gbk = notifyFields('gbk')
    const utf8 = notifyFields('gbk', { pay_user_name: NAMES.gbk.text, success_details: '' })
    const wrong: Fields = {
      ...notifyFields('gbk', { success_details: '' }),
      sign_type: 'MD5',
      sign: signed('MD5', utf8).sign ?? '',
    }
    expect((await post(form(wrong))).status).toBe(400)
    expect((await post(form(signed('MD5', gbk)))).status).toBe(200)
  })

  it('BTN-11: is stored and answered with `success` when a line of it cannot be read', async () => {
    const { post, publisher } = await stage()
    const body = notifyBody(shop, { success_details: '0315001^^^||nonsense|' })
    expect(await (await post(body)).text()).toBe('success')
    expect(publisher.notifies[0]?.body).toEqual(body)
  })
})

describe('a refusal', () => {
  const good = signed('MD5', notifyFields('utf-8'))
  const { sign: _sign, ...unsigned } = good
  const { batch_no: _batchNo, ...withoutBatchNo } = notifyFields('utf-8')
  const { notify_id: _notifyId, ...withoutNotifyId } = notifyFields('utf-8')
  const other = signed('MD5', notifyFields('utf-8', { batch_no: '20080107002' }))

  const rows: readonly (readonly [what: string, body: Buffer, reason: string])[] = [
    ['a bad signature', form({ ...good, sign: '0'.repeat(32) }), 'bad-signature'],
    ['a signature over other content', form({ ...good, sign: other.sign ?? '' }), 'bad-signature'],
    ['a signature in upper case', form({ ...good, sign: String(good.sign).toUpperCase() }), 'bad-signature'],
    ['no signature', form(unsigned), 'bad-signature'],
    ['an empty signature', form({ ...good, sign: '' }), 'bad-signature'],
    ['no sign_type', form({ ...good, sign_type: '' }), 'bad-signature'],
    ["a sign_type that is not the partner's", form(signed('RSA', notifyFields('utf-8'))), 'bad-signature'],
    ['a sign_type in lower case', form({ ...good, sign_type: 'md5' }), 'bad-signature'],
    ['a duplicate name', Buffer.concat([form(good), Buffer.from('&batch_no=20080107001')]), 'duplicate-name'],
    ['a broken percent sign', Buffer.concat([form(good), Buffer.from('%4')]), 'not-a-form'],
    ['JSON', Buffer.from('{"sign":"0"}'), 'bad-signature'],
    ['binary bytes', Buffer.from([0, 255, 61, 0]), 'not-a-form'],
    ['101 fields', Buffer.from(Array.from({ length: 101 }, (_, index) => `f${index}=1`).join('&')), 'not-a-form'],
    ['an empty body', Buffer.alloc(0), 'bad-signature'],
    ['a batch_no of 10 characters, well signed', notifyBody(shop, { batch_no: '2008010700' }), 'malformed-field'],
    ['a batch_no with a slash, well signed', notifyBody(shop, { batch_no: '20080107001/1' }), 'malformed-field'],
    ['no batch_no, well signed', form(signed('MD5', withoutBatchNo)), 'malformed-field'],
    ['no notify_id, well signed', form(signed('MD5', withoutNotifyId)), 'malformed-field'],
  ]
  for (const [what, body, reason] of rows) {
    it(`BTN-12: for ${what} is plain, counted as ${reason}, stores nothing and asks nobody`, async () => {
      const { post, publisher, gateway, metrics } = await stage()
      const response = await post(body, { contentType: MALFORMED })
      expect([response.status, await response.text()]).toEqual([400, 'fail'])
      expect(response.headers.get('content-type')).toBe('text/plain')
      expect(response.headers.get('connection')).toBe('close')
      expect(metrics.lines).toEqual([`refused ${reason}`])
      expect(gateway.asked).toEqual([])
      expect(publisher.records).toEqual([])
    })
  }

  it("BTN-12: is given to a notify that another partner's key signed", async () => {
    const { post, gateway, metrics } = await stage({ partners: [shop, testPartner('RSA', 'utf-8', 'other')] })
    expect((await post(notifyBody(shop), { alias: 'other' })).status).toBe(400)
    expect(metrics.lines).toEqual(['refused bad-signature'])
    expect(gateway.asked).toEqual([])
  })

  it('BTN-10: is not given for what a name or an unknown parameter holds: such a notify is stored as it came', async () => {
    for (const odd of ['ë\në', '毛^毛', '毛|毛', '\u0000', '\u202e', '星'.repeat(5000), '']) {
      for (const field of ['pay_user_name', 'pay_account_no', 'memo']) {
        const { post, publisher, metrics } = await stage()
        const body = notifyBody(shop, { [field]: odd })
        const response = await post(body)
        expect([response.status, await response.text()]).toEqual([200, 'success'])
        expect(publisher.records.map(({ value }) => value?.includes(body))).toEqual([true])
        expect(metrics.lines.some((line) => line.startsWith('refused'))).toBe(false)
      }
    }
  })

  it('BTN-10: is given to a notify that was split in other places than it was signed', async () => {
    const { post, metrics, publisher } = await stage()
    const fields = notifyFields('utf-8')
    const { pay_account_no: account = '', pay_user_id: userId = '', ...rest } = fields
    // The signed bytes are the same: `pay_account_no=…&pay_user_id=…` in one value.
    const resplit = { ...rest, pay_account_no: `${account}&pay_user_id=${userId}` }
    expect(bytesToSign(resplit)).toEqual(bytesToSign(fields))
    const { sign = '' } = signed('MD5', fields)
    expect((await post(form({ ...resplit, sign_type: 'MD5', sign }))).status).toBe(400)
    expect(metrics.lines).toEqual(['refused malformed-field'])
    expect(publisher.records).toEqual([])
  })

  it('is the same for an unknown alias, an unknown path, another method, and a path that cannot be read', async () => {
    const { app, metrics } = await stage()
    const body = notifyBody(shop)
    const requests: readonly (readonly [string, string, string])[] = [
      ['POST', '/notify/nobody', 'unknown-partner'],
      ['POST', '/notify/', 'unknown-partner'],
      ['POST', '/', 'unknown-path'],
      ['POST', '/notify/shop/', 'unknown-path'],
      ['POST', '/NOTIFY/shop', 'unknown-path'],
      ['POST', '/notify/%ff', 'unknown-path'],
      ['POST', `/notify/${'a'.repeat(200)}`, 'unknown-path'],
      ['PUT', '/notify/shop', 'unknown-path'],
      ['GET', '/notify/shop', 'unknown-path'],
      ['OPTIONS', '*', 'unknown-path'],
    ]
    for (const [method, path, reason] of requests) {
      const connection = await rawConnection(app.url)
      connection.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`)
      const answer = (await connection.received).replace(/\r\nDate: [^\r]*/i, '')
      expect(answer, `${method} ${path}`).toBe(
        'HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfail',
      )
      expect(metrics.lines.at(-1), `${method} ${path}`).toBe(`refused ${reason}`)
    }
    expect(metrics.lines).toHaveLength(requests.length)
  })

  it('MAPI-14: logs neither partner id, key, names nor accounts, whatever is refused or fails', async () => {
    const { post, logged, publisher, gateway } = await stage()
    for (const [, body] of rows) await post(body)
    gateway.answer((_request, response) => void response.end('false'))
    await post(notifyBody(shop))
    gateway.answer((request) => void request.socket.destroy())
    await post(notifyBody(shop))
    gateway.answer((_request, response) => void response.end('true'))
    publisher.before = async () => {
      throw new Error('Kafka is away')
    }
    await post(notifyBody(shop))
    publisher.before = async () => {}
    await post(notifyBody(shop))
    expect(logged.length).toBeGreaterThan(rows.length)
    const all = logged.join('\n')
    for (const secret of ['2088', MD5_KEY, 'gonglei1', NAMES['utf-8'].text, '70fec0c2730b27528665af4517c27b95']) {
      expect(all).not.toContain(secret)
    }
  })
})
