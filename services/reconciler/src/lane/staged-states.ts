import type {
  GatewayAgreementState,
  GatewayReturnFileState,
  GatewayReturnSchedule,
} from '@payout/schemas/generated/records'
import { agreementKey, fileKey, type LaneState, type LaneStates, scheduleKey } from './lane-states.ts'

/**
 * The lane's states as one chunk leaves them. A chunk may be computed again, and its commit may fail: so the lane takes
 * them over after the commit only.
 */
export class StagedStates {
  readonly #committed: LaneStates
  readonly #changed = new Map<string, LaneState | undefined>()

  constructor(committed: LaneStates) {
    this.#committed = committed
  }

  agreement(partner: string, agreementId: string): GatewayAgreementState | undefined {
    const state = this.#get(agreementKey(partner, agreementId))
    return state?.name === 'gateway.GatewayAgreementState' ? state.value : undefined
  }

  file(partner: string, fileDate: string): GatewayReturnFileState | undefined {
    const state = this.#get(fileKey(partner, fileDate))
    return state?.name === 'gateway.GatewayReturnFileState' ? state.value : undefined
  }

  schedule(partner: string): GatewayReturnSchedule | undefined {
    const state = this.#get(scheduleKey(partner))
    return state?.name === 'gateway.GatewayReturnSchedule' ? state.value : undefined
  }

  /** What waits for the last word on a request, as this chunk leaves it so far. */
  waitsFor(requestId: string): LaneState | undefined {
    const key = this.#committed.waitsFor(requestId)
    return key === undefined ? undefined : this.#get(key)
  }

  /** Return files that this chunk changed. */
  *changedFiles(): Generator<readonly [key: string, file: GatewayReturnFileState]> {
    for (const [key, state] of this.#changed)
      if (state?.name === 'gateway.GatewayReturnFileState') yield [key, state.value]
  }

  setAgreement(value: GatewayAgreementState): void {
    this.#changed.set(agreementKey(value.partner, value.agreementId), { name: 'gateway.GatewayAgreementState', value })
  }

  setFile(value: GatewayReturnFileState): void {
    this.#changed.set(fileKey(value.partner, value.fileDate), { name: 'gateway.GatewayReturnFileState', value })
  }

  setSchedule(value: GatewayReturnSchedule): void {
    this.#changed.set(scheduleKey(value.partner), { name: 'gateway.GatewayReturnSchedule', value })
  }

  forgetFile({ partner, fileDate }: Pick<GatewayReturnFileState, 'partner' | 'fileDate'>): void {
    this.#changed.set(fileKey(partner, fileDate), undefined)
  }

  /** What has to be written; undefined: the key is removed. */
  get changes(): ReadonlyMap<string, LaneState | undefined> {
    return this.#changed
  }

  /** The lane takes them over: they are committed. */
  adopt(): void {
    for (const [key, state] of this.#changed) this.#committed.put(key, state)
  }

  #get(key: string): LaneState | undefined {
    return this.#changed.has(key) ? this.#changed.get(key) : this.#committed.get(key)
  }
}
