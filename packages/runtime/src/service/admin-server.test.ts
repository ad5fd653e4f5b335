import { afterEach, describe, expect, it } from 'vitest'
import { Metrics } from '../observability/metrics.ts'
import { type AdminServer, adminServer } from './admin-server.ts'
import type { HealthCheck } from './health.ts'

let server: AdminServer | undefined
afterEach(() => server?.close())

async function serve(checks: Record<string, HealthCheck>): Promise<string> {
  const { registry } = new Metrics('test', { things_total: { type: 'counter', help: 'Things.', labels: [] } })
  server = await adminServer({ host: '127.0.0.1', port: 0, registry, checks: () => checks })
  return server.url
}

describe('the admin server', () => {
  it('says that the process lives', async () => {
    const response = await fetch(`${await serve({ kafka: () => 'away' })}/health/live`)
    expect([response.status, await response.json()]).toEqual([200, { live: true }])
  })

  it('is ready when all checks are, and names each', async () => {
    const checks: Record<string, HealthCheck> = { kafka: () => true, redis: () => Promise.resolve(true as const) }
    const url = await serve(checks)
    const ready = await fetch(`${url}/health/ready`)
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, checks: { kafka: 'ok', redis: 'ok' } }])
    checks.redis = async () => 'not trusted: no-marker'
    const unready = await fetch(`${url}/health/ready`)
    expect([unready.status, await unready.json()]).toEqual([
      503,
      { ready: false, checks: { kafka: 'ok', redis: 'not trusted: no-marker' } },
    ])
  })

  it('takes a check that throws, or never answers, as failed', async () => {
    const url = await serve({
      throws: () => {
        throw new Error('broken')
      },
      rejects: () => Promise.reject(new Error('refused')),
      hangs: () => new Promise(() => undefined),
    })
    const response = await fetch(`${url}/health/ready`)
    expect([response.status, await response.json()]).toEqual([
      503,
      { ready: false, checks: { throws: 'broken', rejects: 'refused', hangs: 'no answer within 1000 ms' } },
    ])
  })

  it('gives the metrics to Prometheus', async () => {
    const response = await fetch(`${await serve({})}/metrics`)
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(await response.text()).toContain('# TYPE things_total counter')
  })

  it('knows nothing else', async () => {
    expect((await fetch(`${await serve({})}/`)).status).toBe(404)
  })
})
