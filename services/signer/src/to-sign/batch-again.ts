import { checkDetailLine } from '@payout/mapi/interfaces/detail-data'
import { batchNo } from '@payout/mapi/values/batch-no'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { Partner } from '@payout/runtime/partners/partners'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import type { GatewayRequestLine, GatewayToSign } from '@payout/schemas/generated/records'
import { isNotSignable, PartnerMissingError } from '../errors.ts'
import { detailLine } from '../payout/request-signer.ts'
import type { SignerDependencies } from '../signer-dependencies.ts'
import { type FaultyLine, notSigned } from './not-signed.ts'

const TOO_LARGE = {
  code: 'BATCH_TOO_LARGE',
  message: 'the signed request is larger than a record may be',
} as const

/**
 * The outputs for a batch that is to be signed again, because it was never attempted and its day is over; or for a line
 * that a person sends again.
 *
 * The batch is signed under the number that the record names. Where the partner's settings have changed, so that some
 * lines can't be signed any more, those lines are reported to the reconciler, which ends them. The other lines go out
 * under a number of their own in the same lane, since another content needs another number (decision 045). A batch that
 * is too large goes out in halves, each under a number of its own. Nothing here makes the lane wait.
 * @throws any other error: it is a defect.
 */
export function signBatchAgain(
  toSign: GatewayToSign,
  record: LogRecord,
  dependencies: SignerDependencies,
): OutgoingRecord[] {
  const { requestSigner, rules } = dependencies
  const number = batchNo(toSign.batchNo)
  const unsigned = { ...toSign, batchNo: number, payDate: requestSigner.dayOf(toSign) }
  const report = (faulty: readonly FaultyLine[]) =>
    faulty.length === 0 ? [] : [notSigned(pickOf(unsigned), faulty, record, dependencies)]
  const all = (fault: FaultyLine['fault']) => report(toSign.lines.map((line) => ({ line, fault })))

  const partner = rules.partner(toSign.partner)
  if (!partner) return all(new PartnerMissingError(toSign.partner))
  const faulty = toSign.lines.flatMap((line) => faultOf(line, partner) ?? [])
  const isFaulty = new Set(faulty.map(({ line }) => line))
  const good = toSign.lines.filter((line) => !isFaulty.has(line))
  return [...report(faulty), ...sign(good, partner)]

  function sign(lines: readonly GatewayRequestLine[], of: Partner): OutgoingRecord[] {
    if (lines.length === 0) return []
    const isWhole = lines.length === toSign.lines.length
    try {
      const cause = coordinatesOf(record)
      const signed = isWhole
        ? requestSigner.signAgain(of, toSign, number, cause)
        : requestSigner.signPart(of, toSign, number, lines, cause)
      if (signed) return [signed]
    } catch (error) {
      if (!isNotSignable(error)) throw error
      return report(lines.map((line) => ({ line, fault: error })))
    }
    if (lines.length === 1) return report(lines.map((line) => ({ line, fault: TOO_LARGE })))
    const middle = Math.ceil(lines.length / 2)
    return [...sign(lines.slice(0, middle), of), ...sign(lines.slice(middle), of)]
  }
}

function pickOf({
  partner,
  batchNo: number,
  payDate,
  signing,
  payer,
  resubmission,
}: GatewayToSign & Pick<Parameters<typeof notSigned>[0], 'batchNo' | 'payDate'>): Parameters<typeof notSigned>[0] {
  return { partner, batchNo: number, payDate, signing, payer, resubmission }
}

function faultOf(line: GatewayRequestLine, { charset }: Partner): FaultyLine | undefined {
  try {
    checkDetailLine(detailLine(line), charset)
    return undefined
  } catch (error) {
    if (!isNotSignable(error)) throw error
    return { line, fault: error }
  }
}
