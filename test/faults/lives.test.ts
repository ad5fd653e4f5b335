/**
 * An id is forgotten after its payout's outcome only (S2.7): payouts that wait, are unresolved or overdue for longer
 * than claims live, and are asked for again in another batch. Redis forgets after two seconds here; Alipay's own checks
 * are off.
 */
import { rebuild } from '@payout/reconciler/rebuild/rebuild'
import { logger } from '@payout/runtime/observability/logging'
import { redisStateStore } from '@payout/runtime/redis/state-store'
import { Codec } from '@payout/schemas/codec'
import { expect, inject, it } from 'vitest'
import { inFlight } from '../crash/in-flight.ts'
import { faultsOf } from '../crash/verdict.ts'
import { ask, askBatch, batch, payout } from '../system/actors/commands.ts'
import { letGo, stopPartner } from '../system/actors/partner-stops.ts'
import { batchNoOf } from '../system/event-watch.ts'
import type { Ports } from '../system/hosted-service.ts'
import { attemptsOf } from '../system/records.ts'
import { emptyRedis } from '../system/stores/redis.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'
import { withReplacedPorts } from './ports/connections.ts'
import type { Replaceable } from './ports/replaced.ts'

const LIFE_MS = 2_000
const DAY_MS = 86_400_000
/** The partners of what waits, of what is unresolved, and of what is overdue. */
const OPEN = { waits: 'shop-md5-utf8', unresolved: 'shop-rsa-gbk', overdue: 'shop-dsa-gb2312' } as const
const IDS = Object.keys(OPEN) as (keyof typeof OPEN)[]
const PAYEE = { waits: 'ok@example.com', unresolved: 'ok@example.com', overdue: 'never@example.com' } as const

/** Services whose Redis forgets soon. */
function shortLived(replaced: readonly Replaceable[]): Ports {
  const replace = withReplacedPorts({ ports: replaced, die: () => undefined })
  return (real) => {
    const stateStore = shortStateStore(real.log.namespace)
    const close = async () => void (await Promise.all([real.close(), stateStore.close()]))
    return replace({ ...real, stateStore, close })
  }
}

function shortStateStore(namespace: string) {
  return redisStateStore({ url: inject('redisUrl'), namespace, claimLifeMs: LIFE_MS, logger: logger('test', 'silent') })
}

/**
 * Asks for three payouts, lets claims' lives pass, asks for each again beside two others, and tells what is wrong at
 * the end.
 */
async function play(
  between: 'life passes' | 'Redis is emptied',
  replaced: readonly Replaceable[] = [],
): Promise<string[]> {
  const system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    lanes: 2,
    keyPartitions: 2,
    ports: shortLived(replaced),
    env: { OVERDUE_AFTER: '1s', RESEND: 'never', KAFKA_SESSION_TIMEOUT_MS: '2000' },
  })
  try {
    await leaveOpen(system)
    await livesPass(system)
    if (between === 'Redis is emptied') await rebuildLater(system)
    for (const id of IDS) await askAgain(system, id)
    await letGo(system, OPEN.waits)
    await system.gateway.control({ action: 'hold-notifies', hold: false })
    await system.events.until(
      () => IDS.every((id) => ['y', 'z'].every((name) => hasOutcome(system, `${id}-${name}`))),
      'the neighbours have their outcomes',
    )
    if (replaced.length === 0) {
      await payLate(system, 'overdue')
      await system.events.until(() => IDS.every((id) => hasOutcome(system, id)), 'what was open has its outcome')
    }
    await system.events.until(async () => (await inFlight(system.log)).length === 0, 'nothing is in flight')
    const asked = IDS.flatMap((id) => [id, `${id}-y`, `${id}-z`].map((payoutId) => ({ payoutId, partner: OPEN[id] })))
    const expected = asked.map((one) => ({ ...one, outcome: 'payout.succeeded' as const, sent: true, amounts: [1_00] }))
    return faultsOf(expected, system.events.seen, await system.gateway.books())
  } finally {
    await system.stop()
  }
}

async function leaveOpen(system: System): Promise<void> {
  const { gateway, stateStore, events } = system
  await until(async () => (await stateStore.rebuild.trust()) === 'trusted', 'Redis is set up')
  await gateway.control({ action: 'uniqueness', batchNo: false, serial: false })
  await gateway.control({ action: 'hold-notifies', hold: true })
  await gateway.control({ action: 'force-fault', fault: 'answer-lost', alias: OPEN.unresolved, times: 1 })
  await stopPartner(system, OPEN.waits)
  await ask(system, ...IDS.map((id) => payout(id, { partner: OPEN[id], payeeAccount: PAYEE[id] })))
  await until(async () => (await attemptsOf(system)).some(({ state }) => state === 'deferred'), 'one waits')
  await events.until(() => events.story('unresolved').includes('unresolved'), 'one is unresolved')
  await events.until(() => IDS.every((id) => events.story(id).includes('overdue')), 'all of them are overdue')
}

/**
 * Waits until a claim of a notify, which is made now, is forgotten: then everything is that was claimed before and has
 * an end.
 */
async function livesPass({ namespace }: System): Promise<void> {
  const stateStore = shortStateStore(namespace)
  const claim = (offset: number) => {
    const coordinates = { topic: 'gateway.notifies', partition: 0, offset, line: 0, timestamp: 1 } as const
    return stateStore.claims.claim('notify', 'nobody', [{ key: 'canary', contentHash: '', coordinates }])
  }
  await claim(0)
  let others = 0
  await until(async () => (await claim(++others))[0]?.kind === 'acquired', 'claims have lived their life')
  await stateStore.close()
}

/**
 * Redis is emptied, and rebuilt by somebody whose clock is 40 days ahead: to whom all of this is older than claims
 * live.
 */
async function rebuildLater(system: System): Promise<void> {
  await emptyRedis(system, inject('redisUrl'))
  const stateStore = shortStateStore(system.namespace)
  const { log, logger } = system
  const clock = { now: () => Date.now() + 40 * DAY_MS }
  const report = await rebuild(await stateStore.rebuild.begin(), {
    ...{ log, logger, clock, codec: new Codec() },
    claimLifeMs: 30 * DAY_MS,
    overdueAfterMs: 25 * 3_600_000,
  })
  await stateStore.close()
  expect(report).toMatchObject({ extent: 'whole', requests: 3 })
}

async function askAgain(system: System, id: keyof typeof OPEN): Promise<void> {
  const others = ['y', 'z'].map((name) => ({ payoutId: `${id}-${name}` }))
  await askBatch(system, 'again', batch(OPEN[id], [{ payoutId: id, payeeAccount: PAYEE[id] }, ...others]))
}

function hasOutcome(system: System, payoutId: string): boolean {
  const id = IDS.find((one) => payoutId.startsWith(one)) ?? 'waits'
  return system.events.outcomes().has(`${OPEN[id]}/${payoutId}`)
}

/** The notify that never came. */
async function payLate(system: System, id: 'overdue'): Promise<void> {
  const [entry] = (await system.gateway.books()).filter(({ serial }) => serial === id)
  await system.gateway.control({
    action: 'send-notify',
    alias: OPEN[id],
    url: `${system.ingressUrl}/notify/${OPEN[id]}`,
    batchNo: batchNoOf(system.events.of(id).at(-1)) ?? '',
    successDetails: `${id}^${PAYEE[id]}^常炜^1.00^S^^${entry?.alipaySerial}^20261121120000|`,
  })
}

it('S2.7: what waits, is unresolved or overdue for longer than claims live is paid once when it is asked for again, and so are its neighbours', async () => {
  const [kept, broken] = await Promise.all([play('life passes'), play('life passes', ['lives'])])
  expect(kept).toEqual([])
  for (const id of IDS) expect(broken).toContain(`${OPEN[id]}/${id} stands 2 times in Alipay's books`)
}, 120_000)

it('S2.7, S7.3: the same where Redis is emptied meanwhile, and everything is rebuilt', async () => {
  expect(await play('Redis is emptied')).toEqual([])
}, 120_000)
