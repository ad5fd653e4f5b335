import { RedisNotTrustedError } from '@payout/runtime/redis/errors'
import type { Claim, ClaimOutcome, Coordinates, Floor, Memory } from '@payout/runtime/redis/port'

/** Claims and floors in memory. */
export class FakeMemory implements Pick<Memory, 'claims' | 'floors'> {
  now = 0
  trusted = true
  readonly held = new Map<string, Claim & { claimedAt: number }>()
  readonly #floors = new Map<string, Floor>()

  readonly claims: Memory['claims'] = {
    claim: async (kind, group, claims) => {
      this.#reach()
      return claims.map((claim) => this.#claim(kind, group, claim))
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

  #reach(): void {
    if (!this.trusted) throw new RedisNotTrustedError('test', 'other-replication-id')
  }

  #claim(kind: string, group: string, claim: Claim): ClaimOutcome {
    const { topic, partition, offset } = claim.coordinates
    if (offset < (this.#floors.get(`${group}/${topic}/${partition}`)?.next ?? 0)) return { kind: 'done' }
    const held = this.held.get(`${kind}/${claim.key}`)
    if (held === undefined) {
      this.held.set(`${kind}/${claim.key}`, { ...claim, claimedAt: this.now })
      return { kind: 'free' }
    }
    if (place(held.coordinates) === place(claim.coordinates)) return { kind: 'own', claimedAt: held.claimedAt }
    const sameContent = held.contentHash === claim.contentHash
    return { kind: 'held', sameContent, by: held.coordinates, claimedAt: held.claimedAt }
  }
}

function place({ topic, partition, offset, line, timestamp }: Coordinates): string {
  return `${topic}/${partition}/${offset}/${line}/${timestamp}`
}
