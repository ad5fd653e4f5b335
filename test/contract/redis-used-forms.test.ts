import type { RedisConnection } from '@payout/runtime/redis/connection/connection'
import type { StateStore } from '@payout/runtime/redis/port'
import type { RedisProvision } from '@payout/sandbox/provision/redis/redis-provision'
import { HOUR_MS } from '@payout/schemas/units'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { RedisServers } from './redis-servers.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const BACK = { timeout: 15_000 }
const servers = new RedisServers()
let server: RedisProvision
let redis: RedisConnection
let namespace: string
let stateStore: StateStore
let count = 0

beforeAll(async () => {
  server = await servers.start()
  redis = servers.connection(server)
})
beforeEach(async () => {
  namespace = `forms-${++count}`
  // Nothing is trusted here: used forms need no marker.
  stateStore = servers.stateStore(server, { namespace, commandTimeoutMs: 300 })
  // Connected: a call that Redis does not answer has been sent.
  await stateStore.rebuild.trust()
})
afterAll(() => servers.close())

function use(by: StateStore = stateStore, key = 'acme/form', lifeMs = HOUR_MS): Promise<boolean | string> {
  return by.usedForms.use(key, lifeMs).catch((error: { code?: string }) => error.code ?? 'no code')
}

describe('used forms', () => {
  it('are used once, each for itself, whoever asks', async () => {
    expect(await use()).toBe(true)
    expect(await use()).toBe(false)
    expect(await use(servers.stateStore(server, { namespace }))).toBe(false)
    expect(await use(stateStore, 'other/form')).toBe(true)
    expect(await use(servers.stateStore(server, { namespace: `${namespace}-x` }))).toBe(true)
  })

  it('are used by one of many at once, in two processes', async () => {
    const other = servers.stateStore(server, { namespace })
    const said = await Promise.all(Array.from({ length: 50 }, (_, index) => use(index % 2 === 0 ? stateStore : other)))
    expect(said.filter((word) => word === true)).toHaveLength(1)
    expect(said.filter((word) => word === false)).toHaveLength(49)
  })

  it('are forgotten when the form has expired, and not before', async () => {
    expect(await use(stateStore, 'acme/long')).toBe(true)
    const life = Number(await redis.command('PTTL', `${namespace}:form:acme/long`))
    expect(life).toBeGreaterThan(HOUR_MS - 60_000)
    expect(life).toBeLessThanOrEqual(HOUR_MS)
    expect(await use(stateStore, 'acme/short', 1)).toBe(true)
    await expect.poll(() => redis.command('EXISTS', `${namespace}:form:acme/short`)).toBe(0)
    expect(await use(stateStore, 'acme/short', 1)).toBe(true)
  })
})

describe('used forms while Redis is away', () => {
  it('are not used up by a call that Redis carries out after it was given up', async () => {
    await server.pause()
    expect(await Promise.all([use(), use()])).toEqual(['REDIS_UNAVAILABLE', 'REDIS_UNAVAILABLE'])
    await server.resume()
    await expect.poll(() => redis.command('EXISTS', `${namespace}:form:acme/form`).catch(() => 'away'), BACK).toBe(1)
    await expect.poll(() => stateStore.healthy, BACK).toBe(true)
    // More callers than marks: one of them is the first.
    const said = await Promise.all([use(), use(), use(), use()])
    expect(said.toSorted()).toEqual([false, false, false, true])
    expect(await use()).toBe(false)
  })

  it('stay used when another call was given up', async () => {
    expect(await use()).toBe(true)
    await server.pause()
    expect(await use()).toBe('REDIS_UNAVAILABLE')
    await server.resume()
    await expect.poll(() => stateStore.healthy, BACK).toBe(true)
    expect(await use()).toBe(false)
  })

  it('are used after a call that never arrived', async () => {
    await server.kill()
    expect(await use()).toBe('REDIS_UNAVAILABLE')
    await server.start()
    await expect.poll(() => stateStore.healthy, BACK).toBe(true)
    expect(await use()).toBe(true)
    expect(await use()).toBe(false)
  })
})
