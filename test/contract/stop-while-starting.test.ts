/** SIGTERM at every stage of a start: what is waited for refuses, or takes the connection and never answers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileCache } from '@payout/runtime/service/compile-cache'
import { makeDemoPartners } from '@payout/sandbox/alipay/partners/sandbox-partners'
import { freePort } from '@payout/sandbox/provision/process/free-port'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'

const SERVICES = join(import.meta.dirname, '..', '..', 'services')
const folder = mkdtempSync(join(tmpdir(), 'payout-start-'))
let partnersFile: string

beforeAll(async () => {
  partnersFile = (await makeDemoPartners({ folder, notifyUrl: (alias) => `http://127.0.0.1:9/notify/${alias}` }))
    .merchantFile
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A port that takes every connection, and never answers. */
async function silentPort(): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).resume()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

interface Started {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<number | null>
  /** What `/health/ready` answers, as text. */
  ready(): Promise<string>
}

async function start(service: string, env: Readonly<Record<string, string>>): Promise<Started> {
  const adminPort = await freePort()
  const child = spawn(process.execPath, [join(SERVICES, service, 'src', 'main.ts')], {
    env: {
      ...compileCache,
      PATH: process.env.PATH,
      NAMESPACE: `s${randomBytes(5).toString('hex')}`,
      MODE: 'sandbox',
      KAFKA_BROKERS: inject('brokers').join(','),
      REDIS_URL: inject('redisUrl'),
      GATEWAY_URL: 'http://127.0.0.1:9/gateway.do',
      PARTNERS_FILE: partnersFile,
      INGRESS_PORT: '0',
      ADMIN_PORT: String(adminPort),
      // A stop that is not heard shows as one that never ends.
      SHUTDOWN_LIMIT: '10m',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (text += chunk))
  const ready = () =>
    fetch(`http://127.0.0.1:${adminPort}/health/ready`).then(
      (answer) => answer.text(),
      () => 'nobody listens',
    )
  return { child, said: () => text, ended: once(child, 'close').then(([code]) => code as number | null), ready }
}

/** What is away, by its setting, and how `/health/ready` names it. */
const away = [
  ['REDIS_URL', 'redis://127.0.0.1:', 'Redis'],
  ['KAFKA_BROKERS', '127.0.0.1:', 'Kafka'],
  ['SCHEMA_REGISTRY_URL', 'http://127.0.0.1:', 'the schema registry'],
] as const

describe('a service that starts', () => {
  for (const how of ['refuses', 'is silent'] as const) {
    it.each(away)(`hears SIGTERM at once while it waits: what %s names ${how}`, async (setting, prefix, name) => {
      const port = how === 'refuses' ? await freePort() : await silentPort()
      const { child, ready, ended, said } = await start('signer', { [setting]: `${prefix}${port}` })
      await expect.poll(ready, { timeout: 60_000 }).toContain(`starting: waits for ${name} since`)
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
      expect(said()).toContain('"msg":"stopped"')
      expect(said()).not.toContain('"level":"fatal"')
    })
  }

  it('hears SIGTERM while topics are missing, which it names', async () => {
    const { child, ready, ended } = await start('signer', {})
    await expect
      .poll(ready, { timeout: 60_000 })
      .toMatch(/starting: waits for Kafka since .*payout\.commands does not exist/)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  it.each(['gateway-egress', 'reconciler'])('hears SIGTERM while it waits for Redis: %s', async (service) => {
    const { child, ready, ended } = await start(service, { REDIS_URL: `redis://127.0.0.1:${await silentPort()}` })
    await expect.poll(ready, { timeout: 60_000 }).toContain('starting: waits for Redis since')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('says what is waited for, and with what, at any time; and says it in the log once', async () => {
    const port = await freePort()
    const { ready, said } = await start('signer', { REDIS_URL: `redis://127.0.0.1:${port}` })
    await expect.poll(ready, { timeout: 60_000 }).toMatch(/waits for Redis since [3-9] s: Redis redis:.*ECONNREFUSED/)
    const warnings = said().match(/"level":"warn"/g)
    expect(warnings).toHaveLength(2)
  })

  it('hears SIGTERM where nothing is reached at all: gateway-ingress', async () => {
    const silent = String(await silentPort())
    const { child, ended, said } = await start('gateway-ingress', {
      REDIS_URL: `redis://127.0.0.1:${silent}`,
      KAFKA_BROKERS: `127.0.0.1:${silent}`,
      SCHEMA_REGISTRY_URL: `http://127.0.0.1:${silent}`,
    })
    await expect.poll(said, { timeout: 60_000 }).toContain('"msg":"ready"')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})
