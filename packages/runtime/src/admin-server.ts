import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { askHealth, type HealthCheck } from './health.ts'

/** Health and metrics of one process, by HTTP. It has no secrets and no passwords: keep its port inside. */
export interface AdminServer {
  /** `http://host:port`. */
  readonly url: string
  close(): Promise<void>
}

/** What the server is made of. */
export interface AdminServerOptions {
  readonly host: string
  /** Port 0 takes a free one. */
  readonly port: number
  readonly registry: Registry
  /** Asked for at each request, so that they can change during start and stop. */
  readonly checks: () => Readonly<Record<string, HealthCheck>>
}

/**
 * Serves
 * - `GET /health/live`: 200 as long as the process answers at all;
 * - `GET /health/ready`: 200 or 503, with each check by name;
 * - `GET /metrics`: what Prometheus reads.
 */
export async function adminServer(options: AdminServerOptions): Promise<AdminServer> {
  const server = createServer((request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const path = isRead ? request.url?.split('?')[0] : undefined
    answer(path, options).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      () => response.writeHead(500).end(),
    )
  })
  server.listen({ host: options.host, port: options.port })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `http://${host}:${port}`,
    close: async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

async function answer(path: string | undefined, { registry, checks }: AdminServerOptions): Promise<Answer> {
  switch (path) {
    case '/health/live':
      return json(200, { live: true })
    case '/health/ready': {
      const report = await askHealth(checks())
      return json(report.ready ? 200 : 503, report)
    }
    case '/metrics':
      return { status: 200, type: registry.contentType, body: await registry.metrics() }
    default:
      return json(404, { error: 'there are /health/live, /health/ready and /metrics, to be read with GET' })
  }
}

function json(status: number, value: object): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value) }
}
