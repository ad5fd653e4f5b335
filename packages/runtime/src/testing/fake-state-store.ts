import { DAY_MS } from '@payout/schemas/units'
import { claimLife } from '../redis/claims.ts'
import { RedisNotTrustedError, RedisUnavailableError } from '../redis/errors.ts'
import type {
  Claim,
  ClaimKind,
  ClaimOutcome,
  Coordinates,
  KeptState,
  StateStore,
  StoredCheckpoint,
} from '../redis/port.ts'

/** What the services keep in Redis, in memory: for tests of one service. */
export class FakeStateStore implements Pick<StateStore, 'claims' | 'checkpoints' | 'states' | 'timers' | 'rebuild'> {
  /** Redis is away. */
  away = false
  trusted = true
  /** Redis' clock, UTC milliseconds: what claims are dated with. */
  now = 0
  /** Before a swap: where another process may change something. */
  beforeSwap: () => void = () => undefined
  /** Claims by `kind/key`. */
  readonly held = new Map<string, Claim & { readonly claimedAt: number }>()
  readonly checkpointOf = new Map<string, StoredCheckpoint>()
  readonly values = new Map<string, string>()
  /** CLAIM_LIFE, milliseconds. */
  claimLifeMs = 30 * DAY_MS
  /** When claims and values end, by Redis' clock; those that are not in it never do. */
  readonly ends = { held: new Map<string, number>(), values: new Map<string, number>() }
  /** How often each value was set. */
  readonly written = new Map<string, number>()
  readonly due = new Map<string, number>()

  readonly claims: StateStore['claims'] = {
    claim: async (kind, group, claims) => {
      this.#reach()
      return claims.map((claim) => this.#claim(kind, group, claim))
    },
    settle: async (kind, claims) => {
      this.#reach()
      for (const { key, coordinates } of claims) {
        const held = this.held.get(`${kind}/${key}`)
        if (held && place(held.coordinates) === place(coordinates))
          this.ends.held.set(`${kind}/${key}`, this.now + this.claimLifeMs)
      }
    },
  }

  readonly checkpoints: StateStore['checkpoints'] = {
    raise: async (group, checkpoints) => {
      this.#reach()
      for (const { topic, partition, next, committedAt } of checkpoints) {
        const checkpoint = { next, committedAt }
        if (next > this.#checkpoint(group, topic, partition))
          this.checkpointOf.set(`${group}/${topic}/${partition}`, { group, topic, partition, checkpoint })
      }
    },
    get: async (group, topic, partition) => {
      this.#reach()
      return this.checkpointOf.get(`${group}/${topic}/${partition}`)?.checkpoint
    },
    all: async () => {
      this.#reach()
      return [...this.checkpointOf.values()]
    },
    forget: async (topic) => {
      this.#reach()
      const old = [...this.checkpointOf].filter(([, checkpoint]) => checkpoint.topic === topic)
      for (const [place] of old) this.checkpointOf.delete(place)
      return old.length
    },
  }

  readonly states: StateStore['states'] = {
    read: async (keys) => {
      this.#reach()
      return keys.map((key) => this.values.get(key))
    },
    swap: async (changes) => {
      this.#reach()
      this.beforeSwap()
      return changes.map((change) => {
        const { key, before, after } = change
        if (this.values.get(key) !== before) return false
        this.values.set(key, after)
        this.#keep(change)
        this.written.set(key, (this.written.get(key) ?? 0) + 1)
        return true
      })
    },
  }

  readonly timers: StateStore['timers'] = {
    add: async (_task, entries) => {
      this.#reach()
      for (const { member, at } of entries) this.due.set(member, at)
    },
    due: async (_task, now, limit) => {
      this.#reach()
      const members = [...this.due].filter(([, at]) => at <= now).sort(([, a], [, b]) => a - b)
      return members.slice(0, limit).map(([member]) => member)
    },
    remove: async (_task, members) => {
      this.#reach()
      for (const member of members) this.due.delete(member)
    },
  }

  readonly rebuild: StateStore['rebuild'] = {
    trust: async () => (this.trusted ? 'trusted' : 'other-replication-id'),
    begin: () => Promise.reject(new Error('this state store has nothing to be rebuilt from')),
    underWay: async () => false,
  }

  #reach(): void {
    if (this.away) throw new RedisUnavailableError('Redis is away')
    if (!this.trusted) throw new RedisNotTrustedError('test', 'other-replication-id')
    for (const of of ['held', 'values'] as const) {
      for (const [key, end] of this.ends[of]) {
        if (end > this.now) continue
        this[of].delete(key)
        this.ends[of].delete(key)
      }
    }
  }

  /** A state and its claim live equally long. */
  #keep({ key, settled, claim }: KeptState): void {
    const end = this.now + this.claimLifeMs
    const name = claim && `${claim.kind}/${claim.key}`
    if (settled) this.ends.values.set(key, end)
    else this.ends.values.delete(key)
    if (name === undefined || !this.held.has(name)) return
    if (settled) this.ends.held.set(name, end)
    else this.ends.held.delete(name)
  }

  #checkpoint(group: string, topic: string, partition: number): number {
    return this.checkpointOf.get(`${group}/${topic}/${partition}`)?.checkpoint.next ?? 0
  }

  #claim(kind: ClaimKind, group: string, claim: Claim): ClaimOutcome {
    const { topic, partition, offset } = claim.coordinates
    if (offset < this.#checkpoint(group, topic, partition)) return { kind: 'stale' }
    const held = this.held.get(`${kind}/${claim.key}`)
    const life = claimLife(kind, this.claimLifeMs)
    if (held === undefined) {
      this.held.set(`${kind}/${claim.key}`, { ...claim, claimedAt: this.now })
      if (life > 0) this.ends.held.set(`${kind}/${claim.key}`, this.now + life)
      return { kind: 'acquired' }
    }
    const { coordinates: by, claimedAt } = held
    if (place(by) === place(claim.coordinates)) {
      if (kind === 'payout') this.ends.held.delete(`${kind}/${claim.key}`)
      return { kind: 'reentrant', claimedAt }
    }
    return { kind: 'duplicate', sameContent: held.contentHash === claim.contentHash, by, claimedAt }
  }
}

function place({ topic, partition, offset, line, timestamp }: Coordinates): string {
  return `${topic}/${partition}/${offset}/${line}/${timestamp}`
}
