import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { GatewayReply } from './gateway.ts'
import { type AnswerLimits, HttpGateway, type HttpGatewaySettings } from './http-gateway.ts'

const servers: (Server | TcpServer)[] = []
const gateways: HttpGateway[] = []
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close()
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

interface Arrived {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly contentType: string | undefined
  readonly body: string
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void

async function listen(server: Server | TcpServer, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  servers.push(server)
  return (server.address() as AddressInfo).port
}

/** A server that keeps what arrives, whole requests only. */
async function serve(
  answer: Answer,
  host = '127.0.0.1',
  port = 0,
): Promise<{ port: number; arrived: Arrived[]; server: Server }> {
  const arrived: Arrived[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      arrived.push({ method: request.method, url: request.url, contentType: request.headers['content-type'], body })
      answer(response, request)
    })
  })
  return { port: await listen(server, host, port), arrived, server }
}

function gatewayAt(url: string, changes: Partial<HttpGatewaySettings & AnswerLimits> = {}): HttpGateway {
  const { timeoutMs = 5_000, maxBytes = 64 * 1024, ...rest } = changes
  const gateway = new HttpGateway({
    url,
    connectionLifeMs: 60_000,
    connectTimeoutMs: 2_000,
    limits: { answer: { timeoutMs, maxBytes }, file: { timeoutMs: 5_000, maxBytes: 200_000 } },
    ...rest,
  })
  gateways.push(gateway)
  return gateway
}

function post(gateway: HttpGateway, signal = new AbortController().signal): Promise<GatewayReply> {
  return gateway.post(
    { charset: 'gbk', body: Buffer.from('a=%C3%AB&sign=x'), expects: 'answer', mayGo: () => true },
    signal,
  )
}

/** Until the pool has taken a connection back. */
function idle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30))
}

/** A server that says what is no HTTP. */
async function blurt(text: string): Promise<number> {
  return listen(
    createTcpServer((socket: Socket) => {
      socket.on('error', () => undefined)
      socket.end(text, () => socket.destroy())
    }),
    '127.0.0.1',
    0,
  )
}

const ok: Answer = (response) => response.setHeader('content-type', 'text/xml').end('<alipay/>')

describe('HttpGateway', () => {
  it('posts the body as it is, with the charset in the query and in the content type', async () => {
    const { port, arrived } = await serve(ok)
    const reply = await post(gatewayAt(`http://127.0.0.1:${port}/gateway.do`))
    expect(arrived).toEqual([
      {
        method: 'POST',
        url: '/gateway.do?_input_charset=gbk',
        contentType: 'application/x-www-form-urlencoded; charset=gbk',
        body: 'a=%C3%AB&sign=x',
      },
    ])
    expect(reply).toEqual({
      kind: 'answered',
      status: 200,
      contentType: 'text/xml',
      body: Buffer.from('<alipay/>'),
      cut: false,
    })
  })

  it('follows no redirect', async () => {
    const { port, arrived } = await serve((response) => response.writeHead(307, { location: '/elsewhere' }).end())
    const reply = await post(gatewayAt(`http://127.0.0.1:${port}/gateway.do`))
    expect(reply).toMatchObject({ kind: 'answered', status: 307 })
    expect(arrived.length).toBe(1)
  })

  it('S5.2: one call is one request: nothing is sent again when the connection breaks after it', async () => {
    const { port, arrived } = await serve((_response, request) => request.socket.resetAndDestroy())
    expect(await post(gatewayAt(`http://127.0.0.1:${port}/`))).toEqual({
      kind: 'broken',
      code: 'CONNECTION_RESET',
      status: null,
      body: null,
    })
    expect(arrived.length).toBe(1)
  })

  it('one call is one request: nothing is sent again when a kept connection breaks', async () => {
    let count = 0
    const { port, arrived } = await serve((response, request) => {
      count++
      if (count % 2 === 0) request.socket.destroy()
      else ok(response, request)
    })
    const gateway = gatewayAt(`http://127.0.0.1:${port}/`)
    const kinds: string[] = []
    for (let i = 0; i < 20; i++) kinds.push((await post(gateway)).kind)
    expect(kinds).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'answered' : 'broken')))
    expect(arrived.length).toBe(20)
  })

  it('keeps what came of half an answer', async () => {
    const { port, arrived } = await serve((response, request) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('<alipay><is_succ', () => request.socket.destroy())
    })
    expect(await post(gatewayAt(`http://127.0.0.1:${port}/`))).toEqual({
      kind: 'broken',
      code: 'CONNECTION_RESET',
      status: 200,
      body: Buffer.from('<alipay><is_succ'),
    })
    expect(arrived.length).toBe(1)
  })

  it.each(['a new connection', 'one that is kept'])(
    'writes no byte where the call may not go any more when its connection stands: %s',
    async (which) => {
      const { port, arrived } = await serve((response) => response.end('ok'))
      let mayGo = true
      const gateway = gatewayAt(`http://gateway.test:${port}/`, {
        lookup: (_name, _options, found) => {
          if (which === 'a new connection') mayGo = false
          Object(found)(null, [{ address: '127.0.0.1', family: 4 }])
        },
      })
      const call = { charset: 'gbk', body: Buffer.from('a=b'), expects: 'answer', mayGo: () => mayGo } as const
      const send = () => gateway.post(call, new AbortController().signal)
      if (which === 'one that is kept') {
        expect(await send()).toMatchObject({ kind: 'answered' })
        await idle()
        mayGo = false
      }
      const before = arrived.length
      expect(await send()).toEqual({ kind: 'broken', code: 'HELD_BACK', status: null, body: null })
      expect(arrived).toHaveLength(before)
    },
  )

  it('reads no more of an answer than its limit', async () => {
    const { port } = await serve((response) => response.end('x'.repeat(100_000)))
    const reply = await post(gatewayAt(`http://127.0.0.1:${port}/`, { maxBytes: 1_000 }))
    expect(reply).toMatchObject({ kind: 'answered', status: 200, cut: true })
    expect(reply.body?.length).toBe(1_000)
  })

  it('a file may be larger, and take longer, than an answer', async () => {
    const { port } = await serve((response) => setTimeout(() => response.end('x'.repeat(100_000)), 300))
    const gateway = gatewayAt(`http://127.0.0.1:${port}/`, { maxBytes: 1_000, timeoutMs: 100 })
    expect(await post(gateway)).toMatchObject({ kind: 'broken', code: 'TIMED_OUT' })
    const call = { charset: 'gbk', body: Buffer.from('date=20101223'), expects: 'file', mayGo: () => true } as const
    const reply = await gateway.post(call, new AbortController().signal)
    expect(reply).toMatchObject({ kind: 'answered', cut: false })
    expect(reply.body?.length).toBe(100_000)
  })

  it('gives up an answer that does not come, or comes too slowly', async () => {
    const silent = await serve(() => undefined)
    expect(await post(gatewayAt(`http://127.0.0.1:${silent.port}/`, { timeoutMs: 50 }))).toMatchObject({
      kind: 'broken',
      code: 'TIMED_OUT',
    })
    expect(silent.arrived.length).toBe(1)
    const dripping = await serve((response) => {
      const timer = setInterval(() => response.write('x'), 5)
      response.on('close', () => clearInterval(timer))
    })
    expect(await post(gatewayAt(`http://127.0.0.1:${dripping.port}/`, { timeoutMs: 80 }))).toMatchObject({
      kind: 'broken',
      code: 'TIMED_OUT',
      status: 200,
    })
  })

  it('says what else went wrong', async () => {
    const { port, server } = await serve(ok)
    await new Promise((resolve) => server.close(resolve))
    servers.splice(0)
    expect(await post(gatewayAt(`http://127.0.0.1:${port}/`))).toMatchObject({ code: 'CONNECTION_REFUSED' })
    expect(await post(gatewayAt('http://nowhere.invalid/'))).toMatchObject({ code: 'NAME_NOT_RESOLVED' })
    const plain = await blurt('no TLS here\r\n')
    expect(await post(gatewayAt(`https://127.0.0.1:${plain}/`))).toMatchObject({ code: 'TLS_FAILED' })
    const noise = await blurt('220 mail ready\r\n')
    expect(await post(gatewayAt(`http://127.0.0.1:${noise}/`))).toMatchObject({ kind: 'broken' })
  })

  it('ends with the session', async () => {
    const { port } = await serve(() => undefined)
    const session = new AbortController()
    const reply = post(gatewayAt(`http://127.0.0.1:${port}/`), session.signal)
    session.abort()
    expect(await reply).toMatchObject({ kind: 'broken' })
  })

  it('MAPI-2: follows a change of address when its connections have had their time', async () => {
    const first = await serve(ok, '127.0.0.1')
    const second = await serve(ok, '127.0.0.2', first.port)
    let address = '127.0.0.1'
    let lookups = 0
    const lookup: HttpGatewaySettings['lookup'] = (_hostname, _options, callback) => {
      lookups++
      callback(null, [{ address, family: 4 }])
    }
    const pooled = gatewayAt(`http://gateway.test:${first.port}/`, { lookup })
    await post(pooled)
    await idle()
    await post(pooled)
    // A connection is kept while it may live …
    expect(lookups).toBe(1)
    const retired = gatewayAt(`http://gateway.test:${first.port}/`, { lookup, connectionLifeMs: 0 })
    await post(retired)
    await idle()
    address = '127.0.0.2'
    await post(retired)
    // … and afterwards the name is looked up anew: nothing of ours remembers the address.
    expect(lookups).toBe(3)
    expect([first.arrived.length, second.arrived.length]).toEqual([3, 1])
  })
})
