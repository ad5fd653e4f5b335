import { createHash } from 'node:crypto'
import { redactPersonalData } from '@payout/mapi/text/personal-data'
import type { LogRecord } from '@payout/runtime/event-log/port'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import type { PayoutEvent } from '@payout/runtime/record/domain-event'
import type { Claim, ClaimOutcome, Claims, Coordinates } from '@payout/runtime/redis/port'
import { reportId } from '@payout/schemas/event-id'
import type { GatewayReturnRow, GatewayReturnRows, PayoutReturned } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import type { LaneRecord } from '../lane/lane-record.ts'
import type { Proof } from '../payout-state/event-of.ts'
import type { Finding, ReportedMoney } from '../payout-state/finding.ts'
import type { PayoutLine } from '../payout-state/payout-state.ts'
import { contradictionOf } from './contradiction.ts'

/** What a row says, whose batch number it has, and what proves it. */
export interface ReturnedRow {
  readonly row: GatewayReturnRow
  readonly proof: Proof
  /** Undefined where the withdrawal serial was seen before with the same content: it says nothing new (RFD-7). */
  readonly finding: Extract<Finding, { event: 'returned' | 'mismatched' }> | undefined
}

/**
 * What a withdrawal serial is claimed with: what `payout.returned` carries of the row, so that a rebuild can make the
 * same claim.
 */
export function returnClaim(
  {
    partner,
    batchNo,
    serial,
    withdrawalSerial,
    amountFen,
    returnedAt,
    reason,
  }: Pick<
    PayoutReturned,
    'partner' | 'batchNo' | 'serial' | 'withdrawalSerial' | 'amountFen' | 'returnedAt' | 'reason'
  >,
  coordinates: Coordinates,
): Claim {
  const content = JSON.stringify(['return', 1, batchNo, serial, amountFen, returnedAt, reason])
  return {
    key: `${partner}/${withdrawalSerial}`,
    contentHash: createHash('sha256').update(content).digest('base64url'),
    coordinates,
  }
}

/** The bank's reason as events carry it: a bank may name whom it could not pay. */
function reasonOf({ reason, payeeName, payeeAccount }: GatewayReturnRow): string {
  return redactPersonalData(reason, [payeeName, payeeAccount])
}

/**
 * Claims the withdrawal serials of all rows: each says something once, however often and for whichever day its file is
 * fetched.
 */
export async function claimRows(
  records: readonly LaneRecord[],
  claims: Claims,
): Promise<ReadonlyMap<LogRecord, readonly ClaimOutcome[]>> {
  const rowsRecords = records.flatMap((entry) => (entry.kind === 'return-rows' ? [entry] : []))
  const wanted = rowsRecords.flatMap(({ record, value: { partner, batchNo, rows } }) =>
    rows.map((row, line) =>
      returnClaim({ ...row, reason: reasonOf(row), partner, batchNo }, coordinatesOf(record, line)),
    ),
  )
  if (wanted.length === 0) return new Map()
  const outcomes = (await claims.claim('return', 'reconciler', wanted)).values()
  return new Map(rowsRecords.map(({ record, value }) => [record, outcomes.take(value.rows.length).toArray()]))
}

/** What each row of a record says by itself, before it is held against a payout of ours. */
export function returnedRows(
  value: GatewayReturnRows,
  record: LogRecord,
  outcomes: readonly ClaimOutcome[],
): ReturnedRow[] {
  const { fileDate, fileHash, readAt } = value
  return value.rows.map((row, line) => {
    const { withdrawalSerial, amountFen, returnedAt } = row
    const reason = reasonOf(row)
    const proof: Proof = {
      evidence: { kind: 'return_file', id: fileHash, source: coordinatesOf(record, line) },
      occurredAt: returnedAt,
      seenAt: readAt,
    }
    const outcome = outcomes[line]
    if (outcome?.kind === 'stale' || (outcome?.kind === 'duplicate' && outcome.sameContent))
      return { row, proof, finding: undefined }
    if (outcome?.kind === 'duplicate') {
      const expected = `withdrawal ${withdrawalSerial} as ${placeOf(outcome.by)} has it`
      const reported = `serial ${row.serial}, ${amountFen} fen, ${new Date(returnedAt).toISOString()}`
      return { row, proof, finding: { event: 'mismatched', mismatch: 'other-return', expected, reported } }
    }
    const finding = { event: 'returned', withdrawalSerial, amountFen, returnedAt, reason, fileDate, fileHash } as const
    return { row, proof, finding }
  })
}

/** A row that names a line of ours, held against what was asked for. */
export function heldAgainst(
  asked: Pick<PayoutLine, 'payeeAccount' | 'amountFen'>,
  { row, finding }: ReturnedRow,
): Finding | undefined {
  if (finding?.event !== 'returned') return finding
  return contradictionOf(asked, { account: row.payeeAccount, amount: row.amountFen }) ?? finding
}

/** What a row says of money, where it contradicts: what a bank sends back had been paid. */
export function moneyOfRow({ amountFen, withdrawalSerial }: GatewayReturnRow): ReportedMoney {
  return { moved: true, amountFen, alipaySerial: withdrawalSerial }
}

/** A payout that came back and is none of ours: it was uploaded elsewhere. */
export function strayReturn(
  partner: string,
  batchNo: string,
  serial: string,
  { event: _, ...said }: Extract<Finding, { event: 'returned' }>,
  { evidence, occurredAt, seenAt }: Proof,
): PayoutEvent {
  const subject = `return/${said.withdrawalSerial}`
  return {
    name: 'payout.PayoutReturned',
    value: {
      eventId: reportId('payout.returned', partner, subject, evidence.source),
      payoutId: null,
      partner,
      version: null,
      occurredAt,
      seenAt,
      evidence,
      batchNo,
      serial,
      ...said,
      standing: null,
    },
  }
}
