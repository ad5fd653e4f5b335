/** Keys of the reconciler's states in Redis. An alias has no slash, so no two things can meet in one key. */

export function payoutKey(partner: string, payoutId: string): string {
  return `payout/${partner}/${payoutId}`
}

export function batchKey(partner: string, batchNo: string): string {
  return `batch/${partner}/${batchNo}`
}

/** A member of a lane's due dates: one signing of one batch. */
export interface DueMember {
  readonly partner: string
  readonly batchNo: string
  readonly signing: number
  readonly dueAt: number
}

export function dueMember({ partner, batchNo, signing, dueAt }: DueMember): string {
  return `${partner}/${batchNo}/${signing}/${dueAt}`
}

export function parseDueMember(member: string): DueMember {
  const [partner = '', batchNo = '', signing, dueAt] = member.split('/')
  return { partner, batchNo, signing: Number(signing), dueAt: Number(dueAt) }
}
