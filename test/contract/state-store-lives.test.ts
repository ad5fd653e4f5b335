/** How long the state store keeps what it is given: Redis, and the one in memory that the services' tests run on. */

import { randomUUID } from 'node:crypto'
import type { RedisConnection } from '@payout/runtime/redis/connection/connection'
import type { Claim, ClaimKind, StateStore } from '@payout/runtime/redis/port'
import { FakeStateStore } from '@payout/runtime/testing/fake-state-store'
import type { RedisProvision } from '@payout/sandbox/provision/redis/redis-provision'
import { DAY_MS } from '@payout/schemas/units'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { at, RedisServers } from './redis-servers.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const LIFE_MS = 30 * DAY_MS

type Life = 'gone' | 'without end' | 'ends'

/** A state store, and how long what stands in it will. */
interface Remembering {
  readonly stateStore: Pick<StateStore, 'claims' | 'states' | 'checkpoints'>
  claim(kind: ClaimKind, key: string): Promise<Life>
  state(key: string): Promise<Life>
  name(name: string): Promise<Life>
  /** Gives a claim an end, as an earlier version did from the start. */
  end(kind: ClaimKind, key: string): Promise<void>
}

const servers = new RedisServers()
let server: RedisProvision
let redis: RedisConnection

beforeAll(async () => {
  server = await servers.start()
  redis = servers.connection(server)
})
afterAll(() => servers.close())

async function inRedis(): Promise<Remembering> {
  const namespace = randomUUID()
  const life = async (key: string): Promise<Life> => {
    const left = Number(await redis.command('PTTL', `${namespace}:${key}`))
    if (left > 0 && (left > LIFE_MS || left < LIFE_MS - DAY_MS)) throw new RangeError(`${key} lives ${left} ms`)
    return left === -2 ? 'gone' : left === -1 ? 'without end' : 'ends'
  }
  return {
    stateStore: await servers.trusted(server, { namespace, claimLifeMs: LIFE_MS }),
    claim: (kind, key) => life(`claim:${kind}:${key}`),
    state: (key) => life(`state:${key}`),
    name: (name) => life(`name:${name}`),
    end: async (kind, key) => void (await redis.command('PEXPIRE', `${namespace}:claim:${kind}:${key}`, LIFE_MS)),
  }
}

async function inMemory(): Promise<Remembering> {
  const stateStore = new FakeStateStore()
  stateStore.claimLifeMs = LIFE_MS
  const life = (there: boolean, end: number | undefined): Life => {
    if (end !== undefined && end !== LIFE_MS) throw new RangeError(`lives ${end} ms`)
    return !there ? 'gone' : end === undefined ? 'without end' : 'ends'
  }
  return {
    stateStore,
    claim: async (kind, key) => life(stateStore.held.has(`${kind}/${key}`), stateStore.ends.held.get(`${kind}/${key}`)),
    state: async (key) => life(stateStore.values.has(key), stateStore.ends.values.get(key)),
    name: async (name) => life(stateStore.holders.has(name), stateStore.ends.holders.get(name)),
    end: async (kind, key) => void stateStore.ends.held.set(`${kind}/${key}`, LIFE_MS),
  }
}

function claim(key: string, offset = 0): Claim {
  return { key, contentHash: 'content', coordinates: at({ offset }) }
}

describe.each([
  ['Redis', inRedis],
  ['the state store in memory', inMemory],
])('%s remembers', (_what, open) => {
  it.each([
    ['payout', 'without end'],
    ['batch', 'without end'],
    ['return', 'without end'],
    ['notify', 'ends'],
  ] as const)('S2.7: a claim of a %s %s', async (kind, life) => {
    const { stateStore, claim: lifeOf } = await open()
    await stateStore.claims.claim(kind, 'g', [claim('acme/p1')])
    expect(await lifeOf(kind, 'acme/p1')).toBe(life)
  })

  it('states that are set where they still have the revision that was read, each by itself', async () => {
    const { states } = (await open()).stateStore
    const first = [
      { key: 'a', before: undefined, after: '1' },
      { key: 'b', before: 'something', after: '1' },
      { key: 'c', before: undefined, after: '' },
    ]
    const [a, none, c] = await states.swap(first)
    expect([typeof a, none, typeof c]).toEqual(['string', undefined, 'string'])
    expect(await states.read(['a', 'b', 'c'])).toEqual([
      { revision: a, value: '1' },
      undefined,
      { revision: c, value: '' },
    ])
    const second = await states.swap([
      { key: 'a', before: a, after: '2' },
      { key: 'a', before: a, after: '3' },
      { key: 'c', before: undefined, after: 'x' },
      { key: 'c', before: c, after: '金额' },
    ])
    expect(second.map((revision) => revision !== undefined)).toEqual([true, false, false, true])
    expect(await states.read(['a', 'c'])).toEqual([
      { revision: second[0], value: '2' },
      { revision: second[3], value: '金额' },
    ])
    expect(await states.read([])).toEqual([])
    expect(await states.swap([])).toEqual([])
    expect(await states.holders([])).toEqual([])
  })

  it('S6.1: a revision that is never given again, also to the same value', async () => {
    const { states } = (await open()).stateStore
    const [first] = await states.swap([{ key: 'a', before: undefined, after: '1' }])
    const [second] = await states.swap([{ key: 'a', before: first, after: '1' }])
    expect(second).not.toBe(first)
    expect(await states.swap([{ key: 'a', before: first, after: '2' }])).toEqual([undefined])
  })

  it('S6.1: whether states still have a revision, and writes nothing where it is only asked', async () => {
    const { states } = (await open()).stateStore
    const [revision] = await states.swap([{ key: 'a', before: undefined, after: '1' }])
    const checked = await states.swap([
      { key: 'a', before: revision, after: undefined },
      { key: 'a', before: undefined, after: undefined },
      { key: 'b', before: undefined, after: undefined },
      { key: 'b', before: revision, after: undefined },
    ])
    expect(checked.map((answer) => answer !== undefined)).toEqual([true, false, true, false])
    expect(await states.read(['a', 'b'])).toEqual([{ revision, value: '1' }, undefined])
  })

  it('who holds a name: it is taken once, and what would take it too is not done', async () => {
    const { states } = (await open()).stateStore
    const [a] = await states.swap([{ key: 'a', before: undefined, after: '1', takes: ['p1', 'p2'] }])
    expect(await states.swap([{ key: 'b', before: undefined, after: '1', takes: ['p3', 'p2'] }])).toEqual([undefined])
    expect(await states.holders(['p1', 'p2', 'p3'])).toEqual(['a', 'a', undefined])
    expect(await states.read(['b'])).toEqual([undefined])
    const [again] = await states.swap([{ key: 'a', before: a, after: '2', names: ['p1'], takes: ['p2', 'p3'] }])
    expect(again).toBeDefined()
    expect(await states.holders(['p1', 'p2', 'p3'])).toEqual(['a', 'a', 'a'])
  })

  it('S2.7: what is open without end, and what is settled as long as a claim lives: the state, its claims and names', async () => {
    const { stateStore, ...lifeOf } = await open()
    await stateStore.claims.claim('payout', 'signer', [claim('acme/p1'), claim('acme/p2')])
    const of = (id: string) =>
      ({ key: id, claims: [{ kind: 'payout', key: `acme/${id}` }], takes: [id], before: undefined }) as const
    await stateStore.states.swap([
      { ...of('p1'), after: '1' },
      { ...of('p2'), after: '1', settled: true },
      { key: 'alone', before: undefined, after: '1', settled: true },
      { ...of('never claimed'), after: '1', settled: true },
    ])
    for (const life of [lifeOf.state, lifeOf.name, (id: string) => lifeOf.claim('payout', `acme/${id}`)]) {
      expect(await life('p1')).toBe('without end')
      expect(await life('p2')).toBe('ends')
    }
    for (const key of ['alone', 'never claimed']) expect(await lifeOf.state(key)).toBe('ends')
    expect(await lifeOf.claim('payout', 'acme/never claimed')).toBe('gone')
  })

  it('what is settled later, and what is open again', async () => {
    const { stateStore, ...lifeOf } = await open()
    await stateStore.claims.claim('batch', 'gateway-egress', [claim('acme/b1')])
    const state = { key: 'b1', claims: [{ kind: 'batch', key: 'acme/b1' }], names: ['p1'] } as const
    const lives = async () => [
      await lifeOf.state('b1'),
      await lifeOf.name('p1'),
      await lifeOf.claim('batch', 'acme/b1'),
    ]
    const [first] = await stateStore.states.swap([{ ...state, before: undefined, after: '1', takes: ['p1'] }])
    expect(await lives()).toEqual(['without end', 'without end', 'without end'])
    const [second] = await stateStore.states.swap([{ ...state, before: first, after: '1', settled: true }])
    expect(await lives()).toEqual(['ends', 'ends', 'ends'])
    await stateStore.states.swap([{ ...state, before: second, after: '1' }])
    expect(await lives()).toEqual(['without end', 'without end', 'without end'])
  })

  it('a claim as it is where its state was changed by another', async () => {
    const { stateStore, ...lifeOf } = await open()
    await stateStore.claims.claim('payout', 'signer', [claim('acme/p1')])
    const state = { key: 'p1', claims: [{ kind: 'payout', key: 'acme/p1' }] } as const
    await stateStore.states.swap([{ ...state, before: undefined, after: '1' }])
    expect(await stateStore.states.swap([{ ...state, before: 'x', after: '2', settled: true }])).toEqual([undefined])
    expect(await lifeOf.state('p1')).toBe('without end')
    expect(await lifeOf.claim('payout', 'acme/p1')).toBe('without end')
  })

  it('a payout that fails before sending as long as a claim lives, and again without end when its own record comes once more', async () => {
    const { stateStore, claim: lifeOf } = await open()
    const mine = [claim('acme/p1'), claim('acme/p2', 1)]
    await stateStore.claims.claim('payout', 'signer', mine)
    await stateStore.claims.settle('payout', [claim('acme/p1'), claim('acme/p2', 7), claim('acme/p3')])
    expect(await lifeOf('payout', 'acme/p1')).toBe('ends')
    expect(await lifeOf('payout', 'acme/p2')).toBe('without end')
    expect(await lifeOf('payout', 'acme/p3')).toBe('gone')
    await stateStore.claims.claim('payout', 'signer', [claim('acme/p1', 5)])
    expect(await lifeOf('payout', 'acme/p1')).toBe('ends')
    await stateStore.claims.claim('payout', 'signer', [claim('acme/p1')])
    expect(await lifeOf('payout', 'acme/p1')).toBe('without end')
  })

  it('a batch number as it is when its own record comes once more: its payouts tell when it ends', async () => {
    const { stateStore, end, claim: lifeOf } = await open()
    await stateStore.claims.claim('batch', 'gateway-egress', [claim('acme/b1')])
    await end('batch', 'acme/b1')
    await stateStore.claims.claim('batch', 'gateway-egress', [claim('acme/b1')])
    expect(await lifeOf('batch', 'acme/b1')).toBe('ends')
  })

  it('settles none', async () => {
    const { stateStore } = await open()
    await stateStore.claims.settle('payout', [])
  })
})
