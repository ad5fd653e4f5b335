import { DAY_MS } from '@payout/schemas/units'
import { claimLife } from '../redis/claims.ts'
import { RedisNotTrustedError, RedisUnavailableError } from '../redis/errors.ts'
import type {
  Claim,
  ClaimKind,
  ClaimOutcome,
  Coordinates,
  StateChange,
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
  /** The key of the state that holds each name. */
  readonly holders = new Map<string, string>()
  /** CLAIM_LIFE, milliseconds. */
  claimLifeMs = 30 * DAY_MS
  /** When claims and values end, by Redis' clock; those that are not in it never do. */
  readonly ends = {
    held: new Map<string, number>(),
    values: new Map<string, number>(),
    holders: new Map<string, number>(),
  }
  readonly #revisions = new Map<string, string>()
  #revision = 0
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
      return keys.map((key) => {
        const value = this.values.get(key)
        return value === undefined ? undefined : { revision: this.#revisionOf(key), value }
      })
    },
    holders: async (names) => {
      this.#reach()
      return names.map((name) => this.holders.get(name))
    },
    swap: async (changes) => {
      this.#reach()
      this.beforeSwap()
      return changes.map((change) => {
        const { key, before = '', after, takes = [] } = change
        if (before !== (this.values.has(key) ? this.#revisionOf(key) : '')) return undefined
        if (after === undefined) return before
        if (takes.some((name) => (this.holders.get(name) ?? key) !== key)) return undefined
        for (const name of takes) this.holders.set(name, key)
        this.put(key, after)
        this.#keep(change)
        this.written.set(key, (this.written.get(key) ?? 0) + 1)
        return this.#revisionOf(key)
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

  /** A state as another process, or a person, writes it. */
  put(key: string, value: string): void {
    this.values.set(key, value)
    this.#revision += 1
    this.#revisions.set(key, String(this.#revision))
  }

  #revisionOf(key: string): string {
    return this.#revisions.get(key) ?? ''
  }

  #reach(): void {
    if (this.away) throw new RedisUnavailableError('Redis is away')
    if (!this.trusted) throw new RedisNotTrustedError('test', 'other-replication-id')
    for (const part of ['held', 'values', 'holders'] as const) {
      for (const [key, end] of this.ends[part]) {
        if (end > this.now) continue
        this[part].delete(key)
        this.ends[part].delete(key)
      }
    }
  }

  /** A state, its claims and names live equally long. */
  #keep({ key, settled, claims = [], names = [], takes = [] }: StateChange): void {
    const live = (of: 'held' | 'values' | 'holders', what: string) => {
      if (!this[of].has(what)) return
      if (settled) this.ends[of].set(what, this.now + this.claimLifeMs)
      else this.ends[of].delete(what)
    }
    live('values', key)
    for (const claim of claims) live('held', `${claim.kind}/${claim.key}`)
    for (const name of [...names, ...takes]) live('holders', name)
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
