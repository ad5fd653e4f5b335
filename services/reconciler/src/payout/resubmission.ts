import { batchNo, laneOf } from '@payout/mapi/values/batch-no'
import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { GatewayToSign } from '@payout/schemas/generated/records'
import type { BatchState } from '../known-batches/batch-state.ts'
import type { Finding } from '../payout-state/finding.ts'
import type { PayoutLine } from '../payout-state/payout-state.ts'
import type { ReconcilerDependencies } from '../reconciler-dependencies.ts'
import { requestLine } from './known-request.ts'

/**
 * The line of a payout that a person sends again, to be signed under its second batch number, with the same serial
 * (S4).
 */
export function resubmission(
  payout: { readonly partner: string; readonly payoutId: string; readonly line: PayoutLine },
  finding: Extract<Finding, { event: 'resubmitted' }>,
  previous: Pick<BatchState, 'payer'>,
  { codec, source, settings }: Pick<ReconcilerDependencies, 'codec' | 'source' | 'settings'>,
  time: number,
): OutgoingRecord {
  const { partner, payoutId, line } = payout
  const toSign: GatewayToSign = {
    partner,
    batchNo: finding.batchNo,
    // The day that the number names.
    notBefore: finding.batchNo.slice(0, 8),
    signing: 1,
    reason: 'again',
    payer: previous.payer,
    lines: [requestLine(payoutId, line)],
    resubmission: true,
  }
  const subject = `${partner}/${finding.batchNo}`
  return {
    topic: 'gateway.to-sign',
    partition: laneOf(batchNo(finding.batchNo), settings.lanes),
    key: subject,
    value: codec.encode('gateway.GatewayToSign', toSign),
    headers: cloudEventHeaders({
      id: `${subject}/1`,
      type: eventType('gateway.GatewayToSign'),
      source,
      subject,
      time,
    }),
  }
}
