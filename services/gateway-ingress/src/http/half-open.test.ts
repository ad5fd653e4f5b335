/** Strangers who hold connections open, by real sockets: whoever has a notify to tell is answered meanwhile. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { notifyBody, testPartner } from '../testing/alipay-notify.ts'
import { rawConnection, rawRequest } from '../testing/raw-connection.ts'
import { type Stage, stage } from '../testing/stage.ts'
import type { TlsFiles } from './http-server.ts'

const STRANGERS = 1_200
const body = notifyBody(testPartner('MD5', 'utf-8'))
const HEAD = 'POST /notify/shop HTTP/1.1\r\nHost: merchant.test\r\n'
/** Nobody goes because of the time: only because of room. */
const PATIENT = { headerTimeoutMs: 120_000, bodyTimeoutMs: 120_000, keepAliveMs: 120_000 }

/** Opens connections and leaves each where it stands. @param from the address of the one with this number */
async function strangers(
  url: string,
  bytes: string | Buffer,
  from: (index: number) => string,
  count = STRANGERS,
): Promise<Socket[]> {
  const { port } = new URL(url)
  const sockets: Socket[] = []
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  for (let index = 0; index < count; index++) {
    const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: from(index) })
    socket.on('error', () => {}).resume()
    sockets.push(socket)
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})
    socket.write(bytes)
  }
  return sockets
}

async function honestPosts({ post }: Pick<Stage, 'post'>): Promise<string[]> {
  const answers: string[] = []
  for (let index = 0; index < 5; index++) answers.push(await (await post(body)).text())
  return answers
}

const SUCCESS = Array.from({ length: 5 }, () => 'success')
const ONE = () => '127.0.0.66'
const MANY = (index: number) => `127.0.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`

describe('connections that are held open', { timeout: 60_000 }, () => {
  for (const [what, bytes] of [
    ['nothing', ''],
    ['half of the headers', HEAD],
    ['headers, and half of a body', `${HEAD}Content-Length: ${body.length}\r\n\r\n${body.subarray(0, 20)}`],
    ['a whole notify, and then nothing more', rawRequest('/notify/shop', body)],
    ['a whole notify, and half of another one', Buffer.concat([rawRequest('/notify/shop', body), Buffer.from(HEAD)])],
  ] as const) {
    for (const [who, from] of [
      ['one address', ONE],
      ['many addresses', MANY],
    ] as const) {
      it(`by ${STRANGERS} with ${what}, from ${who}, shut nobody out`, async () => {
        const room = { max: 1_000, maxPerAddress: 250, balancers: [] }
        const set = await stage({ settings: { ...PATIENT, room } })
        await strangers(set.app.url, bytes, from)
        expect(await honestPosts(set)).toEqual(SUCCESS)
        await strangers(set.app.url, bytes, from, 300)
        expect(await honestPosts(set)).toEqual(SUCCESS)
      })
    }
  }

  it('through a load balancer, which has no limit of its own, shut nobody out', async () => {
    const room = { max: 1_000, maxPerAddress: 10, balancers: ['127.0.0.0/8'] }
    const set = await stage({ settings: { ...PATIENT, room } })
    const sockets = await strangers(set.app.url, HEAD, ONE)
    expect(await honestPosts(set)).toEqual(SUCCESS)
    await expect.poll(() => sockets.filter(({ destroyed }) => !destroyed).length).toBeLessThan(1_000)
    expect(sockets.filter(({ destroyed }) => !destroyed).length).toBeGreaterThan(900)
  })

  it('by half a TLS handshake each, shut nobody out', async () => {
    const tls = certificate()
    const room = { max: 1_000, maxPerAddress: 1_000, balancers: [] }
    const { app } = await stage({ tls, settings: { ...PATIENT, room } })
    await strangers(app.url, Buffer.from('160301', 'hex'), MANY)
    for (let index = 0; index < 3; index++) expect(await securePost(app.url, tls)).toBe('success')
  })

  it('of one address go for others of its own, however much room there is', async () => {
    const room = { max: 1_000, maxPerAddress: 3, balancers: ['::1'] }
    const { app, metrics, post } = await stage({ settings: { ...PATIENT, room } })
    const sockets = await strangers(app.url, HEAD, ONE, 5)
    await expect.poll(() => sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, false, false, false])
    expect(metrics.lines).toEqual(['refused made-room', 'refused made-room'])
    expect(await (await post(body)).text()).toBe('success')
  })

  it('with requests that are processed stay: then whoever comes is closed and counted', async () => {
    const room = { max: 2, maxPerAddress: 2, balancers: [] }
    const { app, metrics, publisher } = await stage({ settings: { ...PATIENT, room } })
    const stores: (() => void)[] = []
    publisher.before = () => new Promise((resolve) => stores.push(resolve))
    const busy = [await rawConnection(app.url), await rawConnection(app.url)]
    const shop = testPartner('MD5', 'utf-8')
    for (const [index, one] of busy.entries()) {
      const other = notifyBody(shop, { notify_id: `notify${index}` })
      one.write(rawRequest('/notify/shop', other, { Connection: 'close' }))
    }
    await expect.poll(() => stores.length).toBe(2)
    const third = await rawConnection(app.url)
    expect(await third.received).toBe('')
    expect(metrics.lines.at(-1)).toBe('refused too-many-connections')
    for (const store of stores) store()
    for (const one of busy) expect(await one.received).toMatch(/success$/)
  })
})

function certificate(): TlsFiles {
  const folder = mkdtempSync(join(tmpdir(), 'ingress-room-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=room.test', '-addext', 'subjectAltName=DNS:room.test']
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

async function securePost(url: string, { cert }: TlsFiles): Promise<string> {
  const options = { method: 'POST', agent: false, ca: cert, servername: 'room.test' }
  const outgoing = request(`${url}/notify/shop`, options).end(body)
  const [response] = await once(outgoing, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}
