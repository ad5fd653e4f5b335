import { DAY_MS } from '@payout/schemas/units'
import { RedisCheckpoints } from './checkpoints.ts'
import { RedisClaims } from './claims.ts'
import { RedisConnection } from './connection/connection.ts'
import type { RedisServerOptions } from './connection/server.ts'
import { Keys } from './keys.ts'
import type { StateStore } from './port.ts'
import { RedisRebuild } from './rebuild/rebuild.ts'
import { RedisStates } from './states.ts'
import { RedisStoredNotifies } from './stored-notifies.ts'
import { RedisTimers } from './timers.ts'
import { RedisUsedForms } from './used-forms.ts'

/**
 * S2.7: far beyond the 25 hours in which Alipay sends a notify again. It begins at the outcome: before that nothing
 * is forgotten.
 */
const CLAIM_LIFE_MS = 30 * DAY_MS

/** Where the state store is, and whose. */
export type RedisStateStoreOptions = RedisServerOptions & {
  /** Begins every key: letters, digits, dots, hyphens and underscores. */
  readonly namespace: string
  /**
   * How long the claim and the state of a payout live after its outcome, and the claim of a notify: milliseconds, 30
   * days by default.
   */
  readonly claimLifeMs?: number | undefined
  /** How long ingress remembers that a notify was stored: milliseconds, 30 days by default. */
  readonly storedNotifyLifeMs?: number | undefined
}

/**
 * The state store of one namespace in a Redis from 6.2 on, or a Valkey: one server, or the primary of a group with
 * Sentinel; no Cluster, since a script takes keys of many slots. Connects by itself, and again after anything.
 * @throws PipelineError NAMESPACE_INVALID
 */
export function redisStateStore(options: RedisStateStoreOptions): StateStore {
  const { namespace, claimLifeMs = CLAIM_LIFE_MS, storedNotifyLifeMs = CLAIM_LIFE_MS } = options
  const keys = new Keys(namespace)
  const connection = new RedisConnection(namespace, options)
  return {
    claims: new RedisClaims(connection, keys, claimLifeMs),
    checkpoints: new RedisCheckpoints(connection, keys),
    states: new RedisStates(connection, keys, claimLifeMs),
    timers: new RedisTimers(connection, keys),
    storedNotifies: new RedisStoredNotifies(connection, keys, storedNotifyLifeMs),
    usedForms: new RedisUsedForms(connection, keys),
    rebuild: new RedisRebuild(connection, keys, claimLifeMs),
    get healthy() {
      return connection.healthy
    },
    close: () => connection.close(),
  }
}
