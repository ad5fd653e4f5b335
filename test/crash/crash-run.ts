/**
 * The crash test: payouts, agreements and return files go through two processes of each service, while every service is
 * killed again and again, and Kafka and Redis are restarted; then the books of Alipay's side and the events are
 * compared with what was asked for.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { SeededChance } from '@payout/sandbox/alipay/seeded-chance'
import type { Provisioned } from '@payout/sandbox/provision/provision'
import { SERVICES, type System, startSystem } from '../system/system.ts'
import { type AgreementWalk, agreementWalks, walk } from './agreement-walk.ts'
import { expectedPayouts } from './expected-payouts.ts'
import { inFlight } from './in-flight.ts'
import { askFor, makeReturnFiles, type ReturnFileDay, returnFileDays } from './return-file-days.ts'
import { missingEvents, serviceFaults } from './service-verdict.ts'
import { faultsOf } from './verdict.ts'

export interface CrashOptions {
  readonly servers: Provisioned
  readonly payouts: number
  /** Agreements that are signed and cancelled beside them; return files are asked for in any case. */
  readonly agreements: number
  readonly seed: number
  /** How long the payouts are asked for and processes are killed. */
  readonly killForMs: number
  /** Mean time between two kills. */
  readonly killEveryMs: number
  readonly restartServers: boolean
  /** How long everything may take to come to rest. */
  readonly settleMs: number
  readonly say: (message: string) => void
}

export interface CrashReport {
  readonly faults: readonly string[]
  readonly kills: Readonly<Record<string, number>>
  readonly payouts: number
  readonly agreements: number
  readonly events: number
  readonly accepted: number
  readonly seconds: number
  /** Where the processes' logs are kept when something is wrong. */
  readonly folder: string
}

export async function crashRun(options: CrashOptions): Promise<CrashReport> {
  const { servers, payouts, seed, say } = options
  const began = performance.now()
  const { expected, records } = expectedPayouts(payouts, seed)
  const chance = new SeededChance(seed)
  const services = { walks: agreementWalks(options.agreements, chance), days: returnFileDays(chance) }
  const system = await startSystem({
    brokers: servers.kafka.brokers,
    redisUrl: servers.redis.url,
    count: { signer: 2, 'gateway-egress': 2, 'gateway-ingress': 2, reconciler: 2 },
    processes: SERVICES,
    env: {
      KAFKA_SESSION_TIMEOUT_MS: '1500',
      RESEND_DELAY_MAX: '2s',
      GATEWAY_ANSWER_TIMEOUT: '3s',
      BREAKER_OPEN: '1s',
      NOTIFY_VERIFY_BREAKER_OPEN: '1s',
      AGREEMENT_FIRST_POLL: '1s',
      AGREEMENT_MAX_POLL: '3s',
      RETURN_FILE_AGAIN: '2s',
      RETURN_FILE_TRIES: '60',
    },
    sandbox: {
      seed,
      timeScale: 300,
      faults: {
        'answer-lost': 0.04,
        'request-lost': 0.02,
        'cut-answer': 0.01,
        'late-server-error': 0.01,
        hang: 0.01,
        'notify-twice': 0.03,
        'notify-answer-lost': 0.05,
      },
    },
  })
  let folder = system.folder
  try {
    say(`seed ${seed}: ${expected.length} payouts in ${records.length} commands, namespace ${system.namespace}`)
    await makeReturnFiles(system, services.days)
    const kills: Record<string, number> = {}
    const end = performance.now() + options.killForMs
    const settled = end + options.settleMs
    const served = serveAll(system, services, options.killForMs, settled)
    await Promise.all([
      askAll(system, records, options.killForMs * 0.8),
      killAgainAndAgain(system, options, end, kills),
      ...(options.restartServers ? [restartServers(options, end)] : []),
    ])
    say(`killed ${JSON.stringify(kills)}; waiting until everything has come to rest`)
    const faults = await settle(system, expected.length, services, options)
    await served
    const books = await system.gateway.books()
    faults.push(...faultsOf(expected, system.events.seen, books))
    faults.push(...serviceFaults(system.events, services.walks, services.days, await system.gateway.agreements()))
    if (faults.length > 0) folder = `${system.folder} (kept)`
    return {
      faults,
      kills,
      payouts: expected.length,
      agreements: services.walks.length,
      events: system.events.seen.length + system.events.agreements.length + system.events.returnFiles.length,
      accepted: books.length,
      seconds: Math.round((performance.now() - began) / 1000),
      folder,
    }
  } finally {
    await system.stop(folder.endsWith('(kept)'))
  }
}

/** Writes the commands evenly over the time; again and again where Kafka is away, as upstream's own outbox would. */
async function askAll(
  system: System,
  records: readonly { key: string; value: Buffer }[],
  overMs: number,
): Promise<void> {
  const began = performance.now()
  const slices = 100
  for (let slice = 0; slice < slices; slice++) {
    const part = records.slice(
      Math.floor((slice * records.length) / slices),
      Math.floor(((slice + 1) * records.length) / slices),
    )
    await Promise.all(part.map((record) => askOne(system, record)))
    await sleep(Math.max(0, began + ((slice + 1) * overMs) / slices - performance.now()))
  }
}

async function askOne(system: System, { key, value }: { key: string; value: Buffer }): Promise<void> {
  for (;;) {
    try {
      const partition = await system.log.partitionFor('payout.commands', key)
      // A record that is written twice, because its acknowledgement was lost, is a duplicate like any other.
      await system.publisher.append({ topic: 'payout.commands', partition, key, value, headers: {} })
      return
    } catch {
      await sleep(200)
    }
  }
}

/** What goes on beside the payouts. */
interface Services {
  readonly walks: readonly AgreementWalk[]
  readonly days: readonly ReturnFileDay[]
}

/** Users sign and cancel agreements, and return files are asked for, each at its moment. */
async function serveAll(system: System, { walks, days }: Services, overMs: number, deadline: number): Promise<void> {
  await Promise.all([
    ...walks.map((agreement) => sleep(agreement.begins * overMs).then(() => walk(system, agreement, deadline))),
    ...days.flatMap((day) => day.requestedAt.map((at) => sleep(at * overMs).then(() => askFor(system, day, deadline)))),
  ])
}

async function killAgainAndAgain(
  system: System,
  options: CrashOptions,
  end: number,
  kills: Record<string, number>,
): Promise<void> {
  const chance = new SeededChance(options.seed)
  for (let n = 0; performance.now() < end; n++) {
    await sleep(2 * options.killEveryMs * chance.fraction('when', n))
    const service = SERVICES[Math.floor(chance.fraction('which', n) * SERVICES.length)]
    const processes = service ? system.services[service] : []
    const { pid } = processes[Math.floor(chance.fraction('process', n) * processes.length)] ?? {}
    if (pid === undefined || service === undefined) continue
    try {
      process.kill(pid, 'SIGKILL')
      kills[service] = (kills[service] ?? 0) + 1
    } catch {
      // It is just being started again.
    }
  }
}

async function restartServers({ servers, seed, killForMs, say }: CrashOptions, end: number): Promise<void> {
  const chance = new SeededChance(seed)
  const began = end - killForMs
  const acts = [
    {
      at: began + killForMs * (0.15 + 0.3 * chance.fraction('kafka')),
      name: 'Kafka',
      act: () => servers.kafka.restart(chance.happens(0.5, 'kafka-kill') ? 'SIGKILL' : 'SIGTERM'),
    },
    {
      at: began + killForMs * (0.15 + 0.6 * chance.fraction('redis')),
      name: 'Redis',
      act: () => servers.redis.restart('SIGKILL'),
    },
  ].sort((a, b) => a.at - b.at)
  for (const { at, name, act } of acts) {
    await sleep(Math.max(0, at - performance.now()))
    say(`${name} is restarted`)
    await act()
  }
}

/** Waits until each payout has an outcome and nothing is in flight. */
async function settle(
  system: System,
  payouts: number,
  { walks, days }: Services,
  { settleMs, say }: CrashOptions,
): Promise<string[]> {
  const deadline = performance.now() + settleMs
  let left: string[] = []
  let toldAt = performance.now()
  while (performance.now() < deadline) {
    const outcomes = system.events.outcomes().size
    left = outcomes < payouts ? [`${payouts - outcomes} payouts without an outcome`] : []
    const words = missingEvents(system.events, walks, days)
    if (words.length > 0) left.push(`not yet said: ${words.slice(0, 5).join(', ')} and so on, ${words.length} in all`)
    if (left.length === 0) left = await inFlight(system.log)
    if (left.length === 0) return []
    if (performance.now() - toldAt > 10_000) {
      toldAt = performance.now()
      say(`left: ${left.join('; ')}`)
    }
    await sleep(500)
  }
  return [`not at rest after ${settleMs} ms: ${left.join('; ')}`]
}
