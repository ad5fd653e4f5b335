import { randomUUID } from 'node:crypto'
import type { RedisConnection } from '@payout/runtime/redis/connection/connection'
import type { StateStore } from '@payout/runtime/redis/port'
import type { RedisProvision } from '@payout/sandbox/provision/redis/redis-provision'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { at, RedisServers, replicate, replicated } from './redis-servers.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const servers = new RedisServers()
const month = 30 * 24 * 3_600_000
let server: RedisProvision
let redis: RedisConnection
let namespace: string

beforeAll(async () => {
  server = await servers.start()
  redis = servers.connection(server)
})
beforeEach(() => {
  namespace = randomUUID()
})
afterAll(() => servers.close())

const claim = { key: 'acme/p1', contentHash: 'x', coordinates: at({ offset: 3 }) }
const checkpoint = { topic: 'payout.commands', partition: 0, next: 5, committedAt: 1 } as const

/** Every call that must be refused where Redis is not trusted. */
const guarded: Record<string, (stateStore: StateStore) => Promise<unknown>> = {
  'claims.claim': ({ claims }) => claims.claim('payout', 'signer', [claim]),
  'checkpoints.raise': ({ checkpoints }) => checkpoints.raise('signer', [checkpoint]),
  'checkpoints.get': ({ checkpoints }) => checkpoints.get('signer', 'payout.commands', 0),
  'checkpoints.all': ({ checkpoints }) => checkpoints.all(),
  'claims.settle': ({ claims }) => claims.settle('payout', [claim]),
  'states.read': ({ states }) => states.read(['a']),
  'states.holders': ({ states }) => states.holders(['a']),
  'states.swap': ({ states }) => states.swap([{ key: 'a', before: undefined, after: '1' }]),
  'timers.add': ({ timers }) => timers.add(0, [{ member: 'm', at: 1 }]),
  'timers.due': ({ timers }) => timers.due(0, 1, 1),
  'timers.remove': ({ timers }) => timers.remove(0, ['m']),
}

async function keysOf(namespace: string): Promise<string[]> {
  const reply = await redis.command('KEYS', `${namespace}:*`)
  return Array.isArray(reply) ? reply.map(String).toSorted() : []
}

describe('the marker (S7.2)', () => {
  it.each(Object.keys(guarded))('refuses %s where it is missing, and nothing is written', async (name) => {
    const stateStore = servers.stateStore(server, { namespace })
    await expect(guarded[name]?.(stateStore)).rejects.toMatchObject({
      code: 'REDIS_NOT_TRUSTED',
      distrust: 'no-marker',
    })
    expect(await stateStore.rebuild.trust()).toBe('no-marker')
    expect(await keysOf(namespace)).toEqual([])
  })

  it.each(Object.keys(guarded))('refuses %s where it was written under another replication id', async (name) => {
    await redis.command('SET', `${namespace}:marker`, '0123456789abcdef0123456789abcdef01234567')
    const stateStore = servers.stateStore(server, { namespace })
    await expect(guarded[name]?.(stateStore)).rejects.toMatchObject({
      code: 'REDIS_NOT_TRUSTED',
      distrust: 'other-replication-id',
    })
    expect(await stateStore.rebuild.trust()).toBe('other-replication-id')
    expect(await keysOf(namespace)).toEqual([`${namespace}:marker`])
  })

  it.each(Object.keys(guarded))('lets %s pass where it is right', async (name) => {
    await guarded[name]?.(await servers.trusted(server, { namespace }))
  })

  it('is gone after FLUSHALL: no-marker', async () => {
    const own = await servers.start()
    const stateStore = await servers.trusted(own)
    await stateStore.claims.claim('payout', 'signer', [claim])
    await servers.connection(own).command('FLUSHALL')
    await expect(stateStore.claims.claim('payout', 'signer', [claim])).rejects.toMatchObject({ distrust: 'no-marker' })
  })

  it('does not survive a plain restart, though the claims do', async () => {
    const own = await servers.start()
    const stateStore = await servers.trusted(own)
    await stateStore.claims.claim('payout', 'signer', [claim])
    await own.restart()
    await expect
      .poll(() => stateStore.rebuild.trust().catch(() => 'away'), { timeout: 10_000 })
      .toBe('other-replication-id')
    await expect(stateStore.claims.claim('payout', 'signer', [claim])).rejects.toMatchObject({
      distrust: 'other-replication-id',
    })
    await (await stateStore.rebuild.begin()).finish()
    expect(await stateStore.claims.claim('payout', 'signer', [claim])).toMatchObject([{ kind: 'reentrant' }])
  })

  it('does not survive the first replica: the primary takes another replication id then', async () => {
    const [first, second] = await Promise.all([servers.start(), servers.start()])
    const stateStore = await servers.trusted(first)
    await replicate(servers.connection(first), servers.connection(second))
    expect(await stateStore.rebuild.trust()).toBe('other-replication-id')
  })

  it('does not hold on a replica, nor after the replica took over', async () => {
    const [first, second] = await Promise.all([servers.start(), servers.start()])
    const replica = servers.connection(second)
    const primary = servers.connection(first)
    await replicate(primary, replica)
    const stateStore = await servers.trusted(first, { namespace })
    await stateStore.checkpoints.raise('signer', [checkpoint])
    await replicated(primary)
    const onReplica = servers.stateStore(second, { namespace, commandTimeoutMs: 500 })
    // Its marker is right and its replication id is the primary's: only its role tells that it may lag behind.
    await expect(onReplica.states.read(['a'])).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    await expect(onReplica.rebuild.begin()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })

    await first.kill()
    await replica.command('REPLICAOF', 'NO', 'ONE')
    await expect
      .poll(() => onReplica.rebuild.trust().catch(() => 'away'), { timeout: 10_000 })
      .toBe('other-replication-id')
    await expect(onReplica.checkpoints.all()).rejects.toMatchObject({ distrust: 'other-replication-id' })
    const writer = await onReplica.rebuild.begin()
    expect(await writer.readCheckpoints()).toEqual([
      { group: 'signer', topic: 'payout.commands', partition: 0, checkpoint: { next: 5, committedAt: 1 } },
    ])
    await writer.finish()
    expect(await onReplica.rebuild.trust()).toBe('trusted')
  })
})

describe('a rebuild (S7.4)', () => {
  it('writes claims that are absent, states, timers and checkpoints, then the marker', async () => {
    const stateStore = servers.stateStore(server, { namespace })
    const writer = await stateStore.rebuild.begin()
    const claimedAt = Date.now() - 1000
    await writer.claims('payout', [{ ...claim, claimedAt }])
    await writer.claims('payout', [{ ...claim, contentHash: 'later', claimedAt }])
    await writer.states([{ key: 'a', value: '1' }])
    await writer.states([{ key: 'a', value: '2', names: ['n'] }])
    expect(await writer.holders(['n', 'm'])).toEqual(['a', undefined])
    await writer.due(7, [{ member: 'm', at: 5 }])
    await writer.checkpoints('signer', [{ ...checkpoint, partition: 4 }])
    expect(await stateStore.rebuild.trust()).toBe('no-marker')
    await writer.finish()
    expect(await stateStore.rebuild.trust()).toBe('trusted')
    expect(await stateStore.claims.claim('payout', 'signer', [claim])).toEqual([{ kind: 'reentrant', claimedAt }])
    const [held] = await stateStore.claims.claim('payout', 'signer', [{ ...claim, coordinates: at({ offset: 9 }) }])
    expect(held).toMatchObject({ kind: 'duplicate', sameContent: true })
    expect(await stateStore.states.read(['a'])).toMatchObject([{ value: '2' }])
    expect(await stateStore.timers.due(7, 5, 10)).toEqual(['m'])
    expect(await stateStore.checkpoints.get('signer', 'payout.commands', 4)).toEqual({ next: 5, committedAt: 1 })
  })

  it('gives claims what is left of their life since they were settled, or made, and leaves out what has outlived it', async () => {
    const stateStore = servers.stateStore(server, { namespace })
    const writer = await stateStore.rebuild.begin()
    const now = Date.now()
    const since = { half: now - month / 2, over: now - month - 1000, ahead: now + 3_600_000 }
    const life = async (key: string) => Number(await redis.command('PTTL', `${namespace}:claim:${key}`))
    const claims = (of: (at: number) => { claimedAt: number; settledAt?: number }) =>
      Object.entries(since).map(([key, at]) => ({ ...claim, key: `acme/${key}`, ...of(at) }))
    await writer.claims(
      'notify',
      claims((claimedAt) => ({ claimedAt })),
    )
    await writer.claims(
      'payout',
      claims((settledAt) => ({ claimedAt: now - 2 * month, settledAt })),
    )
    for (const kind of ['notify', 'payout']) {
      expect(await life(`${kind}:acme/half`)).toBeLessThanOrEqual(month / 2 + 1000)
      expect(await life(`${kind}:acme/half`)).toBeGreaterThan(month / 2 - 60_000)
      expect(await life(`${kind}:acme/over`)).toBe(-2)
      expect(await life(`${kind}:acme/ahead`)).toBeLessThanOrEqual(month)
    }
  })

  it('S2.7: gives claims and states that are open no end, however old, and those that are settled the life of claims', async () => {
    const stateStore = servers.stateStore(server, { namespace })
    const writer = await stateStore.rebuild.begin()
    const claimedAt = Date.now() - 3 * month
    const life = async (key: string) => Number(await redis.command('PTTL', `${namespace}:${key}`))
    for (const kind of ['payout', 'batch'] as const) {
      await writer.claims(kind, [
        { ...claim, key: 'acme/open', claimedAt },
        { ...claim, key: 'acme/settled', claimedAt },
      ])
      await writer.states([
        { key: `${kind}/open`, value: '1', claims: [{ kind, key: 'acme/open' }], names: [`${kind}/open`] },
        {
          key: `${kind}/settled`,
          value: '1',
          settled: true,
          claims: [{ kind, key: 'acme/settled' }],
          names: [`${kind}/settled`],
        },
      ])
      for (const key of [`claim:${kind}:acme`, `state:${kind}`, `name:${kind}`]) {
        expect(await life(`${key}/open`)).toBe(-1)
        expect(await life(`${key}/settled`)).toBeGreaterThan(month - 60_000)
      }
    }
  })

  it('raises checkpoints only, but always takes the time', async () => {
    const stateStore = await servers.trusted(server, { namespace })
    await stateStore.checkpoints.raise('signer', [{ ...checkpoint, next: 9, committedAt: 10 }])
    await redis.command('SET', `${namespace}:marker`, '0123456789abcdef0123456789abcdef01234567')
    const writer = await stateStore.rebuild.begin()
    await writer.checkpoints('signer', [{ ...checkpoint, next: 5, committedAt: 20 }])
    await writer.finish()
    expect(await stateStore.checkpoints.get('signer', 'payout.commands', 0)).toEqual({ next: 9, committedAt: 20 })
  })

  it('takes thousands of each', async () => {
    const stateStore = servers.stateStore(server, { namespace })
    const writer = await stateStore.rebuild.begin()
    const ids = Array.from({ length: 3000 }, (_, i) => i)
    await writer.claims(
      'batch',
      ids.map((i) => ({ ...claim, key: `acme/${i}`, coordinates: at({ offset: i }), claimedAt: Date.now() })),
    )
    await writer.states(ids.map((i) => ({ key: `s${i}`, value: `v${i}` })))
    await writer.due(
      0,
      ids.map((i) => ({ member: `m${i}`, at: i })),
    )
    expect(await writer.readStates(ids.map((i) => `s${i}`))).toMatchObject(ids.map((i) => ({ value: `v${i}` })))
    await writer.finish()
    const outcomes = await stateStore.claims.claim(
      'batch',
      'egress',
      ids.map((i) => ({ ...claim, key: `acme/${i}`, coordinates: at({ offset: i }) })),
    )
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['reentrant']))
    expect(await stateStore.timers.due(0, 3000, 5000)).toHaveLength(3000)
  })

  it('is under way until it has finished', async () => {
    const stateStore = servers.stateStore(server, { namespace })
    expect(await stateStore.rebuild.underWay()).toBe(false)
    const writer = await stateStore.rebuild.begin()
    expect(await stateStore.rebuild.underWay()).toBe(true)
    await writer.touch()
    expect(await stateStore.rebuild.underWay()).toBe(true)
    await writer.finish()
    expect(await stateStore.rebuild.underWay()).toBe(false)
  })

  it('is not under way any more when it shows no sign of life', async () => {
    const stateStore = servers.stateStore(server, { namespace })
    await stateStore.rebuild.begin()
    await redis.command('DEL', `${namespace}:rebuild:alive`)
    expect(await stateStore.rebuild.underWay()).toBe(false)
  })

  it('is refused while Redis is trusted: it would write over what the services write', async () => {
    const stateStore = await servers.trusted(server, { namespace })
    await expect(stateStore.rebuild.begin()).rejects.toMatchObject({ code: 'REDIS_REBUILD_SUPERSEDED' })
    expect(await stateStore.rebuild.trust()).toBe('trusted')
  })

  type Writer = Awaited<ReturnType<StateStore['rebuild']['begin']>>
  const steps: Record<string, (writer: Writer) => Promise<unknown>> = {
    touch: (writer) => writer.touch(),
    readCheckpoints: (writer) => writer.readCheckpoints(),
    readStates: (writer) => writer.readStates(['a']),
    holders: (writer) => writer.holders(['a']),
    claims: (writer) => writer.claims('payout', [{ ...claim, claimedAt: Date.now() }]),
    states: (writer) => writer.states([{ key: 'a', value: '1' }]),
    due: (writer) => writer.due(0, [{ member: 'm', at: 1 }]),
    checkpoints: (writer) => writer.checkpoints('signer', [checkpoint]),
    finish: (writer) => writer.finish(),
  }

  it.each(Object.keys(steps))('refuses %s when a later one began', async (name) => {
    const stateStore = servers.stateStore(server, { namespace })
    const writer = await stateStore.rebuild.begin()
    const later = await stateStore.rebuild.begin()
    await expect(steps[name]?.(writer)).rejects.toMatchObject({ code: 'REDIS_REBUILD_SUPERSEDED' })
    expect(await keysOf(namespace)).toEqual([`${namespace}:rebuild`, `${namespace}:rebuild:alive`])
    await steps[name]?.(later)
  })

  it('is refused by the same server after a restart, though its token is still there', async () => {
    const own = await servers.start()
    const stateStore = servers.stateStore(own, { namespace })
    const writer = await stateStore.rebuild.begin()
    await own.restart()
    await expect.poll(() => stateStore.rebuild.underWay().catch(() => false), { timeout: 10_000 }).toBe(true)
    for (const step of Object.values(steps)) {
      await expect(step(writer)).rejects.toMatchObject({ code: 'REDIS_REBUILD_SUPERSEDED' })
    }
    expect(await stateStore.rebuild.trust()).toBe('no-marker')
  })
})
