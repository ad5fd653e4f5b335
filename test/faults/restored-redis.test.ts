/**
 * A Redis that is restored from an older file, with stops in force that are younger. On a Redis of its own, since it
 * kills it.
 */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RedisConnection } from '@payout/runtime/redis/connection/connection'
import type { RedisProvision } from '@payout/sandbox/provision/redis/redis-provision'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { RedisServers } from '../contract/redis-servers.ts'
import { ask, payout } from '../system/actors/commands.ts'
import { letGo, stopPartner, stopsOf } from '../system/actors/partner-stops.ts'
import { metricOf } from '../system/admin.ts'
import { current } from '../system/processes.ts'
import { attemptsOf, requestFor } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

const [FREE, POOR, HELD] = ['shop-md5-utf8', 'shop-rsa-gbk', 'shop-dsa-gb2312'] as const

const redisServers = new RedisServers()
let redis: RedisProvision
let system: System

beforeAll(async () => {
  redis = await redisServers.start()
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: redis.url,
    env: { KAFKA_SESSION_TIMEOUT_MS: '3000', REDIS_COMMAND_TIMEOUT_MS: '500', RESEND_DELAY_MAX: '500ms' },
  })
}, 120_000)

afterAll(async () => {
  await system?.stop()
  await redisServers.close()
}, 60_000)

async function untilWaiting(...ids: string[]): Promise<void> {
  await until(
    async () => {
      const requests = await Promise.all(ids.map((id) => requestFor(system, id)))
      const records = await attemptsOf(system)
      return requests.every((request) =>
        records.some(
          ({ batchNo, state, code }) =>
            batchNo === request?.batchNo && state === 'deferred' && code === 'PARTNER_STOPPED',
        ),
      )
    },
    `${ids.join(', ')} wait`,
  )
}

function untilAll(word: string, ...ids: string[]): Promise<void> {
  return system.events.until(
    () => ids.every((id) => system.events.story(id).includes(word)),
    `${ids.join(', ')}: ${word}`,
  )
}

/** What was sent for the two that are stopped. */
async function sentForStopped(): Promise<number> {
  return (await system.gateway.requests()).filter(({ alias }) => alias === POOR || alias === HELD).length
}

it('S5.6: stops outlive a Redis that is restored from an older file: by an answer and by a person, nothing is sent before somebody lets go', async () => {
  const admin = new RedisConnection('test', { url: redis.url, logger: system.logger })
  await ask(system, ...[FREE, POOR, HELD].map((partner) => payout(`first-${partner}`, { partner })))
  await untilAll('succeeded', ...[FREE, POOR, HELD].map((partner) => `first-${partner}`))

  // The older file.
  await admin.command('CONFIG', 'SET', 'appendfsync', 'always')
  const [, folder = ''] = (await admin.command('CONFIG', 'GET', 'dir')) as string[]
  await admin.close()
  const older = `${folder}.older`
  await cp(join(folder, 'appendonlydir'), older, { recursive: true })

  await system.gateway.control({ action: 'balance', alias: POOR, balanceFen: 0 })
  await ask(system, payout('poor-1', { partner: POOR }))
  await untilAll('failed', 'poor-1')
  await stopPartner(system, HELD)
  await ask(system, payout('poor-2', { partner: POOR }), payout('held-1', { partner: HELD }))
  await untilWaiting('poor-2', 'held-1')
  const sent = await sentForStopped()
  const rebuilds = await metricOf(current(system, 'reconciler'), 'reconciler_rebuilds_total', 'outcome="ok"')

  await redis.kill('SIGKILL')
  await rm(join(folder, 'appendonlydir'), { recursive: true })
  await cp(older, join(folder, 'appendonlydir'), { recursive: true })
  await redis.start()
  await until(
    async () => (await metricOf(current(system, 'reconciler'), 'reconciler_rebuilds_total', 'outcome="ok"')) > rebuilds,
    'Redis is rebuilt by itself',
  )

  await ask(
    system,
    payout('acquired', { partner: FREE }),
    payout('poor-3', { partner: POOR }),
    payout('held-2', { partner: HELD }),
  )
  await untilAll('succeeded', 'acquired')
  await untilWaiting('poor-3', 'held-2')
  expect(await stopsOf(system, POOR)).toEqual(['automatic NOT_ENOUGH_AMOUNT'])
  expect(await stopsOf(system, HELD)).toEqual(['person a test'])
  expect(await sentForStopped()).toBe(sent)
  expect(['poor-2', 'held-1', 'poor-3', 'held-2'].flatMap((id) => system.events.story(id))).toEqual([])

  await system.gateway.control({ action: 'balance', alias: POOR, balanceFen: null })
  await letGo(system, POOR)
  await letGo(system, HELD)
  await untilAll('succeeded', 'poor-2', 'poor-3', 'held-1', 'held-2')
  expect((await system.gateway.summary()).paidTwice).toEqual([])
}, 240_000)
