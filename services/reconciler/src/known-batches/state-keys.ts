/** Keys of the reconciler's states in Redis. An alias has no slash, so no two things can meet in one key. */
import { payoutClaimKey } from '@payout/runtime/record/payout-claim-key'
import type { ClaimName } from '@payout/runtime/redis/port'

/** Key of what is known of a batch number. */
export function batchKey(partner: string, batchNo: string): string {
  return `${partner}/${batchNo}`
}

/** Reads what `batchKey` wrote. */
export function parseBatchKey(key: string): { readonly partner: string; readonly batchNo: string } {
  const slash = key.indexOf('/')
  return { partner: key.slice(0, slash), batchNo: key.slice(slash + 1) }
}

/** The name of a payout: held by the batch that is its home. */
export function payoutName(partner: string, payoutId: string): string {
  return `${partner}/${payoutId}`
}

/** The claim of a batch number. */
export function batchClaimName(key: string): ClaimName {
  return { kind: 'batch', key }
}

/** The claim of a payout's id. */
export function payoutClaimName(partner: string, payoutId: string): ClaimName {
  return { kind: 'payout', key: payoutClaimKey(partner, payoutId) }
}

/** A member of a lane's timers: one signing of one batch. */
export interface TimerMember {
  readonly partner: string
  readonly batchNo: string
  readonly signing: number
  readonly dueAt: number
}

/** The member as it stands in Redis. */
export function timerMember({ partner, batchNo, signing, dueAt }: TimerMember): string {
  return `${partner}/${batchNo}/${signing}/${dueAt}`
}

/** Reads what `timerMember` wrote. */
export function parseTimerMember(member: string): TimerMember {
  const [partner = '', batchNo = '', signing, dueAt] = member.split('/')
  return { partner, batchNo, signing: Number(signing), dueAt: Number(dueAt) }
}
