/** What stands where a browser is sent to, and keeps what the browser sent, byte for byte. */
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Recorded {
  readonly method: string | undefined
  readonly host: string | undefined
  /** Path and query. */
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface RecordingGateway {
  readonly port: number
  readonly origin: string
  /** Every request but those for an icon. */
  readonly requests: readonly Recorded[]
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly page?: string
}

const SIGNING_PAGE: Answer = { page: '<!doctype html><title>Alipay</title><h1>Alipay’s own page</h1>' }

/** Ends with its test. With `tls` it speaks HTTPS, at the port that is named there. */
export async function recordingGateway(
  answer: (request: Recorded) => Answer = () => SIGNING_PAGE,
  tls?: { readonly cert: string; readonly key: string; readonly port: number },
): Promise<RecordingGateway> {
  const requests: Recorded[] = []
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method, url, headers } = request
    const recorded = { method, url, headers, host: headers.host, body: Buffer.concat(chunks) }
    if (url !== '/favicon.ico') requests.push(recorded)
    const { status = 200, headers: more, page = '' } = answer(recorded)
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...more }).end(page)
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(tls?.port ?? 0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, origin: `http${tls ? 's' : ''}://127.0.0.1:${port}`, requests }
}

/** The fields of a urlencoded body in their order, the bytes of each value as latin1: a decoder that knows no character set. */
export function fieldsOf(body: Buffer): [name: string, bytes: string][] {
  return body
    .toString('latin1')
    .split('&')
    .map((field) => {
      const [name = '', value = ''] = field.split('=').map((part) => unescape(part.replaceAll('+', ' ')))
      return [name, value]
    })
}
