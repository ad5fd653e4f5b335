/** Kafka and Redis go away, come back, and forget (S2.5, S7). On servers of its own, since it stops them. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { afterAll, beforeAll, expect } from 'vitest'
import { inFlight } from '../crash/in-flight.ts'
import { ask, payout } from '../system/actors/commands.ts'
import { md5Notify, notifyFields, postNotify } from '../system/actors/md5-notify.ts'
import { isReady, logOf, metricOf } from '../system/admin.ts'
import { current } from '../system/processes.ts'
import { notifiesOf, requestFor, requestsOf } from '../system/records.ts'
import { seededPortion } from '../system/seeded-portion.ts'
import { forgetOffsets, setOffsets } from '../system/stores/offsets.ts'
import { flushRedis } from '../system/stores/redis.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

const SHOP = 'shop-md5-utf8'
const REBUILD = join(import.meta.dirname, '..', '..', 'services', 'reconciler', 'src', 'rebuild-main.ts')

let servers: Provisioned
let system: System

beforeAll(async () => {
  servers = await provision({
    prefer: 'processes',
    light: true,
    kafkaSettings: { 'group.min.session.timeout.ms': '1000' },
  })
  system = await startSystem({
    brokers: servers.kafka.brokers,
    redisUrl: servers.redis.url,
    env: { KAFKA_SESSION_TIMEOUT_MS: '3000', REDIS_COMMAND_TIMEOUT_MS: '500', RESEND_DELAY_MAX: '500ms' },
  })
  await ask(system, payout('first'))
  await system.events.until(() => system.events.story('first').includes('succeeded'), 'all works')
}, 240_000)

afterAll(async () => {
  await system?.stop()
  await servers?.stop()
}, 60_000)

function paid(...ids: string[]): Promise<void> {
  const all = () => ids.every((id) => system.events.story(id).includes('succeeded'))
  return system.events.until(all, `${ids.join(', ')} paid`, 120_000)
}

async function signed(id: string): Promise<boolean> {
  return (await requestFor(system, id)) !== undefined
}

async function nothingPaidTwice(): Promise<void> {
  expect((await system.gateway.summary()).paidTwice).toEqual([])
  const outcomes = [...system.events.outcomes()].filter(([, found]) => found.length !== 1)
  expect(outcomes).toEqual([])
}

// All five: npm run test:faults.
seededPortion(2, (it) => {
  it('BTN-14: while Redis is away nothing is signed or sent, notifies are still taken in; restarted it is rebuilt by itself', async () => {
    await system.gateway.control({ action: 'hold-notifies', hold: true })
    await ask(system, payout('notified'))
    await system.events.until(
      () => system.events.story('notified').includes('accepted'),
      'a payout waits for its notify',
    )
    const calls = (await system.gateway.summary()).requests
    const rebuilds = await metricOf(current(system, 'reconciler'), 'reconciler_rebuilds_total', 'outcome="ok"')

    await servers.redis.kill('SIGKILL')
    for (const service of ['signer', 'gateway-egress'] as const)
      await until(async () => !(await isReady(current(system, service))), `${service} says that Redis is away`)
    await ask(system, payout('meanwhile'))
    const before = (await notifiesOf(system)).length
    await system.gateway.control({ action: 'hold-notifies', hold: false })
    const { batchNo = '' } = (await requestFor(system, 'notified')) ?? {}
    await until(async () => (await system.gateway.notifies({ batchNo }))[0]?.acknowledged, 'the notify is taken in')
    expect(await notifiesOf(system)).toHaveLength(before + 1)
    expect(await signed('meanwhile')).toBe(false)
    expect(system.events.story('notified')).not.toContain('succeeded')
    const asked = (await system.gateway.requests()).slice(calls)
    expect(asked.map(({ service }) => service)).toEqual(['notify_verify'])

    await servers.redis.start()
    await paid('notified', 'meanwhile')
    expect(await metricOf(current(system, 'reconciler'), 'reconciler_rebuilds_total', 'outcome="ok"')).toBe(
      rebuilds + 1,
    )
    await nothingPaidTwice()
  }, 240_000)

  it('an empty Redis stops everything with an alarm, until npm run rebuild brings all of it back', async () => {
    await until(async () => (await inFlight(system.log)).length === 0, 'nothing is in flight')
    await flushRedis(servers.redis.url)
    const alarm = () => logOf(current(system, 'reconciler')).find(({ code }) => code === 'REDIS_EMPTY')
    const { level, msg } = await until(alarm, 'the alarm is raised')
    expect(level).toBe('error')
    expect(msg).toContain('npm run rebuild')
    expect(await metricOf(current(system, 'reconciler'), 'reconciler_redis_trusted')).toBe(0)

    // The first is paid already, and nobody but Redis would know it at once.
    await ask(system, payout('first'), payout('first', { amountFen: 7 }), payout('after-flush'))
    expect(await isReady(current(system, 'reconciler'))).toBe(false)
    await until(
      () => logOf(current(system, 'signer')).some(({ err }) => err?.code === 'REDIS_NOT_TRUSTED'),
      'the signer says why it does not sign',
    )
    expect(await signed('after-flush')).toBe(false)

    const { env } = current(system, 'reconciler').program
    await promisify(execFile)(process.execPath, [REBUILD], { env, timeout: 60_000 })
    await paid('after-flush')
    await system.events.until(() => system.events.story('first').includes('refused'), 'the taken id is known again')
    expect(system.events.story('first').filter((word) => word === 'succeeded')).toHaveLength(1)
    expect(
      (await requestsOf(system)).filter(({ lines }) => lines.some(({ payoutId }) => payoutId === 'first')),
    ).toHaveLength(1)
    await nothingPaidTwice()
  }, 240_000)

  it('BTN-13, BTN-14: without Kafka a notify gets 503 and no success; everything comes back by itself', async () => {
    const body = md5Notify(system, SHOP, notifyFields({ batch_no: '20261121withoutkafka' }))
    await system.gateway.control({ action: 'force-verify', answer: 'true', times: 2 })
    const [node] = servers.kafka.nodes
    await node?.kill('SIGKILL')
    expect(await postNotify(system, SHOP, body)).toMatchObject({ status: 503, body: 'fail' })
    await until(async () => !(await isReady(current(system, 'gateway-ingress'))), 'ingress says that it cannot store')
    await node?.start()

    await until(
      async () => (await postNotify(system, SHOP, body)).body === 'success',
      'the notify that comes again is stored',
      120_000,
    )
    await until(
      () =>
        ask(system, payout('after-kafka')).then(
          () => true,
          () => false,
        ),
      'a command can be written',
      120_000,
    )
    await paid('after-kafka')
    await nothingPaidTwice()
  }, 300_000)

  for (const group of ['signer', 'gateway-egress'] as const) {
    it(`committed offsets of ${group} that are gone stop its lanes with an alarm; nothing is signed or sent again`, async () => {
      const place = { brokers: servers.kafka.brokers, namespace: system.namespace, logger: system.logger }
      const topic = group === 'signer' ? 'payout.commands' : 'gateway.requests'
      await until(async () => (await inFlight(system.log)).length === 0, 'nothing is in flight')
      const before = { signed: (await requestsOf(system)).length, asked: (await system.gateway.summary()).requests }
      const checkpoints = (await system.stateStore.checkpoints.all()).filter((stored) => stored.group === group)
      const worked = checkpoints.filter((stored) => stored.topic === topic)
      expect(worked.length).toBeGreaterThan(0)

      await current(system, group).stop(20_000)
      await forgetOffsets(place, group)
      const halted = await system.add(group)
      const { err } = await until(
        () => logOf(halted).find((line) => line.err?.code === 'TASK_OFFSETS_BEHIND'),
        'the alarm is raised',
      )
      expect(err?.message).toContain('--reset-offsets')
      await until(async () => !(await isReady(halted)), 'it is not ready')
      expect(await requestsOf(system)).toHaveLength(before.signed)
      expect((await system.gateway.summary()).requests).toBe(before.asked)

      await halted.stop(20_000)
      for (const named of new Set(checkpoints.map((stored) => stored.topic))) {
        const ends = checkpoints.filter((stored) => stored.topic === named)
        await setOffsets(
          place,
          group,
          named,
          ends.map(({ partition, checkpoint }) => ({ partition, next: checkpoint.next })),
        )
      }
      await system.add(group)
      const ids = Array.from({ length: 9 }, (_, n) => `after-${group}-${n}`)
      await ask(system, ...ids.map((id) => payout(id)))
      await paid(...ids)
      await nothingPaidTwice()
    }, 300_000)
  }
})
