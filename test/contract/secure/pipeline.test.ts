import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, inject, it } from 'vitest'
import { ask, payout } from '../../system/actors/commands.ts'
import { SERVICES, type System, startSystem } from '../../system/system.ts'
import { countRenewals } from './log-ins.ts'
import { PASSWORD, USER } from './secure-kafka.ts'

/** Each client renews its log-in so often while the payouts go through. */
const RENEWALS = 3
const PAUSE_MS = 100
const FIRST = 'secure-0'

const { at, authority, client } = inject('secure')
const renewals = countRenewals()
const tls = { KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: authority.cert }
const login = { KAFKA_BROKERS: at.login, ...tls, KAFKA_SASL_USERNAME: USER, KAFKA_SASL_PASSWORD: PASSWORD }

let system: System
/** When the first payout had its outcome. */
let stoodAt = 0
afterEach(() => system?.stop())

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  system = await startSystem({ brokers: [at.plain], redisUrl: inject('redisUrl'), env, lanes: 2, keyPartitions: 2 })
  await ask(system, payout(FIRST))
  await system.events.until(() => system.events.outcomes().size === 1, 'the first payout has its outcome')
  stoodAt = Date.now()
}

/** Asks for one payout after the other until `isEnough`, and waits for all outcomes. */
async function payUntil(isEnough: () => boolean): Promise<void> {
  const asked = [FIRST]
  while (!isEnough()) {
    const id = `secure-${asked.length}`
    asked.push(id)
    await ask(system, payout(id))
    await sleep(PAUSE_MS)
  }
  await system.events.until(() => system.events.outcomes().size === asked.length, 'every payout has its outcome')
  const outcomes = [...system.events.outcomes().values()]
  expect(outcomes).toEqual(asked.map(() => ['payout.succeeded']))
  const paid = (await system.gateway.paid()).map(({ paid: times }) => times)
  expect(paid).toEqual(asked.map(() => 1))
}

/**
 * Lines of the services' logs that somebody should look at, once everything stands: a new installation has some of
 * its own.
 */
function warnings(): string[] {
  return SERVICES.flatMap((service) =>
    readFileSync(join(system.folder, `${service}-0.log`), 'utf8').split('\n'),
  ).filter((line) => {
    if (!line.startsWith('{')) return false
    const { level, time } = JSON.parse(line)
    return ['warn', 'error', 'fatal'].includes(level) && Date.parse(time) > stoodAt
  })
}

it.each([
  ['scram-sha-512', at.login],
  ['scram-sha-256', at.login256],
  ['plain', at.login],
])('with %s over TLS payouts go through while every client renews its log-in', async (mechanism, address) => {
  await start({ ...login, KAFKA_BROKERS: address, KAFKA_SASL_MECHANISM: mechanism })
  renewals.clear()
  const clients = [
    `${system.namespace}.signer`,
    `${system.namespace}.gateway-egress`,
    `${system.namespace}.reconciler`,
    'gateway-ingress',
  ]
  await payUntil(() => clients.every((name) => (renewals.get(name) ?? 0) >= RENEWALS))
  expect(warnings()).toEqual([])
})

it('with certificates on both sides payouts go through', async () => {
  await start({ KAFKA_BROKERS: at.mutual, ...tls, KAFKA_TLS_CERT_FILE: client.cert, KAFKA_TLS_KEY_FILE: client.key })
  let rounds = 0
  await payUntil(() => rounds++ >= 20)
  expect(warnings()).toEqual([])
})
