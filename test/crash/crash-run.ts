/**
 * The crash test: payouts go through two processes of each service, while every service is killed again and again, and Kafka and Redis are
 * restarted; then the books of Alipay's side and the events are compared with what was asked for.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { SeededChance } from '@payout/sandbox/alipay/seeded-chance'
import type { Provisioned } from '@payout/sandbox/provision/provision'
import { SERVICES, type System, startSystem } from '../system/system.ts'
import { askedFor } from './asked.ts'
import { inFlight } from './in-flight.ts'
import { faultsOf } from './verdict.ts'

export interface CrashOptions {
  readonly servers: Provisioned
  readonly payouts: number
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
  readonly events: number
  readonly accepted: number
  readonly seconds: number
  /** Where the processes' logs are kept when something is wrong. */
  readonly folder: string
}

export async function crashRun(options: CrashOptions): Promise<CrashReport> {
  const { servers, payouts, seed, say } = options
  const began = performance.now()
  const { asked, records } = askedFor(payouts, seed)
  const system = await startSystem({
    brokers: servers.kafka.brokers,
    redisUrl: servers.redis.url,
    processes: { signer: 2, 'gateway-egress': 2, 'gateway-ingress': 2, reconciler: 2 },
    env: {
      KAFKA_SESSION_TIMEOUT_MS: '1500',
      RESEND_DELAY_MAX: '2s',
      GATEWAY_ANSWER_TIMEOUT: '3s',
      BREAKER_OPEN: '1s',
      NOTIFY_VERIFY_BREAKER_OPEN: '1s',
    },
    sandboxEnv: {
      SANDBOX_SEED: String(seed),
      SANDBOX_TIME_SCALE: '300',
      SANDBOX_FAULTS: JSON.stringify({
        'answer-lost': 0.04,
        'request-lost': 0.02,
        'cut-answer': 0.01,
        'late-server-error': 0.01,
        hang: 0.01,
        'notify-twice': 0.03,
        'notify-answer-lost': 0.05,
      }),
    },
  })
  let folder = system.folder
  try {
    say(`seed ${seed}: ${asked.length} payouts in ${records.length} commands, namespace ${system.namespace}`)
    const kills: Record<string, number> = {}
    const end = performance.now() + options.killForMs
    await Promise.all([
      askAll(system, records, options.killForMs * 0.8),
      killAgainAndAgain(system, options, end, kills),
      ...(options.restartServers ? [restartServers(options, end)] : []),
    ])
    say(`killed ${JSON.stringify(kills)}; waiting until everything has come to rest`)
    const faults = await settle(system, asked.length, options)
    const books = await system.gateway.books()
    faults.push(...faultsOf(asked, system.events.seen, books))
    if (faults.length > 0) folder = `${system.folder} (kept)`
    return {
      faults,
      kills,
      payouts: asked.length,
      events: system.events.seen.length,
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
async function settle(system: System, payouts: number, { settleMs, say }: CrashOptions): Promise<string[]> {
  const deadline = performance.now() + settleMs
  let left: string[] = []
  let toldAt = performance.now()
  while (performance.now() < deadline) {
    const outcomes = system.events.outcomes().size
    left = outcomes < payouts ? [`${payouts - outcomes} payouts without an outcome`] : await inFlight(system.log)
    if (left.length === 0) return []
    if (performance.now() - toldAt > 10_000) {
      toldAt = performance.now()
      say(`left: ${left.join('; ')}`)
    }
    await sleep(500)
  }
  return [`not at rest after ${settleMs} ms: ${left.join('; ')}`]
}
