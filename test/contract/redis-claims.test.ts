import { randomUUID } from 'node:crypto'
import type { RedisConnection } from '@payout/runtime/redis/connection/connection'
import type { Claim, ClaimOutcome, Coordinates, StateStore } from '@payout/runtime/redis/port'
import type { RedisProvision } from '@payout/sandbox/provision/redis/redis-provision'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { at, RedisServers } from './redis-servers.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const servers = new RedisServers()
let server: RedisProvision
let redis: RedisConnection
let stateStore: StateStore

beforeAll(async () => {
  server = await servers.start()
  redis = servers.connection(server)
})
beforeEach(async () => {
  stateStore = await servers.trusted(server)
})
afterAll(() => servers.close())

function claim(key: string, coordinates: Coordinates, contentHash = 'content'): Claim {
  return { key, contentHash, coordinates }
}

describe('a claim (S2)', () => {
  it('S2.2: is free once, then our own from the same coordinates, with the time of the first claim', async () => {
    const mine = claim('acme/p1', at({ offset: 7, line: 3 }))
    const before = Number((await time()).toFixed())
    expect(await stateStore.claims.claim('payout', 'signer', [mine])).toEqual([{ kind: 'acquired' }])
    const after = await time()
    const [again] = await stateStore.claims.claim('payout', 'signer', [mine])
    expect(again).toEqual({ kind: 'reentrant', claimedAt: expect.any(Number) })
    const claimedAt = again?.kind === 'reentrant' ? again.claimedAt : 0
    expect(claimedAt).toBeGreaterThanOrEqual(before)
    expect(claimedAt).toBeLessThanOrEqual(after)
  })

  it.each([
    ['topic', at({ topic: 'gateway.to-sign' })],
    ['partition', at({ partition: 1 })],
    ['offset', at({ offset: 1 })],
    ['line', at({ line: 1 })],
    ['time stamp', at({ timestamp: 1_760_000_000_001 })],
  ])('S2.2: is held by others when the %s differs', async (_what, other) => {
    await stateStore.claims.claim('payout', 'signer', [claim('acme/p1', at())])
    const outcomes = await stateStore.claims.claim('payout', 'signer', [claim('acme/p1', other)])
    expect(outcomes).toEqual([{ kind: 'duplicate', sameContent: true, by: at(), claimedAt: expect.any(Number) }])
  })

  it('S1: says when others hold the id with other content', async () => {
    await stateStore.claims.claim('payout', 'signer', [claim('acme/p1', at(), 'one')])
    const [outcome] = await stateStore.claims.claim('payout', 'signer', [claim('acme/p1', at({ offset: 1 }), 'other')])
    expect(outcome).toMatchObject({ kind: 'duplicate', sameContent: false, by: at() })
  })

  it('is told apart by its kind', async () => {
    const mine = claim('acme/1', at())
    await stateStore.claims.claim('payout', 'signer', [mine])
    expect(await stateStore.claims.claim('notify', 'signer', [mine])).toEqual([{ kind: 'acquired' }])
    expect(await stateStore.claims.claim('batch', 'signer', [mine])).toEqual([{ kind: 'acquired' }])
  })

  it('of a key named twice in one call: the second sees the first', async () => {
    const [first, second] = await stateStore.claims.claim('payout', 'signer', [
      claim('acme/p', at()),
      claim('acme/p', at({ line: 1 })),
    ])
    expect(first).toEqual({ kind: 'acquired' })
    expect(second).toMatchObject({ kind: 'duplicate', sameContent: true, by: at() })
  })

  it('takes none', async () => {
    expect(await stateStore.claims.claim('payout', 'signer', [])).toEqual([])
  })

  it('S2.4: is done with below the checkpoint of its partition, and stores nothing', async () => {
    await stateStore.checkpoints.raise('signer', [{ topic: 'payout.commands', partition: 1, next: 5, committedAt: 1 }])
    const outcomes = await stateStore.claims.claim('payout', 'signer', [
      claim('acme/below', at({ partition: 1, offset: 4 })),
      claim('acme/at', at({ partition: 1, offset: 5 })),
      claim('acme/elsewhere', at({ partition: 2, offset: 4 })),
    ])
    expect(outcomes).toEqual([{ kind: 'stale' }, { kind: 'acquired' }, { kind: 'acquired' }])
    expect(await stateStore.claims.claim('payout', 'other-group', [claim('acme/below', at({ offset: 9 }))])).toEqual([
      { kind: 'acquired' },
    ])
  })

  it('S2.4: is done with below the checkpoint even where it is held by the same coordinates', async () => {
    const mine = claim('acme/p1', at({ offset: 4 }))
    await stateStore.claims.claim('payout', 'signer', [mine])
    await stateStore.checkpoints.raise('signer', [{ topic: 'payout.commands', partition: 0, next: 5, committedAt: 1 }])
    expect(await stateStore.claims.claim('payout', 'signer', [mine])).toEqual([{ kind: 'stale' }])
  })

  it('takes 10,000 in one call, with the outcomes in their order', async () => {
    const claims = Array.from({ length: 10_000 }, (_, i) => claim(`acme/p${i}`, at({ offset: i })))
    const held = claims.filter((_, i) => i % 3 === 0)
    await stateStore.claims.claim('payout', 'signer', held)
    const outcomes = await stateStore.claims.claim('payout', 'signer', claims)
    expect(outcomes.map(({ kind }) => kind)).toEqual(claims.map((_, i) => (i % 3 === 0 ? 'reentrant' : 'acquired')))
  })

  it('S2.7: of a notify lives 30 days unless it is told otherwise, and is not prolonged by being asked for', async () => {
    const namespace = randomUUID()
    const standard = await servers.trusted(server, { namespace })
    await standard.claims.claim('notify', 'reconciler', [claim('acme/n1', at())])
    const month = 30 * 24 * 3_600_000
    const life = Number(await redis.command('PTTL', `${namespace}:claim:notify:acme/n1`))
    expect(life).toBeGreaterThan(month - 60_000)
    expect(life).toBeLessThanOrEqual(month)

    const short = servers.stateStore(server, { namespace, claimLifeMs: 3_600_000 })
    await short.claims.claim('notify', 'reconciler', [claim('acme/n1', at()), claim('acme/n2', at())])
    expect(Number(await redis.command('PTTL', `${namespace}:claim:notify:acme/n1`))).toBeGreaterThan(month - 60_000)
    expect(Number(await redis.command('PTTL', `${namespace}:claim:notify:acme/n2`))).toBeLessThanOrEqual(3_600_000)
  })

  it('is claimed once by two who ask at the same time', async () => {
    const other = servers.stateStore(server, { namespace: 'race' })
    const one = await servers.trusted(server, { namespace: 'race' })
    const ids = Array.from({ length: 2000 }, (_, i) => `acme/p${i}`)
    const [a, b] = await Promise.all([
      one.claims.claim(
        'payout',
        'signer',
        ids.map((id) => claim(id, at({ partition: 0 }))),
      ),
      other.claims.claim(
        'payout',
        'signer',
        ids.map((id) => claim(id, at({ partition: 1 }))),
      ),
    ])
    expect(ids.map((_, i) => [a[i]?.kind, b[i]?.kind].toSorted())).toEqual(ids.map(() => ['acquired', 'duplicate']))
  })
})

/** The rules S2.2 and S2.4 over a map. */
class ModelClaims {
  readonly #held = new Map<string, Claim>()
  readonly #checkpoints = new Map<number, number>()

  raise(partition: number, next: number): void {
    this.#checkpoints.set(partition, Math.max(this.#checkpoints.get(partition) ?? 0, next))
  }

  claim(wanted: Claim): object {
    if (wanted.coordinates.offset < (this.#checkpoints.get(wanted.coordinates.partition) ?? 0)) return { kind: 'stale' }
    const held = this.#held.get(wanted.key)
    if (!held) {
      this.#held.set(wanted.key, wanted)
      return { kind: 'acquired' }
    }
    if (JSON.stringify(held.coordinates) === JSON.stringify(wanted.coordinates)) return { kind: 'reentrant' }
    return { kind: 'duplicate', sameContent: held.contentHash === wanted.contentHash, by: held.coordinates }
  }
}

describe('any history of claims and checkpoints', () => {
  const coordinates = fc
    .record({ partition: fc.nat(1), offset: fc.nat(5), line: fc.nat(1), timestamp: fc.constantFrom(1000, 2000) })
    .map(at)
  const claims = fc.array(
    fc.record({
      key: fc.constantFrom('acme/1', 'acme/2', 'umbra/1'),
      contentHash: fc.constantFrom('x', 'y-_'),
      coordinates,
    }),
    { maxLength: 5 },
  )
  const step = fc.oneof(
    { weight: 4, arbitrary: claims.map((wanted) => ({ wanted })) },
    { weight: 1, arbitrary: fc.record({ partition: fc.nat(1), next: fc.nat(6) }) },
  )

  it('S2: comes out as in the model', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const real = await servers.trusted(server)
        const model = new ModelClaims()
        for (const step of steps) {
          if ('wanted' in step) {
            const outcomes = await real.claims.claim('payout', 'signer', step.wanted)
            expect(outcomes.map(withoutTime)).toEqual(step.wanted.map((wanted) => model.claim(wanted)))
          } else {
            model.raise(step.partition, step.next)
            await real.checkpoints.raise('signer', [{ topic: 'payout.commands', ...step, committedAt: 1 }])
          }
        }
        await real.close()
      }),
      { numRuns: 60 },
    )
  })
})

function withoutTime(outcome: ClaimOutcome): object {
  return Object.fromEntries(Object.entries(outcome).filter(([name]) => name !== 'claimedAt'))
}

/** The server's clock, UTC milliseconds. */
async function time(): Promise<number> {
  const reply = await redis.command('TIME')
  const [seconds, microseconds] = Array.isArray(reply) ? reply.map(Number) : []
  return (seconds ?? 0) * 1000 + Math.floor((microseconds ?? 0) / 1000)
}
