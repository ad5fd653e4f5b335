import { RedisNotTrustedError } from '@payout/runtime/redis/errors'
import type { Claim, ClaimOutcome, Floor, Memory } from '@payout/runtime/redis/port'

/** What the reconciler uses of Redis, in memory. */
export class FakeMemory implements Pick<Memory, 'claims' | 'floors' | 'states' | 'dueDates'> {
  trusted = true
  /** Before a swap: where another process may change something. */
  beforeSwap: () => void = () => undefined
  readonly values = new Map<string, string>()
  readonly written = new Map<string, number>()
  readonly due = new Map<string, number>()
  readonly #held = new Map<string, Claim>()
  readonly #floors = new Map<string, Floor>()

  readonly claims: Memory['claims'] = {
    claim: async (kind, _group, claims) => {
      this.#reach()
      return claims.map((claim) => this.#claim(kind, claim))
    },
  }

  readonly floors: Memory['floors'] = {
    raise: async (group, floors) => {
      this.#reach()
      for (const { topic, partition, next, committedAt } of floors) {
        const field = `${group}/${topic}/${partition}`
        if (next > (this.#floors.get(field)?.next ?? 0)) this.#floors.set(field, { next, committedAt })
      }
    },
    get: async (group, topic, partition) => {
      this.#reach()
      return this.#floors.get(`${group}/${topic}/${partition}`)
    },
    forget: async () => 0,
    all: async () => [],
  }

  readonly states: Memory['states'] = {
    read: async (keys) => {
      this.#reach()
      return keys.map((key) => this.values.get(key))
    },
    swap: async (changes) => {
      this.#reach()
      this.beforeSwap()
      return changes.map(({ key, before, after }) => {
        if (this.values.get(key) !== before) return false
        this.values.set(key, after)
        this.written.set(key, (this.written.get(key) ?? 0) + 1)
        return true
      })
    },
  }

  readonly dueDates: Memory['dueDates'] = {
    add: async (_lane, entries) => {
      this.#reach()
      for (const { member, at } of entries) this.due.set(member, at)
    },
    due: async (_lane, now, limit) => {
      this.#reach()
      const members = [...this.due].filter(([, at]) => at <= now).sort(([, a], [, b]) => a - b)
      return members.slice(0, limit).map(([member]) => member)
    },
    remove: async (_lane, members) => {
      this.#reach()
      for (const member of members) this.due.delete(member)
    },
  }

  #reach(): void {
    if (!this.trusted) throw new RedisNotTrustedError('test', 'other-replication-id')
  }

  #claim(kind: string, claim: Claim): ClaimOutcome {
    const held = this.#held.get(`${kind}/${claim.key}`)
    if (held === undefined) {
      this.#held.set(`${kind}/${claim.key}`, claim)
      return { kind: 'free' }
    }
    const by = held.coordinates
    if (JSON.stringify(by) === JSON.stringify(claim.coordinates)) return { kind: 'own', claimedAt: 0 }
    return { kind: 'held', sameContent: held.contentHash === claim.contentHash, by, claimedAt: 0 }
  }
}
