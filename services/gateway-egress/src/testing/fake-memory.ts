import { RedisUnavailableError } from '@payout/runtime/redis/errors'
import type { Claim, ClaimOutcome, Floor, Memory, PartnerStop } from '@payout/runtime/redis/port'

/** What egress uses of Redis, in memory. */
export class FakeMemory implements Pick<Memory, 'claims' | 'floors' | 'partnerStops'> {
  /** Redis is away. */
  away = false
  readonly held = new Map<string, Claim>()
  readonly floorOf = new Map<string, Floor>()
  readonly stops = new Map<string, PartnerStop>()

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
        if (next > (this.floorOf.get(field)?.next ?? 0)) this.floorOf.set(field, { next, committedAt })
      }
    },
    get: async (group, topic, partition) => {
      this.#reach()
      return this.floorOf.get(`${group}/${topic}/${partition}`)
    },
    forget: async () => 0,
    all: async () => [],
  }

  readonly partnerStops: Memory['partnerStops'] = {
    stop: async (alias, stop) => {
      this.#reach()
      this.stops.set(alias, stop)
    },
    go: async (alias) => {
      this.#reach()
      this.stops.delete(alias)
    },
    stopped: async (now) => {
      this.#reach()
      return new Map([...this.stops].filter(([, { until }]) => until === undefined || until > now))
    },
  }

  #reach(): void {
    if (this.away) throw new RedisUnavailableError('Redis is away')
  }

  #claim(kind: string, group: string, claim: Claim): ClaimOutcome {
    const { topic, partition, offset, timestamp } = claim.coordinates
    if (offset < (this.floorOf.get(`${group}/${topic}/${partition}`)?.next ?? 0)) return { kind: 'done' }
    const held = this.held.get(`${kind}/${claim.key}`)
    if (held === undefined) {
      this.held.set(`${kind}/${claim.key}`, claim)
      return { kind: 'free' }
    }
    const by = held.coordinates
    if (by.offset === offset && by.timestamp === timestamp) return { kind: 'own', claimedAt: 0 }
    return { kind: 'held', sameContent: held.contentHash === claim.contentHash, by, claimedAt: 0 }
  }
}
