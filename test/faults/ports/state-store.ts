/** Memory with one layer of the safety argument taken out of it. */
import { RedisNotTrustedError } from '@payout/runtime/redis/errors'
import type { Claims, StateStore, States } from '@payout/runtime/redis/port'
import { formatBatch, parseBatch } from '../../../services/reconciler/src/known-batches/batch-form.ts'
import type { PayoutState } from '../../../services/reconciler/src/payout-state/payout-state.ts'
import type { Replaced } from './replaced.ts'

/** The memory with every port replaced that the test wants replaced. */
export function replacedStateStore(stateStore: StateStore, { ports }: Replaced): StateStore {
  let { claims, checkpoints, states } = stateStore
  if (ports.includes('content')) claims = withoutContent(claims)
  if (ports.includes('claims')) {
    claims = {
      claim: async (_kind, _group, wanted) => wanted.map(() => ({ kind: 'acquired' })),
      settle: async () => undefined,
    }
    checkpoints = { ...checkpoints, get: async () => undefined, all: async () => [], raise: async () => undefined }
  }
  if (ports.includes('lives')) {
    claims = ending(claims)
    states = withoutClaims(states)
  }
  if (ports.includes('transitions')) states = showing(states, withoutTransitions)
  if (ports.includes('outcome')) states = showing(states, withoutOutcome)
  if (ports.includes('marker')) claims = marking(claims, stateStore)
  return { ...stateStore, claims, checkpoints, states, healthy: true, close: () => stateStore.close() }
}

/** States that show payouts otherwise than they are. */
function showing(states: States, otherwise: (state: PayoutState) => PayoutState): States {
  return {
    read: async (keys) => {
      const stored = await states.read(keys)
      return stored.map((state, index) => {
        if (state === undefined) return undefined
        const key = keys[index] ?? ''
        const known = parseBatch(key, state.value)
        const payouts = new Map([...known.payouts].map(([payoutId, payout]) => [payoutId, otherwise(payout)]))
        return { ...state, value: formatBatch(key, { ...known, payouts }) }
      })
    },
    holders: (names) => states.holders(names),
    swap: (changes) => states.swap(changes),
  }
}

/** S1 out: an id that is held with other content counts as free. */
function withoutContent(claims: Claims): Claims {
  return {
    settle: (kind, settled) => claims.settle(kind, settled),
    claim: async (kind, group, wanted) =>
      (await claims.claim(kind, group, wanted)).map((outcome) =>
        outcome.kind === 'duplicate' && !outcome.sameContent ? { kind: 'acquired' } : outcome,
      ),
  }
}

/** S2.7 out: an id is forgotten a life after it was claimed, whatever became of its payout. */
function ending(claims: Claims): Claims {
  return {
    settle: (kind, settled) => claims.settle(kind, settled),
    claim: async (kind, group, wanted) => {
      const outcomes = await claims.claim(kind, group, wanted)
      if (kind === 'payout') {
        const free = wanted.filter((_claim, index) => outcomes[index]?.kind === 'acquired')
        await claims.settle(kind, free)
      }
      return outcomes
    },
  }
}

/** What becomes of a payout has nothing to say about its claim. */
function withoutClaims(states: States): States {
  return {
    read: (keys) => states.read(keys),
    holders: (names) => states.holders(names),
    swap: (changes) => states.swap(changes.map(({ claims: _claims, ...change }) => change)),
  }
}

/** S6 out: what a record caused before is not remembered. */
function withoutTransitions(state: PayoutState): PayoutState {
  return { ...state, transitions: [] }
}

/** S8 out: a payout never looks as if it had its outcome. */
function withoutOutcome(state: PayoutState): PayoutState {
  return state.status === 'succeeded' || state.status === 'failed' ? { ...state, status: 'accepted' } : state
}

/** S7 out: a Redis that has lost its marker is taken as it is. */
function marking(claims: Claims, stateStore: StateStore): Claims {
  return {
    settle: (kind, settled) => claims.settle(kind, settled),
    claim: async (kind, group, wanted) => {
      try {
        return await claims.claim(kind, group, wanted)
      } catch (error) {
        if (!(error instanceof RedisNotTrustedError)) throw error
        await (await stateStore.rebuild.begin()).finish()
        return claims.claim(kind, group, wanted)
      }
    },
  }
}
