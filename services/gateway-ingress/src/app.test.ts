import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { MAX_BODY_BYTES } from './notify/notify-check.ts'
import { form, notifyBody, notifyFields, signed, testPartner } from './testing/alipay-notify.ts'
import { rawConnection, rawRequest } from './testing/raw-connection.ts'
import { stage } from './testing/stage.ts'

const shop = testPartner('MD5', 'utf-8')
const body = notifyBody(shop)
const HEAD = 'POST /notify/shop HTTP/1.1\r\nHost: merchant.test\r\n'
const REFUSED = /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*connection: close[\s\S]*\r\n\r\nfail$/i

/** A legal notify of 1,000 of the longest lines: account 100, name 128, reason 64 characters of `bytes` each. */
function longest(bytes: string): Buffer {
  const text = (length: number) => Buffer.from(bytes.repeat(length), 'hex')
  const parts = Array.from({ length: 1000 }, (_, index) => [
    Buffer.from(`${String(index).padStart(32, '0')}^`),
    text(100),
    Buffer.from('^'),
    text(128),
    Buffer.from('^90071992547409.91^F^'),
    text(64),
    Buffer.from(`^${'9'.repeat(21)}^20081024143652|`),
  ])
  return Buffer.concat(parts.flat())
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(1)
}

// Megabytes are made, sent and compared: more than the usual time on a busy machine.
describe('sizes', { timeout: 30_000 }, () => {
  for (const [charset, bytes] of [
    ['utf-8', 'f0a08080'],
    ['gbk', 'd6ec'],
    ['gb2312', 'b3a3'],
  ] as const) {
    it(`takes a legal notify of 1,000 of the longest lines in ${charset}, every byte of their texts percent-encoded`, async () => {
      const partner = testPartner('RSA', charset)
      const { post, publisher } = await stage({ partners: [partner] })
      const large = notifyBody(partner, { success_details: '', fail_details: longest(bytes) })
      expect(large.length).toBeLessThan(MAX_BODY_BYTES)
      expect(await (await post(large)).text()).toBe('success')
      expect(publisher.notifies[0]?.body).toEqual(large)
    })
  }

  it('takes a body of the bound to the byte, and refuses one byte more, announced or found out', async () => {
    const { app, metrics, gateway } = await stage()
    const fields = notifyFields('utf-8', { padding: '' })
    const rest = form(signed('MD5', { ...fields, padding: 'x' })).length - 1
    const exact = form(signed('MD5', { ...fields, padding: 'x'.repeat(MAX_BODY_BYTES - rest) }))
    expect(exact.length).toBe(MAX_BODY_BYTES)
    const fits = await rawConnection(app.url)
    fits.write(rawRequest('/notify/shop', exact, { Connection: 'close' }))
    expect(await fits.received).toMatch(/success$/)

    const announced = await rawConnection(app.url)
    announced.write(`${HEAD}Content-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`)
    expect(await announced.received).toMatch(REFUSED)

    const chunked = await rawConnection(app.url)
    chunked.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n${(MAX_BODY_BYTES + 1).toString(16)}\r\n`)
    chunked.write(Buffer.concat([exact, Buffer.from('x\r\n')]))
    expect(await chunked.received).not.toContain('success')
    expect(metrics.lines.slice(2)).toEqual(['refused too-large', 'refused too-large'])
    expect(gateway.asked).toHaveLength(1)
  })

  it('answers 503 when whole bodies that wait for Kafka reach the bound of bytes, and goes on when they are stored', async () => {
    const { app, post, metrics, publisher } = await stage({ settings: { maxInFlightBytes: body.length + 100 } })
    let store = () => {}
    publisher.before = () => new Promise((resolve) => (store = resolve))
    const first = await rawConnection(app.url)
    first.write(rawRequest('/notify/shop', body, { Connection: 'close' }))
    await until(() => metrics.lines.includes('asked confirmed'))
    const refused = await post(body)
    expect([refused.status, await refused.text(), refused.headers.get('retry-after')]).toEqual([503, 'fail', '120'])
    expect(metrics.lines.at(-1)).toBe('refused overloaded')
    publisher.before = async () => {}
    store()
    expect(await first.received).toMatch(/success$/)
    expect(await (await post(body)).text()).toBe('success')
  })

  it('lets a body go that has been coming for longest when the bytes in flight reach their bound', async () => {
    const { app, post, metrics } = await stage({ settings: { maxInFlightBytes: body.length + 100 } })
    const slow = await rawConnection(app.url)
    slow.write(`${HEAD}Content-Length: 102\r\n\r\n${'x'.repeat(101)}`)
    await until(() => metrics.inFlightBytes === 101)
    expect(await (await post(body)).text()).toBe('success')
    expect(await slow.received).toMatch(/^HTTP\/1\.1 503 [\s\S]*fail$/)
    expect(metrics.lines).toContain('refused overloaded')
    await until(() => metrics.inFlightBytes === 0)
  })

  it('holds the bytes of a body until Kafka has it, also when its sender has gone', async () => {
    const { app, metrics, publisher } = await stage()
    let store = () => {}
    publisher.before = () => new Promise((resolve) => (store = resolve))
    const connection = await rawConnection(app.url)
    connection.write(rawRequest('/notify/shop', body))
    await until(() => metrics.lines.includes('asked confirmed'))
    connection.socket.destroy()
    await sleep(20)
    expect(metrics.inFlightBytes).toBe(body.length)
    store()
    await until(() => metrics.inFlightBytes === 0)
    expect(publisher.records).toHaveLength(1)
  })
})

describe('slow and broken senders', () => {
  it('gives headers their time, whether a few of them came or nothing at all', async () => {
    const { app, metrics } = await stage({ settings: { headerTimeoutMs: 200 } })
    const [silent, slow] = [await rawConnection(app.url), await rawConnection(app.url)]
    slow.write(HEAD)
    const drip = setInterval(() => slow.write('X-A: b\r\n'), 20)
    try {
      expect(await slow.received).toMatch(REFUSED)
      expect(await silent.received).toMatch(REFUSED)
    } finally {
      clearInterval(drip)
    }
    expect(metrics.lines).toEqual(['refused too-slow', 'refused too-slow'])
  })

  it('gives a body its time, however steadily it drips', async () => {
    const { app, metrics, gateway } = await stage({ settings: { bodyTimeoutMs: 200 } })
    const slow = await rawConnection(app.url)
    slow.write(`${HEAD}Content-Length: ${body.length}\r\n\r\n`)
    const drip = setInterval(() => slow.write('x'), 20)
    try {
      expect(await slow.received).toMatch(REFUSED)
    } finally {
      clearInterval(drip)
    }
    expect(metrics.lines).toEqual(['refused too-slow'])
    expect(metrics.inFlightBytes).toBe(0)
    expect(gateway.asked).toEqual([])
  })

  for (const [what, end] of [
    ['is ended', 'end'],
    ['is reset', 'resetAndDestroy'],
  ] as const) {
    it(`counts a body as incomplete when its connection ${what}`, async () => {
      const { app, metrics, gateway } = await stage()
      const connection = await rawConnection(app.url)
      const [first, last] = [body.subarray(0, -1), body.subarray(-1)]
      connection.write(Buffer.concat([Buffer.from(`${HEAD}Content-Length: ${body.length}\r\n\r\n`), first]))
      await until(() => metrics.inFlightBytes === first.length)
      connection.socket[end]()
      await until(() => metrics.lines.length > 0)
      expect(last).toHaveLength(1)
      expect(await connection.received).not.toContain('success')
      expect(metrics.lines).toEqual(['refused incomplete'])
      expect(metrics.inFlightBytes).toBe(0)
      expect(gateway.asked).toEqual([])
    })
  }

  for (const [what, bytes] of [
    ['no HTTP', '\x16\x03\x01 hello\r\n\r\n'],
    ['an unknown method', 'HACK /notify/shop HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx`],
    ['a length and chunks', `${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['headers over 16 KiB', `${HEAD}X-A: ${'a'.repeat(17 * 1024)}\r\n\r\n`],
  ] as const) {
    it(`refuses ${what} plainly`, async () => {
      const { app, gateway, metrics } = await stage()
      const connection = await rawConnection(app.url)
      connection.write(Buffer.from(bytes, 'latin1'))
      expect(await connection.received).toBe(
        'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfail',
      )
      expect(metrics.lines).toEqual(['refused malformed-http'])
      expect(gateway.asked).toEqual([])
    })
  }

  it('BTN-13: garbage behind a notify never brings an answer that could be taken for the answer to it', async () => {
    const { app, publisher, metrics } = await stage()
    let store = () => {}
    publisher.before = () => new Promise((resolve) => (store = resolve))
    const connection = await rawConnection(app.url)
    connection.write(rawRequest('/notify/shop', body))
    await until(() => metrics.lines.includes('asked confirmed'))
    connection.write('\0\0garbage\r\n\r\n')
    expect(await connection.received).toBe('')
    expect(metrics.lines.at(-1)).toBe('refused malformed-http')
    store()
    await until(() => publisher.records.length === 1)

    const atOnce = await rawConnection(app.url)
    atOnce.write(Buffer.concat([rawRequest('/notify/shop', body), Buffer.from('\0\0garbage\r\n\r\n')]))
    expect(await atOnce.received).toBe('')
  })

  it('BTN-13: two notifies on one connection get two answers, in their order', async () => {
    const { app, publisher } = await stage()
    const bad = form({ ...signed('MD5', notifyFields('utf-8')), sign: '0'.repeat(32) })
    const connection = await rawConnection(app.url)
    connection.write(Buffer.concat([rawRequest('/notify/shop', body), rawRequest('/notify/shop', bad)]))
    expect(await connection.received).toMatch(
      /^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nsuccessHTTP\/1\.1 400 [\s\S]*\r\n\r\nfail$/,
    )
    expect(publisher.records).toHaveLength(1)
  })
})

describe('stopping', () => {
  it('ends what is under way with its answer, takes nothing new, then closes the publisher', async () => {
    const { app, publisher, metrics } = await stage()
    let store = () => {}
    publisher.before = () => new Promise((resolve) => (store = resolve))
    const idle = await rawConnection(app.url)
    const busy = await rawConnection(app.url)
    busy.write(rawRequest('/notify/shop', body))
    await until(() => metrics.lines.includes('asked confirmed'))
    expect(await app.ready()).toBe(true)

    const stopped = app.stop(10_000)
    expect(await app.ready()).toBe(false)
    expect(await idle.received).toBe('')
    await expect(rawConnection(app.url)).rejects.toThrow('ECONNREFUSED')
    expect(publisher.closed).toBe(false)
    store()
    expect(await busy.received).toMatch(/\r\n\r\nsuccess$/)
    await stopped
    expect(publisher.closed).toBe(true)
    expect(publisher.records).toHaveLength(1)
  })

  it('BTN-13: a notify behind one that is under way gets no `success`, and is neither asked about nor stored', async () => {
    const { app, publisher, gateway, metrics } = await stage()
    let store = () => {}
    publisher.before = () => new Promise((resolve) => (store = resolve))
    const busy = await rawConnection(app.url)
    busy.write(rawRequest('/notify/shop', body))
    await until(() => metrics.lines.includes('asked confirmed'))
    const stopped = app.stop(10_000)
    busy.write(rawRequest('/notify/shop', notifyBody(shop, { notify_id: '70fec0c2730b27528665af4517c27b96' })))
    await until(() => metrics.lines.includes('refused stopping'))
    store()
    expect(await busy.received).toMatch(/\r\n\r\nsuccessHTTP\/1\.1 503 [\s\S]*\r\n\r\nfail$/)
    await stopped
    expect(publisher.records).toHaveLength(1)
    expect(gateway.asked).toHaveLength(1)
  })

  it('cuts what does not end in time', async () => {
    const { app, publisher, metrics } = await stage()
    let store = () => {}
    publisher.before = () => new Promise((resolve) => (store = resolve))
    const busy = await rawConnection(app.url)
    busy.write(rawRequest('/notify/shop', body))
    await until(() => metrics.lines.includes('asked confirmed'))
    await app.stop(50)
    expect(await busy.received).toBe('')
    store()
  })

  it('is not ready while the last appends failed and Kafka does not answer, and is again when it does', async () => {
    const { app, publisher, kafka, post } = await stage()
    await post(body)
    publisher.healthy = false
    kafka.away = true
    expect(await app.ready()).toBe(false)
    kafka.away = false
    expect(await app.ready()).toBe(true)
  })
})
