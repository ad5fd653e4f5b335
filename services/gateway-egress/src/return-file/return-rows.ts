import type { ReturnFileRow } from '@payout/mapi/return-file/row'
import type { GatewayReturnRow, GatewayReturnRows } from '@payout/schemas/generated/records'
import { KIB } from '@payout/schemas/units'

/** Rows of one record at most. */
const MAX_ROWS = 500
/** Bytes of their texts at most, well below the 1 MiB of a record; a row has a few KiB at the most. */
const MAX_BYTES = 512 * KIB

/** One record's worth of rows, all of one merchant batch number. */
export type ReturnPortion = Pick<GatewayReturnRows, 'batchNo' | 'rows'>

/**
 * The rows of a file by merchant batch number, in the order in which the numbers come, cut into portions that fit into
 * a record.
 */
export function returnPortions(rows: readonly ReturnFileRow[]): ReturnPortion[] {
  const portions: ReturnPortion[] = []
  for (const [batchNo, ofBatch] of Map.groupBy(rows, (row) => row.batchNo)) {
    let portion: GatewayReturnRow[] = []
    let bytes = 0
    for (const row of ofBatch) {
      const size = bytesOf(row)
      if (portion.length === MAX_ROWS || (portion.length > 0 && bytes + size > MAX_BYTES)) {
        portions.push({ batchNo, rows: portion })
        portion = []
        bytes = 0
      }
      portion.push(row)
      bytes += size
    }
    portions.push({ batchNo, rows: portion })
  }
  return portions
}

function bytesOf(row: ReturnFileRow): number {
  let bytes = 0
  for (const value of Object.values(row)) if (typeof value === 'string') bytes += Buffer.byteLength(value)
  return bytes
}
