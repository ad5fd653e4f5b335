import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import type { Registry } from 'prom-client'
import { askHealth, type HealthCheck } from './health.ts'

/** Health and metrics of one process, by HTTP. It has no secrets and no passwords: keep its port inside. */
export interface AdminServer {
  /** `http://host:port`. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves
 * - `GET /health/live`: 200 as long as the process answers at all;
 * - `GET /health/ready`: 200 or 503, with each check by name;
 * - `GET /metrics`: what Prometheus reads.
 *
 * `checks` is asked for at each request, so they can change during start and stop. Port 0 takes a free one.
 */
export async function adminServer(options: {
  readonly host: string
  readonly port: number
  readonly registry: Registry
  readonly checks: () => Readonly<Record<string, HealthCheck>>
}): Promise<AdminServer> {
  const app = fastify({ forceCloseConnections: true })
  app.get('/health/live', async () => ({ live: true }))
  app.get('/health/ready', async (_request, reply) => {
    const report = await askHealth(options.checks())
    return reply.code(report.ready ? 200 : 503).send(report)
  })
  app.get('/metrics', async (_request, reply) => {
    return reply.type(options.registry.contentType).send(await options.registry.metrics())
  })
  await app.listen({ host: options.host, port: options.port })
  const { port } = app.server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return { url: `http://${host}:${port}`, close: () => app.close() }
}
