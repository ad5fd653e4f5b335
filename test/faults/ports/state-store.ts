/** Memory with one layer of the safety argument taken out of it. */
import { RedisNotTrustedError } from '@payout/runtime/redis/errors'
import type { Claims, StateStore, States } from '@payout/runtime/redis/port'
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

/** States that are shown otherwise than they are; what is written is compared with what really stands there. */
function showing(states: States, otherwise: (state: Record<string, unknown>) => object): States {
  const real = new Map<string, string>()
  return {
    read: async (keys) => {
      const texts = await states.read(keys)
      return texts.map((text, index) => {
        if (text === undefined) return undefined
        const [form, state] = JSON.parse(text)
        if (!('transitions' in state)) return text
        const shown = JSON.stringify([form, otherwise(state)])
        real.set(`${keys[index]} ${shown}`, text)
        return shown
      })
    },
    swap: (changes) =>
      states.swap(
        changes.map((change) => ({ ...change, before: real.get(`${change.key} ${change.before}`) ?? change.before })),
      ),
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
    swap: (changes) => states.swap(changes.map(({ claim: _claim, ...change }) => change)),
  }
}

/** S6 out: what a record caused before is not remembered. */
function withoutTransitions(state: Record<string, unknown>): object {
  return { ...state, transitions: [] }
}

/** S8 out: a payout never looks as if it had its outcome. */
function withoutOutcome(state: Record<string, unknown>): object {
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
