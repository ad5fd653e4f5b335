import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunningSystem } from '@payout/cli/system/running-system'
import { checkTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import { kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'
import { makeDemoPartners } from '@payout/sandbox/alipay/partners/sandbox-partners'
import { expect, inject, it, onTestFinished } from 'vitest'
import { typed } from '../../e2e/typed-command.ts'
import { PASSWORD, USER } from './secure-kafka.ts'

const { at, authority, client, stranger, strange } = inject('secure')
const NOWHERE = 'http://127.0.0.1:9'
const WRONG = 'not-the-right-password'

const base = { PATH: process.env.PATH, NAMESPACE: 'faults', MODE: 'sandbox' }
const tls = { KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: authority.cert }
const login = {
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: USER,
  KAFKA_SASL_PASSWORD: PASSWORD,
}
const own = { KAFKA_TLS_CERT_FILE: client.cert, KAFKA_TLS_KEY_FILE: client.key }
const plan = { tasks: 1, keyPartitions: 1, replicationFactor: 1, minInsyncReplicas: 1, mode: 'sandbox' } as const

/**
 * The mistake, the settings with it, the code, and what the message says: what was read, what was expected, the
 * setting.
 */
const MISTAKES: readonly [string, Readonly<Record<string, string>>, string, readonly string[]][] = [
  [
    'a wrong password',
    { KAFKA_BROKERS: at.login, ...tls, ...login, KAFKA_SASL_PASSWORD: WRONG },
    'LOG_LOGIN_REFUSED',
    [`"${USER}"`, 'SCRAM-SHA-512', 'KAFKA_SASL_PASSWORD'],
  ],
  [
    'a wrong password for PLAIN',
    { KAFKA_BROKERS: at.login, ...tls, ...login, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: WRONG },
    'LOG_LOGIN_REFUSED',
    [`"${USER}"`, 'by PLAIN', 'KAFKA_SASL_PASSWORD'],
  ],
  [
    'another authority',
    { KAFKA_BROKERS: at.login, ...tls, ...login, KAFKA_TLS_CA_FILE: stranger.cert },
    'LOG_CERTIFICATE_UNTRUSTED',
    [at.login, 'signed by "Payout Test Authority"', 'KAFKA_TLS_CA_FILE, which holds that of "Unknown Authority"'],
  ],
  [
    'no authority',
    { KAFKA_BROKERS: at.login, ...login, KAFKA_TLS: 'true' },
    'LOG_CERTIFICATE_UNTRUSTED',
    [at.login, 'signed by "Payout Test Authority"', 'KAFKA_TLS_CA_FILE is not set'],
  ],
  [
    "another host's certificate",
    { KAFKA_BROKERS: at.elsewhere, ...tls },
    'LOG_CERTIFICATE_HOST',
    [at.elsewhere, 'DNS:kafka.example.com', 'reached as 127.0.0.1', 'KAFKA_BROKERS'],
  ],
  [
    'a certificate that holds no more',
    { KAFKA_BROKERS: at.expired, ...tls },
    'LOG_CERTIFICATE_DATE',
    [at.expired, '"old"', 'here it is', 'give the broker a new one'],
  ],
  [
    'no certificate of its own',
    { KAFKA_BROKERS: at.mutual, ...tls },
    'LOG_CLIENT_CERTIFICATE',
    [at.mutual, 'none is set', 'KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE'],
  ],
  [
    'a certificate of its own by another authority',
    { KAFKA_BROKERS: at.mutual, ...tls, KAFKA_TLS_CERT_FILE: strange.cert, KAFKA_TLS_KEY_FILE: strange.key },
    'LOG_CLIENT_CERTIFICATE',
    [at.mutual, 'KAFKA_TLS_CERT_FILE, which holds one signed by "Unknown Authority"'],
  ],
  [
    "another certificate's key",
    { KAFKA_BROKERS: at.mutual, ...tls, ...own, KAFKA_TLS_KEY_FILE: strange.key },
    'LOG_TLS_FILES',
    ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'KAFKA_TLS_KEY_FILE'],
  ],
  [
    'TLS to a port without',
    { KAFKA_BROKERS: at.plain, ...tls },
    'LOG_TLS_UNWANTED',
    [at.plain, 'speaks no TLS', 'KAFKA_TLS=false'],
  ],
  [
    'no TLS to a port with it',
    { KAFKA_BROKERS: at.login },
    'LOG_TLS_MISSING',
    [at.login, 'speaks TLS', 'KAFKA_TLS=true'],
  ],
  [
    'no log-in where one is wanted',
    { KAFKA_BROKERS: at.login, ...tls },
    'LOG_LOGIN_MISSING',
    [at.login, 'SCRAM-SHA-512', 'PLAIN', 'KAFKA_SASL_MECHANISM'],
  ],
  [
    'a log-in where none is taken',
    { KAFKA_BROKERS: at.plain, ...login },
    'LOG_LOGIN_UNWANTED',
    [at.plain, 'SCRAM-SHA-512', 'KAFKA_SASL_MECHANISM'],
  ],
  [
    'a log-in in a way that the port does not know',
    { KAFKA_BROKERS: at.login, ...tls, ...login, KAFKA_SASL_MECHANISM: 'scram-sha-256' },
    'LOG_LOGIN_MECHANISM',
    [at.login, 'by SCRAM-SHA-512, PLAIN, and not by SCRAM-SHA-256', 'KAFKA_SASL_MECHANISM'],
  ],
]

/** What a look at the topics and the event log throw. */
async function thrown(env: Readonly<Record<string, string>>): Promise<unknown[]> {
  const { namespace, mode: _mode, ...kafka } = new RunningSystem({ ...base, ...env }).kafka()
  const log = kafkaEventLog({ ...kafka, namespace })
  try {
    return await Promise.all([
      checkTopics(kafka, { ...plan, namespace }).catch((error: unknown) => error),
      log.partitions('payout.commands').catch((error: unknown) => error),
    ])
  } finally {
    await log.close()
  }
}

it.each(MISTAKES)('%s is told, with what was read, what was expected, and the setting', async (_, env, code, words) => {
  for (const error of await thrown(env)) {
    expect(error).toMatchObject({ code })
    const { message } = error as Error
    for (const word of words) expect(message).toContain(word)
    expect(message).not.toContain('\n')
    expect(message).not.toContain(WRONG)
  }
})

it('no two mistakes have one message', async () => {
  const errors = await Promise.all(MISTAKES.map(async ([, env]) => (await thrown(env))[0] as Error))
  expect(new Set(errors.map(({ message }) => message)).size).toBe(MISTAKES.length)
})

it('a command that a person types ends with that line', async () => {
  const { code, stdout, stderr } = await typed('topics', ['check'], { ...base, KAFKA_BROKERS: at.login, ...tls })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^error: .* wants a log-in .*\[LOG_LOGIN_MISSING\]\n$/)
})

it.each(['signer', 'gateway-ingress'])('a %s that starts waits, and its log tells the mistake', async (service) => {
  const folder = mkdtempSync(join(tmpdir(), 'payout-faults-'))
  const { merchantFile } = await makeDemoPartners({ folder, notifyUrl: () => NOWHERE })
  const env = { ...base, ...tls, ...login, KAFKA_BROKERS: at.login, KAFKA_SASL_PASSWORD: WRONG }
  const others = { PARTNERS_FILE: merchantFile, REDIS_URL: inject('redisUrl'), GATEWAY_URL: NOWHERE, FORM_URL: NOWHERE }
  const child = spawn(process.execPath, [join('services', service, 'src', 'main.ts')], {
    env: { ...env, ...others, INGRESS_PORT: '0' },
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await once(child, 'close')
    rmSync(folder, { recursive: true })
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await expect.poll(() => said, { timeout: 60_000 }).toContain('LOG_LOGIN_REFUSED')
  expect(said).not.toContain(WRONG)
  expect(child.exitCode).toBeNull()
})
