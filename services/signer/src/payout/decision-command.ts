import { describeMoment, isoMoment } from '@payout/mapi/text/moment'
import { isBatchNo, laneOf } from '@payout/mapi/values/batch-no'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import type { PayoutEvent } from '@payout/runtime/record/domain-event'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { PayoutDecided } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import type { SignerDependencies } from '../signer-dependencies.ts'
import { traceparentOf } from '../task/traceparent.ts'
import { refused } from './refusal-events.ts'

/** Characters of a text at most: some of them go into events. */
const MAX_TEXT = 2_000

/**
 * What comes of a person's decision. What the decision does is for the reconciler to say; here it is only checked that
 * the decision says all that it must.
 * @returns the command for the reconciler, in the lane of the batch that it names; or the event that says why it is
 *   refused.
 */
export function decisionRecord(
  decision: PayoutDecided,
  record: LogRecord,
  dependencies: Pick<SignerDependencies, 'codec' | 'rules' | 'settings' | 'source' | 'clock'>,
): { readonly record: OutgoingRecord } | { readonly refusal: PayoutEvent } {
  const { partner, payoutId, batchNo } = decision
  const coordinates = coordinatesOf(record)
  const { timestamp } = coordinates
  const fault = faultOf(decision, dependencies)
  if (fault !== undefined || !isBatchNo(batchNo)) {
    const refusal = {
      code: 'INVALID_DECISION',
      explanation: `the decision is not taken: ${fault ?? 'batchNo is no batch number'}`,
    }
    return { refusal: refused({ partner, payoutId, coordinates }, refusal, null) }
  }
  const subject = `${partner}/${batchNo}`
  return {
    record: {
      topic: 'gateway.commands',
      partition: laneOf(batchNo, dependencies.settings.lanes),
      key: subject,
      value: dependencies.codec.encode('gateway.GatewayDecision', { ...decision, source: coordinates }),
      headers: cloudEventHeaders({
        id: `${subject}/${payoutId}/${placeOf(coordinates)}`,
        type: eventType('gateway.GatewayDecision'),
        source: dependencies.source,
        subject,
        time: timestamp,
        traceparent: traceparentOf(record),
      }),
    },
  }
}

function faultOf(
  decision: PayoutDecided,
  { rules, clock }: Pick<SignerDependencies, 'rules' | 'clock'>,
): string | undefined {
  if (!rules.partner(decision.partner)) return 'the partners file has no partner of this alias'
  if (!isPayoutId(decision.payoutId)) return 'payoutId is no payout id'
  if (!isBatchNo(decision.batchNo)) return 'batchNo is no batch number'
  for (const field of ['serial', 'lookedWhere', 'alipaySaid', 'decidedBy', 'reason'] as const) {
    if (decision[field].trim() === '') return `${field} is empty`
    if (decision[field].length > MAX_TEXT) return `${field} has more than ${MAX_TEXT} characters`
  }
  return lookedAtFault(decision.lookedAt, clock.now())
}

/** Nobody looked into Alipay's books before there were any; what lies there is written in another unit. */
const FIRST_LOOK = Date.parse('2004-01-01T00:00:00.000+08:00')

function lookedAtFault(lookedAt: number, now: number): string | undefined {
  const read = `lookedAt ${describeMoment(lookedAt, now)}`
  if (!Number.isSafeInteger(lookedAt) || lookedAt < FIRST_LOOK)
    return `${read}, which is none at which somebody looked into Alipay's books`
  return lookedAt > now ? `${read}, which lies in the future: it is ${isoMoment(now)}` : undefined
}
