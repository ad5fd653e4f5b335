/** Wrong settings: each service refuses to start, names all that is wrong, and ends with 78. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runEgress } from '@payout/gateway-egress/process'
import { runIngress } from '@payout/gateway-ingress/process'
import { runReconciler } from '@payout/reconciler/process'
import { compileCache } from '@payout/runtime/service/compile-cache'
import type { ServiceHost } from '@payout/runtime/service/host'
import {
  type DemoPartners,
  type MerchantPartner,
  makeDemoPartners,
} from '@payout/sandbox/alipay/partners/sandbox-partners'
import { runSigner } from '@payout/signer/process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SERVICES, type ServiceName } from '../system/system.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const SECRET = 'sesame-open-9Qx'
const LIMIT_MS = 40_000
let folder: string
let demo: DemoPartners
let copies = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'payout-configuration-'))
  demo = await makeDemoPartners({
    folder: join(folder, 'good'),
    notifyUrl: (alias) => `https://pay.example.com/notify/${alias}`,
  })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Settings with which a service would start, if there were a Kafka; with a partners file and key files of its own. */
async function settings(change: (partner: MerchantPartner) => object = (partner) => partner) {
  const own = join(folder, `copy-${copies++}`)
  await cp(join(folder, 'good'), own, { recursive: true })
  const partners = Object.entries(demo.merchant.partners).map(([alias, partner]) => [alias, change(partner)])
  await writeFile(join(own, 'partners.json'), JSON.stringify({ partners: Object.fromEntries(partners) }))
  const keyFiles = (service: ServiceName) =>
    Object.values(demo.merchant.partners).flatMap(({ signingKeyFile, verifyingKeyFiles }) =>
      service === 'signer' ? [signingKeyFile] : service === 'gateway-ingress' ? verifyingKeyFiles : [],
    )
  return {
    keyFiles: (service: ServiceName) => keyFiles(service).map((file) => join(own, file)),
    env: {
      NAMESPACE: 'wrong',
      KAFKA_BROKERS: '127.0.0.1:1',
      REDIS_URL: 'redis://127.0.0.1:1',
      PARTNERS_FILE: join(own, 'partners.json'),
      INGRESS_PORT: '0',
    },
  }
}

type Environment = Readonly<Record<string, string>>

/** What a service says, and the settings that it names. */
function reported(code: number | null | undefined, output: string) {
  return { code, output, named: [...output.matchAll(/^ {2}- (\S+( partners\.\S+)?) /gm)].map(([, name]) => name) }
}

/** Starts a service as a process, and waits until it ends by itself: all that it says goes to standard error. */
async function runProcess(service: ServiceName, env: Environment) {
  const child = spawn(process.execPath, [join(ROOT, 'services', service, 'src', 'main.ts')], {
    env: { ...compileCache, PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A service that would start waits for Kafka for ever.
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  await once(child, 'close')
  clearTimeout(limit)
  expect(Buffer.concat(stdout).toString()).toBe('')
  return reported(child.exitCode, Buffer.concat(stderr).toString())
}

const RUN: Readonly<Record<ServiceName, (host: ServiceHost) => Promise<void>>> = {
  signer: (host) => runSigner(undefined, host),
  'gateway-egress': (host) => runEgress(undefined, host),
  'gateway-ingress': (host) => runIngress(host),
  reconciler: (host) => runReconciler(undefined, host),
}

/** The same in this process, which has loaded the services once. */
async function run(service: ServiceName, env: Environment) {
  const said: string[] = []
  let code: number | undefined
  let stop: (why: string) => void = () => undefined
  const host: ServiceHost = {
    env,
    output: { write: (line) => void said.push(line) },
    complain: (message) => void said.push(`${message}\n`),
    onStop: (asked) => {
      stop = asked
    },
    onParentEnd: () => undefined,
    onReload: () => undefined,
    onUncaught: () => undefined,
    exit: (exitCode) => {
      code = exitCode
    },
  }
  await Promise.race([RUN[service](host), sleep(LIMIT_MS, undefined, { ref: false })])
  stop('it should not have started')
  return reported(code, said.join(''))
}

const ALIASES = ['shop-md5-utf8', 'shop-rsa-gbk', 'shop-dsa-gb2312']
const WITH_GATEWAY = ['gateway-egress', 'gateway-ingress'] as const

describe.concurrent.each(SERVICES)('%s', (service) => {
  it('MAPI-14: names every fault at once, with the way out, and repeats no secret', async () => {
    const { code, output, named } = await runProcess(service, {
      NAMESPACE: 'Not A Namespace',
      MODE: 'playground',
      LOG_LEVEL: 'loud',
      ADMIN_PORT: '70000',
      SHUTDOWN_LIMIT: '5 seconds',
      CLAIM_LIFE: '1h',
      KAFKA_BROKERS: 'kafka',
      KAFKA_SASL_USERNAME: 'payout',
      KAFKA_SASL_PASSWORD: SECRET,
      REDIS_URL: `redis://user:${SECRET}@127.0.0.1:1/what is this`,
      REDIS_PASSWORD: SECRET,
    })
    const wrong = [
      'NAMESPACE', 'MODE', 'LOG_LEVEL', 'ADMIN_PORT', 'SHUTDOWN_LIMIT', 'CLAIM_LIFE', 'KAFKA_BROKERS', 'KAFKA_SASL_MECHANISM', 'REDIS_URL',
      'PARTNERS_FILE',
    ] // biome-ignore format: a list of words
    expect(code).toBe(78)
    expect(named.toSorted()).toEqual(wrong.toSorted())
    expect(output).toContain(`has ${wrong.length} faults`)
    for (const [line, name] of output.matchAll(/^ {2}- (\w+) .*$/gm))
      expect(line).toMatch(new RegExp(`\\. ${name}[ :]`))
    expect(output).not.toContain(SECRET)
  })

  it('MAPI-1, MAPI-14, MAPI-15: production mode refuses a stand-in, a shifted clock, a test account and keys that everyone can read', async () => {
    const { env, keyFiles } = await settings((partner) => ({ ...partner, testAccount: true }))
    for (const file of keyFiles(service)) await chmod(file, 0o644)
    const { code, output, named } = await run(service, {
      ...env,
      CLOCK_SHIFT: '1h',
      GATEWAY_URL: 'http://127.0.0.1:8090/gateway.do',
    })
    const hasGateway = WITH_GATEWAY.some((name) => name === service)
    const key = { signer: 'signingKeyFile', 'gateway-ingress': 'verifyingKeyFiles.0' }[service as string]
    const partners = ALIASES.flatMap((alias) => [
      `partners.json: partners.${alias}.testAccount`,
      ...(key === undefined ? [] : [`partners.json: partners.${alias}.${key}`]),
    ])
    const wrong = ['CLOCK_SHIFT', ...(hasGateway ? ['GATEWAY_URL'] : []), ...partners]
    expect(code).toBe(78)
    expect(named.toSorted()).toEqual(wrong.toSorted())
    for (const file of keyFiles(service)) expect(output).toContain(`chmod o-rw ${file}`)
    if (hasGateway) expect(output).toMatch(/- GATEWAY_URL .*https:\/\/mapi\.alipay\.com\/gateway\.do/)
  })
})

describe.concurrent.each(WITH_GATEWAY)('%s', (service) => {
  it.each(['https://mapi.alipay.com.example.com/gateway.do', 'https://203.0.113.7/gateway.do'])(
    'MAPI-1, MAPI-2: refuses %s in production mode',
    async (url) => {
      const { code, named } = await run(service, { ...(await settings()).env, GATEWAY_URL: url })
      expect(code).toBe(78)
      expect(named).toEqual(['GATEWAY_URL'])
    },
  )

  it("MAPI-1: refuses Alipay's own gateway in sandbox mode", async () => {
    const gateway = 'https://mapi.alipay.com/gateway.do'
    const { code, named } = await run(service, { ...(await settings()).env, MODE: 'sandbox', GATEWAY_URL: gateway })
    expect(code).toBe(78)
    expect(named).toEqual(['GATEWAY_URL'])
  })
})

describe.concurrent.each(SERVICES)('%s', (service) => {
  it('MAPI-13, MAPI-14: names what is wrong in the partners file by alias, and never repeats a partner id', async () => {
    const { env } = await settings((partner) => ({ ...partner, partnerId: `${partner.partnerId}0`, charset: 'big5' }))
    const { code, output, named } = await run(service, env)
    expect(code).toBe(78)
    const wrong = ALIASES.flatMap((alias) =>
      ['partnerId', 'charset'].map((field) => `partners.json: partners.${alias}.${field}`),
    )
    expect(named.toSorted()).toEqual(wrong.toSorted())
    expect(output).not.toMatch(/2088\d{4}/)
  })

  it('MAPI-14: only the signer needs the keys that sign, only ingress those that verify', async () => {
    const { env } = await settings(({ signingKeyFile: _one, verifyingKeyFiles: _other, ...partner }) => partner)
    // The clock is wrong for all of them, so that each ends.
    const { code, named } = await run(service, { ...env, CLOCK_SHIFT: '1h' })
    const field = { signer: 'signingKeyFile', 'gateway-ingress': 'verifyingKeyFiles' }[service as string]
    const wrong = field === undefined ? [] : ALIASES.map((alias) => `partners.json: partners.${alias}.${field}`)
    expect(code).toBe(78)
    expect(named.toSorted()).toEqual(['CLOCK_SHIFT', ...wrong].toSorted())
  })
})

it.concurrent.each(['signer', 'gateway-ingress'] as const)(
  'MAPI-9, MAPI-14: %s refuses key files that hold no key, and repeats nothing of them',
  async (service) => {
    const { env, keyFiles } = await settings()
    const [md5 = '', rsa = ''] = keyFiles(service)
    const [key, pem] = [(await readFile(md5, 'utf8')).trim(), await readFile(rsa, 'utf8')]
    await writeFile(md5, key.slice(0, 31))
    await writeFile(rsa, pem.replace(/\n.{20}/, '\n????????????????????'))
    const { code, output, named } = await run(service, env)
    expect(code).toBe(78)
    expect(named.map((name) => name?.split('.')[2])).toEqual(['shop-md5-utf8', 'shop-rsa-gbk'])
    expect(output).not.toContain(key.slice(0, 8))
    for (const line of pem.split('\n').filter((text) => text.length === 64)) expect(output).not.toContain(line)
  },
)
