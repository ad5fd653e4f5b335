import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { compileCache } from '@payout/runtime/service/compile-cache'
import { expect, it, onTestFinished } from 'vitest'
import { MD5_KEY } from './testing/alipay-notify.ts'

const MAIN = join(import.meta.dirname, 'main.ts')
const WAIT_MS = 20_000

interface Started {
  readonly child: ChildProcess
  /** Waits until the output, of both kinds, has what is looked for. */
  output(wanted: RegExp): Promise<RegExpExecArray>
}

function start(env: Record<string, string>): Started {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [MAIN], {
    env: { ...compileCache, PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const look of watchers) look()
    })
  }
  return {
    child,
    output: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = wanted.exec(text)
          if (!found) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        child.once('close', () => reject(new Error(`it ended without ${wanted}:\n${text}`)))
        look()
      }),
  }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ingress-main-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

it('ends with code 78 and names every fault when the configuration is wrong', { timeout: WAIT_MS }, async () => {
  const { child, output } = start({
    MODE: 'production',
    GATEWAY_URL: 'http://127.0.0.1:9/gateway.do',
    INGRESS_PORT: 'x',
  })
  const exit = once(child, 'exit')
  const [text] = await output(/The configuration has \d+ faults:[\s\S]*/)
  expect((await exit)[0]).toBe(78)
  for (const name of ['GATEWAY_URL', 'INGRESS_PORT', 'KAFKA_BROKERS', 'REDIS_URL', 'PARTNERS_FILE'])
    expect(text).toContain(name)
})

it('starts without Kafka and Redis, takes a new certificate on SIGHUP, and ends with code 0', {
  timeout: WAIT_MS,
}, async () => {
  const files = folder()
  const certificate = (name: string) => {
    const kind = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '1',
      '-subj',
      `/CN=${name}`,
    ]
    const [key, cert] = [join(files, `${name}.key`), join(files, `${name}.cert`)]
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    copyFileSync(key, join(files, 'key.pem'))
    copyFileSync(cert, join(files, 'cert.pem'))
  }
  certificate('first.test')
  writeFileSync(join(files, 'shop.md5'), MD5_KEY, { mode: 0o600 })
  const shop = {
    partnerId: '2088002464631181',
    charset: 'utf-8',
    signType: 'MD5',
    verifyingKeyFiles: ['shop.md5'],
    accounts: [{ name: 'shop', email: 'shop@example.com' }],
    notifyUrl: 'https://merchant.test/notify/shop',
  }
  writeFileSync(join(files, 'partners.json'), JSON.stringify({ partners: { shop } }))
  const { child, output } = start({
    MODE: 'sandbox',
    GATEWAY_URL: 'http://127.0.0.1:9/gateway.do',
    KAFKA_BROKERS: '127.0.0.1:9',
    REDIS_URL: 'redis://127.0.0.1:9',
    PARTNERS_FILE: join(files, 'partners.json'),
    INGRESS_PORT: '0',
    INGRESS_TLS_CERT_FILE: join(files, 'cert.pem'),
    INGRESS_TLS_KEY_FILE: join(files, 'key.pem'),
  })
  const [, port] = await output(/"notifies":"https:\/\/127\.0\.0\.1:(\d+)\/notify\/<alias>"/)
  const [, admin = ''] = await output(/"admin":"([^"]+)"/)
  const commonName = async () => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { subject } = socket.getPeerCertificate()
    socket.destroy()
    return subject.CN
  }
  expect(await commonName()).toBe('first.test')
  certificate('second.test')
  child.kill('SIGHUP')
  await output(/the certificate was read again/)
  expect(await commonName()).toBe('second.test')
  rmSync(join(files, 'key.pem'))
  child.kill('SIGHUP')
  await output(/the old one stays/)
  expect(await commonName()).toBe('second.test')

  expect((await fetch(`${admin}/health/live`)).status).toBe(200)
  expect((await fetch(`${admin}/health/ready`)).status).toBe(503)
  expect(await (await fetch(`${admin}/metrics`)).text()).toContain('ingress_refusals_total{reason="bad-signature"')
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  expect((await exit)[0]).toBe(0)
})
