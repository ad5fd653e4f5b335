import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SIGN_PATH } from './agreement/sign-page.ts'
import type { SigningHandler } from './agreement/signing-handler.ts'
import { type ControlDependencies, control } from './control/control.ts'
import { controlCommandSchema } from './control/control-command.ts'
import type { GatewayReply } from './gateway/reply.ts'
import { REQUEST_LIMITS, readGatewayRequest } from './gateway/request.ts'
import type { RequestLog } from './gateway/request-log.ts'
import type { Gateway } from './gateway.ts'

export interface RouteDependencies extends ControlDependencies {
  readonly gateway: Gateway
  readonly signingHandler: SigningHandler
  readonly requests: RequestLog
}

/**
 * The sandbox over HTTP: `/gateway.do` for merchants and their users, `/sandbox/sign` for what a user answers to the
 * signing page, the rest of `/sandbox/…` for those who watch and steer it. Lists are JSON lines.
 */
export function sandboxRoutes(
  dependencies: RouteDependencies,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    route(request, response, dependencies).catch((error: Error) => {
      if (response.headersSent) response.destroy()
      else sendJson(response, 500, { error: error.message })
    })
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  dependencies: RouteDependencies,
): Promise<void> {
  const address = request.url ?? '/'
  const [path, query = ''] = address.split('?', 2)
  const wanted = new URLSearchParams(query)
  switch (path) {
    case '/gateway.do':
      return answerMerchant(request, response, address, dependencies.gateway)
    case '/sandbox/books':
      return sendLines(response, dependencies.books.entries())
    case '/sandbox/paid':
      return sendLines(response, dependencies.books.paid())
    case '/sandbox/requests':
      return sendLines(response, filtered(dependencies.requests.all(), wanted))
    case '/sandbox/notifies':
      return sendLines(response, filtered(notifyViews(dependencies), wanted))
    case '/sandbox/agreements':
      return sendLines(response, filtered(dependencies.agreements.all(), wanted))
    case '/sandbox/return-files':
      return sendLines(response, filtered(dependencies.returnFiles.all(), wanted))
    case SIGN_PATH:
      return answerUser(request, response, dependencies.signingHandler)
    case '/sandbox/summary':
      return sendJson(response, 200, {
        ...dependencies.books.summary(),
        requests: dependencies.requests.all().length,
        notifies: dependencies.notifies.counts(),
      })
    case '/sandbox/control':
      return takeCommand(request, response, dependencies)
    default:
      return sendJson(response, 404, {
        error:
          'there is /gateway.do, /sandbox/books, paid, requests, notifies, agreements, return-files, summary, control',
      })
  }
}

async function answerMerchant(
  request: IncomingMessage,
  response: ServerResponse,
  address: string,
  gateway: Gateway,
): Promise<void> {
  const method = request.method ?? ''
  const body = await readBody(request)
  if (body === undefined || (method !== 'GET' && method !== 'POST')) {
    response.writeHead(body === undefined ? 413 : 405).end()
    return
  }
  deliver(response, gateway.answer(readGatewayRequest(method, address, request.headers['content-type'] ?? '', body)))
}

async function answerUser(request: IncomingMessage, response: ServerResponse, handler: SigningHandler): Promise<void> {
  const body = await readBody(request)
  if (body === undefined || request.method !== 'POST') response.writeHead(body === undefined ? 413 : 405).end()
  else deliver(response, handler.decide(body))
}

function deliver(response: ServerResponse, reply: GatewayReply): void {
  if (reply.delayMs <= 0) deliverNow(response, reply)
  else setTimeout(() => deliverNow(response, reply), reply.delayMs)
}

function deliverNow(response: ServerResponse, { answer, delivery }: GatewayReply): void {
  const { body } = answer
  const half = body.subarray(0, body.length >> 1)
  const headers = { ...answer.headers, 'content-type': answer.contentType, 'content-length': body.length }
  switch (delivery) {
    case 'hang':
      return
    case 'reset':
      response.socket?.resetAndDestroy()
      return
    case 'cut':
      response.writeHead(answer.status, headers)
      response.write(half, () => response.socket?.resetAndDestroy())
      return
    case 'half':
      response.writeHead(answer.status, { ...headers, 'content-length': half.length }).end(half)
      return
    case 'whole':
      response.writeHead(answer.status, headers).end(body)
  }
}

async function takeCommand(
  request: IncomingMessage,
  response: ServerResponse,
  dependencies: RouteDependencies,
): Promise<void> {
  const body = await readBody(request)
  const command = controlCommandSchema.safeParse(parseJson(body))
  if (!command.success) return sendJson(response, 400, { error: command.error.message })
  try {
    return sendJson(response, 200, await control(command.data, dependencies))
  } catch (error) {
    return sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) })
  }
}

function parseJson(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(body?.toString('utf8') ?? '')
  } catch {
    return undefined
  }
}

/** The body, or undefined when it is larger than any legal request. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > REQUEST_LIMITS.maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function* notifyViews({ notifies }: RouteDependencies): Iterable<NotifyView> {
  for (const { notifyId, alias, batchNo, sent, acknowledged, abandoned, lastAnswer, content } of notifies.all()) {
    const { successDetails, failDetails } = content
    yield { notifyId, alias, batchNo, sent, acknowledged, abandoned, lastAnswer, successDetails, failDetails }
  }
}

/** A notify as `/sandbox/notifies` shows it. */
export interface NotifyView {
  readonly notifyId: string
  readonly alias: string
  readonly batchNo: string
  readonly sent: number
  readonly acknowledged: boolean
  readonly abandoned: boolean
  readonly lastAnswer: { readonly status: number; readonly body: string } | undefined
  readonly successDetails: string
  readonly failDetails: string
}

function* filtered<T extends { readonly alias?: string | undefined; readonly batchNo?: string | undefined }>(
  items: Iterable<T>,
  wanted: URLSearchParams,
): Iterable<T> {
  const [alias, batchNo] = [wanted.get('alias'), wanted.get('batchNo')]
  for (const item of items) {
    if ((alias === null || item.alias === alias) && (batchNo === null || item.batchNo === batchNo)) yield item
  }
}

async function sendLines(response: ServerResponse, items: Iterable<unknown>): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  await pipeline(Readable.from(linesOf(items)), response)
}

/** Many lines to a chunk: one chunk a line would be slow for long books. */
function* linesOf(items: Iterable<unknown>): Iterable<string> {
  let text = ''
  for (const item of items) {
    text += `${JSON.stringify(item)}\n`
    if (text.length > 65_536) {
      yield text
      text = ''
    }
  }
  if (text !== '') yield text
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`)
}
