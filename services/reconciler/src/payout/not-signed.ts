import type { GatewayNotSigned } from '@payout/schemas/generated/records'
import type { BatchState } from '../known-batches/batch-state.ts'
import type { Finding } from '../payout-state/finding.ts'
import type { PayoutState } from '../payout-state/payout-state.ts'

/**
 * What it means for a payout that a batch of it can't be signed (decision 045). Egress hands a batch back only where no
 * attempt was ever made, so a payout of which nothing was heard has failed: nothing of it was sent, and nothing will
 * be. A second batch, or anything heard of the payout before, leaves it unresolved.
 */
export function notSignedFinding(
  { batchNo, resubmission }: Pick<GatewayNotSigned, 'batchNo' | 'resubmission'>,
  { code, explanation }: Pick<GatewayNotSigned['lines'][number], 'code' | 'explanation'>,
  state: PayoutState,
): Finding {
  if (resubmission || wasHeardOf(state)) {
    return {
      event: 'unresolved',
      reason: code,
      explanation: `batch ${batchNo} can't be signed, and nothing of it was sent: ${explanation}. That tells nothing of how the payout stands: mend it, and decide again, from the day after the number's on`,
      final: true,
    }
  }
  return {
    event: 'failed',
    reason: code,
    explanation: `it was never sent, its day has passed, and it can't be signed for another day: ${explanation}. Mend that, and ask again under a new id`,
  }
}

/**
 * Whether anything was ever sent for it, or said of it: by the gateway, a notify, a return, or a person who had it sent
 * again.
 */
function wasHeardOf({ transitions }: PayoutState): boolean {
  return transitions.some(
    ({ cause, finding }) =>
      cause.startsWith('gateway.answers/') || cause.startsWith('gateway.notifies/') || finding.event === 'resubmitted',
  )
}

/**
 * The batch as it stands after that: nothing is sent under its number any more, since lines that can be signed went on
 * under others, and a person may decide. Undefined where it stays as it is. A second batch that was never signed
 * becomes known by this.
 */
export function unsignedBatch(
  { payDate, signing, payer, lines, at }: GatewayNotSigned,
  known: BatchState | undefined,
): BatchState | undefined {
  if (known?.closed) return undefined
  const named = lines.map(({ serial, payoutId }) => [serial, payoutId] as const)
  return { ...(known ?? { payDate, signing, signedAt: at, payer, lines: named }), closed: true }
}
