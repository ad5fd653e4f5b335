/**
 * Each layer of the safety argument by itself: a fault that it alone stops, with the other layers that would stop it
 * too replaced. Run with the layer (the promise is kept) and with it replaced as well (the promise is broken): so the
 * layer works, and the test can fail.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject } from 'vitest'
import type { ExpectedPayout } from '../crash/expected-payouts.ts'
import { inFlight } from '../crash/in-flight.ts'
import { faultsOf } from '../crash/verdict.ts'
import { ask, askBatch, askUnder, keyOf, payout } from '../system/actors/commands.ts'
import { seededPortion } from '../system/seeded-portion.ts'
import { emptyRedis } from '../system/stores/redis.ts'
import { type ServiceName, type System, startSystem } from '../system/system.ts'
import { withReplacedPorts } from './ports/connections.ts'
import type { Death, Replaceable } from './ports/replaced.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const MAINS = join(import.meta.dirname, 'mains')
/** Who dies there: it is a process of its own, and all else runs in this one. */
const MORTAL = { 'in-commit': 'signer', 'before-outcome': 'reconciler' } as const satisfies Record<Death, ServiceName>
const PARTNER = 'shop-md5-utf8'

interface Schedule {
  /** Ports that are replaced in both runs: what else would stop the fault. */
  readonly others: readonly Replaceable[]
  /** Where one process of the run dies once. */
  readonly dies?: Death
  /** Whether Alipay's own checks stay on; they are off unless said, since they are a layer too. */
  readonly uniqueness?: boolean
  /** Further settings of the services. */
  readonly env?: Readonly<Record<string, string>>
  /** Plays the fault, and tells what is wrong at its end. */
  readonly play: (system: System, flag: string, replaced: boolean) => Promise<string[]>
}

/** Plays the fault with the layer and without it, side by side. */
async function withAndWithout(
  layer: Replaceable | 'uniqueness',
  schedule: Schedule,
): Promise<{ kept: string[]; broken: string[] }> {
  const [kept, broken] = await Promise.all([run(layer, schedule, false), run(layer, schedule, true)])
  return { kept, broken }
}

async function run(layer: Replaceable | 'uniqueness', schedule: Schedule, replaced: boolean): Promise<string[]> {
  const ports = [...schedule.others, ...(replaced && layer !== 'uniqueness' ? [layer] : [])]
  const namespace = `layer-${layer}-${replaced ? 'off' : 'on'}-${Date.now().toString(36)}`
  const flag = schedule.dies === undefined ? '' : join('/tmp', `${namespace}.${schedule.dies}`)
  const system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    namespace,
    lanes: 2,
    keyPartitions: 2,
    processes: schedule.dies === undefined ? [] : [MORTAL[schedule.dies]],
    mains: { signer: join(MAINS, 'signer.ts'), reconciler: join(MAINS, 'reconciler.ts') },
    ports: withReplacedPorts({ ports, die: () => undefined }),
    env: {
      TEST_REPLACED: ports.join(','),
      TEST_DIE_ONCE: flag,
      ...schedule.env,
      KAFKA_SESSION_TIMEOUT_MS: '2000',
      BREAKER_OPEN: '1s',
    },
  })
  try {
    const on = layer === 'uniqueness' ? !replaced : (schedule.uniqueness ?? false)
    await system.gateway.control({ action: 'uniqueness', batchNo: on, serial: on })
    return await schedule.play(system, flag, replaced)
  } finally {
    await system.stop()
  }
}

function asked(payoutId: string, amounts: readonly number[] = [1_00]): ExpectedPayout {
  return { partner: PARTNER, payoutId, outcome: 'payout.succeeded', sent: true, amounts }
}

async function verdict(system: System, ...payouts: ExpectedPayout[]): Promise<string[]> {
  return faultsOf(payouts, system.events.seen, await system.gateway.books())
}

function hasOutcome(system: System, payoutId: string): boolean {
  return system.events.outcomes().has(`${PARTNER}/${payoutId}`)
}

async function untilOutcome(system: System, payoutId: string): Promise<void> {
  await system.events.until(() => hasOutcome(system, payoutId), `${payoutId} has its outcome`)
}

async function untilAtRest(system: System): Promise<void> {
  await system.events.until(async () => (await inFlight(system.log)).length === 0, 'nothing is in flight')
}

/** The same id once more, in another company, so that no batch number is the same. */
async function askAgainBesideAnother(system: System, amountFen = 1_00): Promise<void> {
  const lines = [payout('x', { amountFen }), payout('y')]
  await askBatch(system, 'again', { partner: PARTNER, payer: null, lines, requestedAt: null })
}

// All eight: npm run test:faults.
seededPortion(3, (it) => {
  it('S1 one id, one payload: an id with other content is not paid a second time', async () => {
    const { kept, broken } = await withAndWithout('content', {
      others: [],
      play: async (system) => {
        await ask(system, payout('x'))
        await untilOutcome(system, 'x')
        await askAgainBesideAnother(system, 2_00)
        await untilOutcome(system, 'y')
        return verdict(system, asked('x'), asked('y'))
      },
    })
    expect(kept).toEqual([])
    expect(broken).toContain(`${PARTNER}/x stands 2 times in Alipay's books`)
  })

  it('S2 claims: the same command in another batch is not paid a second time', async () => {
    const { kept, broken } = await withAndWithout('claims', {
      others: [],
      play: async (system) => {
        await ask(system, payout('x'))
        await untilOutcome(system, 'x')
        await askAgainBesideAnother(system)
        await untilOutcome(system, 'y')
        return verdict(system, asked('x'), asked('y'))
      },
    })
    expect(kept).toEqual([])
    expect(broken).toContain(`${PARTNER}/x stands 2 times in Alipay's books`)
  })

  it('S3 one transaction: a signer that dies in its commit signs nothing twice', async () => {
    const { kept, broken } = await withAndWithout('transaction', {
      others: ['claims'],
      dies: 'in-commit',
      play: async (system, flag) => {
        await ask(system, payout('x'))
        await system.events.until(() => existsSync(flag), 'the signer has died')
        // In the same partition, so that the next signer reads both together and gives them a batch number of their
        // own.
        const partition = await system.log.partitionFor('payout.commands', 'x')
        const key = await keyOf(system, partition)
        await askUnder(system, key, payout('y'))
        await untilOutcome(system, 'x')
        await untilOutcome(system, 'y')
        await untilAtRest(system)
        return verdict(system, asked('x'), asked('y'))
      },
    })
    expect(kept).toEqual([])
    expect(broken).toContain(`${PARTNER}/x stands 2 times in Alipay's books`)
  })

  it('S4 deterministic identities: should all memory be lost, Alipay refuses the second copy', async () => {
    const { kept, broken } = await withAndWithout('uniqueness', {
      others: ['claims'],
      play: async (system) => {
        await ask(system, payout('x'))
        await untilOutcome(system, 'x')
        await askAgainBesideAnother(system)
        await system.events.until(() => system.events.of('y').length > 0, 'something is said about y')
        await untilAtRest(system)
        return verdict(system, asked('x'))
      },
    })
    expect(kept.filter((fault) => !fault.includes('/y '))).toEqual([])
    expect(broken).toContain(`${PARTNER}/x stands 2 times in Alipay's books`)
  })

  it('S5 intent before the call: a refusal after an attempt without answer makes no payout fail that is paid', async () => {
    const { kept, broken } = await withAndWithout('attempts', {
      others: [],
      play: async (system) => {
        await system.gateway.control({ action: 'hold-notifies', hold: true })
        await system.gateway.control({ action: 'force-fault', fault: 'answer-lost' })
        await ask(system, payout('x'))
        await system.events.until(
          async () => (await system.gateway.requests()).length === 1,
          'the first attempt was made',
        )
        await system.gateway.control({ action: 'force-answer', code: 'MAX_SINGLE_FEE' })
        await untilAtRest(system)
        await system.gateway.control({ action: 'hold-notifies', hold: false })
        await system.events.until(
          async () => (await system.gateway.summary()).notifies.acknowledged > 0,
          'the notify is taken',
        )
        await untilAtRest(system)
        await untilOutcome(system, 'x')
        return verdict(system, asked('x'))
      },
    })
    expect(kept).toEqual([])
    expect(broken).toContain(`${PARTNER}/x ended as payout.failed, and not as payout.succeeded`)
  })

  it('S6 replays repeat themselves: an outcome that Redis knows and Kafka does not is said after all', async () => {
    const { kept, broken } = await withAndWithout('transitions', {
      others: [],
      dies: 'before-outcome',
      play: async (system, flag) => {
        await ask(system, payout('x'))
        await system.events.until(() => existsSync(flag), 'the reconciler has died')
        await untilAtRest(system)
        return verdict(system, asked('x'))
      },
    })
    expect(kept).toEqual([])
    expect(broken).toContain(`${PARTNER}/x has 0 outcomes: `)
  })

  it('S7 Redis can forget: with an empty Redis nothing is signed until everything is rebuilt', async () => {
    const { kept, broken } = await withAndWithout('marker', {
      others: [],
      play: async (system, _flag, replaced) => {
        await ask(system, payout('x'))
        await untilOutcome(system, 'x')
        await untilAtRest(system)
        await emptyRedis(system, inject('redisUrl'))
        await askAgainBesideAnother(system)
        if (!replaced) {
          await system.events.until(() => logOf(system, 'reconciler').includes('REDIS_EMPTY'), 'the alarm is raised')
          await rebuild(system)
        }
        await untilOutcome(system, 'y')
        return verdict(system, asked('x'), asked('y'))
      },
    })
    expect(kept).toEqual([])
    expect(broken).toContain(`${PARTNER}/x stands 2 times in Alipay's books`)
  })

  it('S8 the last word is the outcome’s own guard: a contradicting notify makes no second outcome', async () => {
    const { kept, broken } = await withAndWithout('outcome', {
      others: [],
      // A record a round, and nothing kept: a state in the reconciler's own memory would guard too.
      env: { RECONCILER_MAX_RECORDS: '1', RECONCILER_KEPT_PAYOUTS: '0' },
      play: async (system) => {
        await ask(system, payout('x', { payeeAccount: 'contradict@example.com' }))
        const isSecond = (story: string[]) => story.includes('mismatched') || story.includes('failed')
        await system.events.until(() => isSecond(system.events.story('x')), 'the second notify is processed')
        return verdict(system, asked('x'))
      },
    })
    expect(kept).toEqual([])
    expect(broken).toContain(`${PARTNER}/x has 2 outcomes: payout.succeeded, payout.failed`)
  })
})

function logOf(system: System, service: ServiceName): string {
  return system.services[service].map(({ program }) => readFileSync(program.log, 'utf8')).join('\n')
}

/** `npm run rebuild`, as a person types it. */
async function rebuild(system: System): Promise<void> {
  const [reconciler] = system.services.reconciler
  const child = spawn(process.execPath, [join(ROOT, 'services/reconciler/src/rebuild-main.ts')], {
    env: { ...reconciler?.program.env, TEST_REPLACED: '' },
    stdio: 'ignore',
  })
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}
