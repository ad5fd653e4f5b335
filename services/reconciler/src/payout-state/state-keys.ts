/** Keys of the reconciler's states in Redis. An alias has no slash, so no two things can meet in one key. */
import { payoutClaimKey } from '@payout/runtime/record/payout-claim-key'
import type { ClaimName } from '@payout/runtime/redis/port'

/** Key of a payout's state. */
export function payoutKey(partner: string, payoutId: string): string {
  return `payout/${partner}/${payoutId}`
}

/** Key of a batch's state. */
export function batchKey(partner: string, batchNo: string): string {
  return `batch/${partner}/${batchNo}`
}

/** Whether it is the key of a payout, not of a batch. */
export function isPayoutKey(key: string): boolean {
  return key.startsWith('payout/')
}

/** The alias in a key. */
export function partnerOf(key: string): string {
  return key.split('/', 2)[1] ?? ''
}

/** The claim that is remembered as long as the state of this key: of the payout's id, of the batch number. */
export function claimOf(key: string): ClaimName {
  const partner = partnerOf(key)
  const id = key.slice(key.indexOf('/') + partner.length + 2)
  return isPayoutKey(key)
    ? { kind: 'payout', key: payoutClaimKey(partner, id) }
    : { kind: 'batch', key: `${partner}/${id}` }
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
