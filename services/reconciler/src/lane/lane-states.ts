import type { LogRecord, TaskSession } from '@payout/runtime/event-log/port'
import { replay } from '@payout/runtime/task/replay'
import type { Codec } from '@payout/schemas/codec'
import type {
  GatewayAgreementState,
  GatewayReturnFileState,
  GatewayReturnSchedule,
} from '@payout/schemas/generated/records'
import { topics } from '@payout/schemas/topics'
import { STATES } from '../topology.ts'

/** A state of the lane, as its record has it. */
export type LaneState =
  | { readonly name: 'gateway.GatewayAgreementState'; readonly value: GatewayAgreementState }
  | { readonly name: 'gateway.GatewayReturnFileState'; readonly value: GatewayReturnFileState }
  | { readonly name: 'gateway.GatewayReturnSchedule'; readonly value: GatewayReturnSchedule }

/** Key of an agreement's state in the changelog. */
export function agreementKey(partner: string, agreementId: string): string {
  return `${partner}/agreement/${agreementId}`
}

/** Key of the state of a day's return file; the day is YYYYMMDD in China. */
export function fileKey(partner: string, fileDate: string): string {
  return `${partner}/return-file/${fileDate}`
}

/** Key of the state of a partner's schedule of return files. */
export function scheduleKey(partner: string): string {
  return `${partner}/return-schedule`
}

/** What the lane knows of agreements and return files: what is committed in its changelog, in memory. */
export class LaneStates {
  readonly #states = new Map<string, LaneState>()
  /** What each request that is under way belongs to. */
  readonly #requests = new Map<string, string>()
  /** Agreements with something open: among them only something can be due. */
  readonly #open = new Set<string>()
  readonly #files = new Set<string>()

  get(key: string): LaneState | undefined {
    return this.#states.get(key)
  }

  /** The key of what waits for the last word on a request. */
  waitsFor(requestId: string): string | undefined {
    return this.#requests.get(requestId)
  }

  /** Return files, in the order in which they became known. */
  *files(): Generator<readonly [key: string, file: GatewayReturnFileState]> {
    for (const key of this.#files) {
      const state = this.#states.get(key)
      if (state?.name === 'gateway.GatewayReturnFileState') yield [key, state.value]
    }
  }

  /** Agreements with something open, in the order in which that became known. */
  *openAgreements(): Generator<GatewayAgreementState, undefined> {
    for (const key of this.#open) {
      const state = this.#states.get(key)
      if (state?.name === 'gateway.GatewayAgreementState') yield state.value
    }
  }

  /** Takes over what is committed; undefined removes it. */
  put(key: string, state: LaneState | undefined): void {
    const before = requestOf(this.#states.get(key))
    if (before !== undefined) this.#requests.delete(before)
    this.#open.delete(key)
    this.#files.delete(key)
    if (state === undefined) {
      this.#states.delete(key)
      return
    }
    this.#states.set(key, state)
    const request = requestOf(state)
    if (request !== undefined) this.#requests.set(request, key)
    if (state.name === 'gateway.GatewayAgreementState' && state.value.operations.length > 0) this.#open.add(key)
    if (state.name === 'gateway.GatewayReturnFileState') this.#files.add(key)
  }
}

function requestOf(state: LaneState | undefined): string | undefined {
  switch (state?.name) {
    case 'gateway.GatewayAgreementState':
      return state.value.request?.requestId
    case 'gateway.GatewayReturnFileState':
      return state.value.requestId ?? undefined
    case 'gateway.GatewayReturnSchedule':
    case undefined:
      return undefined
  }
}

/**
 * Reads the lane's states to their end. The last record of a key counts.
 * @throws NotAvroError, UnknownSchemaError where a record can't be read: the lane has to wait.
 */
export async function readStates(session: TaskSession, codec: Codec): Promise<LaneStates> {
  const states = new LaneStates()
  await replay(session, STATES, (record) => put(record, states, codec))
  return states
}

function put({ key, value }: LogRecord, states: LaneStates, codec: Codec): void {
  states.put(String(key), value === null ? undefined : codec.decode(value, topics[STATES].values))
}
