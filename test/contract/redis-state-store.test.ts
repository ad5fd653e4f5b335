import { randomUUID } from 'node:crypto'
import type { RedisConnection } from '@payout/runtime/redis/connection/connection'
import type { StateStore } from '@payout/runtime/redis/port'
import type { RedisProvision } from '@payout/sandbox/provision/redis/redis-provision'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { at, RedisServers } from './redis-servers.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const servers = new RedisServers()
let server: RedisProvision
let redis: RedisConnection
let namespace: string
let stateStore: StateStore

beforeAll(async () => {
  server = await servers.start()
  redis = servers.connection(server)
})
beforeEach(async () => {
  namespace = randomUUID()
  stateStore = await servers.trusted(server, { namespace })
})
afterAll(() => servers.close())

describe('checkpoints (S2.4)', () => {
  const topic = 'payout.commands'

  it('are raised, never lowered; one that is not above changes no time either', async () => {
    expect(await stateStore.checkpoints.get('signer', topic, 0)).toBeUndefined()
    await stateStore.checkpoints.raise('signer', [{ topic, partition: 0, next: 0, committedAt: 10 }])
    expect(await stateStore.checkpoints.get('signer', topic, 0)).toEqual({ next: 0, committedAt: 10 })
    await stateStore.checkpoints.raise('signer', [{ topic, partition: 0, next: 9, committedAt: 20 }])
    await stateStore.checkpoints.raise('signer', [{ topic, partition: 0, next: 9, committedAt: 30 }])
    await stateStore.checkpoints.raise('signer', [{ topic, partition: 0, next: 8, committedAt: 40 }])
    expect(await stateStore.checkpoints.get('signer', topic, 0)).toEqual({ next: 9, committedAt: 20 })
  })

  it('compare as numbers, up to the largest offset that is exact', async () => {
    await stateStore.checkpoints.raise('signer', [{ topic, partition: 0, next: 9, committedAt: 1 }])
    await stateStore.checkpoints.raise('signer', [{ topic, partition: 0, next: 10, committedAt: 2 }])
    await stateStore.checkpoints.raise('signer', [{ topic, partition: 1, next: 2 ** 53 - 2, committedAt: 1 }])
    await stateStore.checkpoints.raise('signer', [{ topic, partition: 1, next: 2 ** 53 - 1, committedAt: 2 }])
    expect(await stateStore.checkpoints.all()).toEqual(
      expect.arrayContaining([
        { group: 'signer', topic, partition: 0, checkpoint: { next: 10, committedAt: 2 } },
        { group: 'signer', topic, partition: 1, checkpoint: { next: 2 ** 53 - 1, committedAt: 2 } },
      ]),
    )
  })

  it('are told apart by group, topic and partition', async () => {
    await stateStore.checkpoints.raise('a', [
      { topic, partition: 0, next: 1, committedAt: 1 },
      { topic, partition: 1, next: 2, committedAt: 1 },
      { topic: 'gateway.to-sign', partition: 0, next: 3, committedAt: 1 },
    ])
    await stateStore.checkpoints.raise('b/c', [{ topic, partition: 0, next: 4, committedAt: 1 }])
    const all = await stateStore.checkpoints.all()
    expect(
      all.map(({ group, topic, partition, checkpoint }) => [group, topic, partition, checkpoint.next]).toSorted(),
    ).toEqual([
      ['a', 'gateway.to-sign', 0, 3],
      ['a', topic, 0, 1],
      ['a', topic, 1, 2],
      ['b/c', topic, 0, 4],
    ])
  })
})

describe('states', () => {
  it('may be megabytes, and have thousands of names', async () => {
    const keys = Array.from({ length: 6 }, (_, i) => `large${i}`)
    const changes = keys.map((key, i) => ({
      key,
      before: undefined,
      after: String(i).repeat(1_500_000),
      takes: Array.from({ length: 3_000 }, (_name, j) => `${key}/${j}`),
    }))
    const revisions = await stateStore.states.swap(changes)
    expect(new Set(revisions).size).toBe(keys.length)
    expect(await stateStore.states.read(keys)).toEqual(
      changes.map(({ after }, i) => ({ revision: revisions[i], value: after })),
    )
    expect(await stateStore.states.holders(['large5/2999', 'large5/3000'])).toEqual(['large5', undefined])
  })

  it('live as long as a claim from their last setting, once they are settled', async () => {
    const short = servers.stateStore(server, { namespace, claimLifeMs: 1_000_000 })
    const [before] = await short.states.swap([{ key: 'a', before: undefined, after: '1', settled: true }])
    expect(Number(await redis.command('PTTL', `${namespace}:state:a`))).toBeLessThanOrEqual(1_000_000)
    await stateStore.states.swap([{ key: 'a', before, after: '2', settled: true }])
    expect(Number(await redis.command('PTTL', `${namespace}:state:a`))).toBeGreaterThan(1_000_000)
  })

  it('of two processes one gets its change', async () => {
    const other = servers.stateStore(server, { namespace })
    const keys = Array.from({ length: 1500 }, (_, i) => `k${i}`)
    const [a, b] = await Promise.all(
      [stateStore, other].map((writer, i) =>
        writer.states.swap(keys.map((key) => ({ key, before: undefined, after: `${i}` }))),
      ),
    )
    const won = keys.map((_, i) => a?.[i] ?? b?.[i])
    expect(keys.map((_, i) => (a?.[i] === undefined) !== (b?.[i] === undefined))).toEqual(keys.map(() => true))
    expect(await stateStore.states.read(keys)).toEqual(
      keys.map((_, i) => ({ revision: won[i], value: a?.[i] === undefined ? '1' : '0' })),
    )
  })
})

describe('timers', () => {
  it('come earliest first, up to now, and stay until they are removed', async () => {
    const start = 1_760_000_000_000
    await stateStore.timers.add(3, [
      { member: 'late', at: start + 2 },
      { member: 'early', at: start },
      { member: 'future', at: start + 3 },
    ])
    expect(await stateStore.timers.due(3, start + 2, 10)).toEqual(['early', 'late'])
    expect(await stateStore.timers.due(3, start + 2, 1)).toEqual(['early'])
    await stateStore.timers.remove(3, ['early', 'unknown'])
    expect(await stateStore.timers.due(3, start + 2, 10)).toEqual(['late'])
    expect(await stateStore.timers.due(4, start + 2, 10)).toEqual([])
  })

  it('take the new time of a member that is there', async () => {
    await stateStore.timers.add(0, [{ member: 'm', at: 10 }])
    await stateStore.timers.add(0, [{ member: 'm', at: 20 }])
    expect(await stateStore.timers.due(0, 10, 10)).toEqual([])
    expect(await stateStore.timers.due(0, 20, 10)).toEqual(['m'])
  })

  it('take and lose thousands in one call', async () => {
    const entries = Array.from({ length: 5000 }, (_, i) => ({ member: `m${i}`, at: i }))
    await stateStore.timers.add(0, entries)
    expect(await stateStore.timers.due(0, 5000, 10_000)).toEqual(entries.map(({ member }) => member))
    await stateStore.timers.remove(
      0,
      entries.slice(1).map(({ member }) => member),
    )
    expect(await stateStore.timers.due(0, 5000, 10_000)).toEqual(['m0'])
  })
})

describe('stored notifies', () => {
  it('are known for their life, without a marker', async () => {
    const untrusted = servers.stateStore(server, { namespace: `${namespace}x`, storedNotifyLifeMs: 5_000_000 })
    expect(await untrusted.storedNotifies.has('acme/n1')).toBe(false)
    await untrusted.storedNotifies.add('acme/n1')
    expect(await untrusted.storedNotifies.has('acme/n1')).toBe(true)
    const life = Number(await redis.command('PTTL', `${namespace}x:ingress:acme/n1`))
    expect(life).toBeGreaterThan(4_000_000)
    expect(life).toBeLessThanOrEqual(5_000_000)
  })
})

describe('checkpoints of a topic that was made anew', () => {
  it('are forgotten for every group and partition, and no others', async () => {
    const checkpoint = { next: 5, committedAt: 1 }
    await stateStore.checkpoints.raise(
      'signer',
      [0, 1].map((partition) => ({ topic: 'gateway.to-sign', partition, ...checkpoint })),
    )
    await stateStore.checkpoints.raise('reconciler', [{ topic: 'gateway.requests', partition: 0, ...checkpoint }])
    await stateStore.checkpoints.raise('gateway-egress', [{ topic: 'gateway.requests', partition: 0, ...checkpoint }])
    expect(await stateStore.checkpoints.forget('gateway.requests')).toBe(2)
    expect(await stateStore.checkpoints.forget('gateway.requests')).toBe(0)
    expect(await stateStore.checkpoints.get('reconciler', 'gateway.requests', 0)).toBeUndefined()
    expect(await stateStore.checkpoints.get('signer', 'gateway.to-sign', 1)).toEqual(checkpoint)
  })
})

describe('two namespaces in one Redis', () => {
  it('do not touch each other', async () => {
    const other = await servers.trusted(server)
    const claims = [{ key: 'acme/p1', contentHash: 'x', coordinates: at({ offset: 3 }) }]
    for (const each of [stateStore, other]) {
      expect(await each.claims.claim('payout', 'signer', claims)).toEqual([{ kind: 'acquired' }])
      expect(await each.states.swap([{ key: 's', before: undefined, after: '1' }])).toEqual([expect.any(String)])
      expect(await each.checkpoints.all()).toEqual([])
      expect(await each.timers.due(0, 100, 10)).toEqual([])
      expect(await each.storedNotifies.has('n')).toBe(false)
      await each.checkpoints.raise('signer', [{ topic: 'payout.commands', partition: 0, next: 5, committedAt: 1 }])
      await each.timers.add(0, [{ member: 'm', at: 1 }])
      await each.storedNotifies.add('n')
    }
    await redis.command('DEL', `${namespace}:marker`)
    await stateStore.rebuild.begin()
    expect(await other.rebuild.underWay()).toBe(false)
  })

  it('can not be made to meet by a colon', () => {
    expect(() => servers.stateStore(server, { namespace: 'live:claim' })).toThrow(
      expect.objectContaining({ code: 'NAMESPACE_INVALID' }),
    )
  })
})
