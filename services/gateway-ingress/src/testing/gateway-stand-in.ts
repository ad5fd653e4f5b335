import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A stand-in for Alipay's gateway that answers `notify_verify`, and remembers what it was asked. */
export interface GatewayStandIn {
  readonly url: string
  /** `METHOD path?query` of each question, in order. */
  readonly asked: string[]
  /** TCP connections that were opened to it. */
  readonly connections: () => number
  /** What it does from now on; at first it answers `true`. */
  answer(behave: (request: IncomingMessage, response: ServerResponse) => void): void
}

export async function gatewayStandIn(): Promise<GatewayStandIn> {
  const asked: string[] = []
  let connections = 0
  let behave = (_request: IncomingMessage, response: ServerResponse) => void response.end('true')
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    behave(request, response)
  })
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/gateway.do`,
    asked,
    connections: () => connections,
    answer: (next) => {
      behave = next as typeof behave
    },
  }
}
