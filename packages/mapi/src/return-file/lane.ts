import { hashedLane, isBatchNo, laneOf } from '../values/batch-no.ts'

/**
 * The lane in which a partner's return files are asked for, from 0 to `lanes` - 1; it never changes, since the schedule
 * rests on it.
 * @throws MapiError MAPI_BATCH_NO_LANE if `lanes` is not 1 to MAX_LANES.
 */
export function laneOfReturnFiles(partnerAlias: string, lanes: number): number {
  return hashedLane(`return-files/${partnerAlias}`, lanes)
}

/**
 * The lane of what a return file names as the merchant's batch: that of the batch number where it is one, else, for the
 * name of an uploaded file (RFD-6), the first 48 bits of SHA-256(`lane:1:` + text), modulo `lanes`.
 * @throws MapiError MAPI_BATCH_NO_LANE if `lanes` is not 1 to MAX_LANES.
 */
export function laneOfReturnedBatch(batchNo: string, lanes: number): number {
  return isBatchNo(batchNo) ? laneOf(batchNo, lanes) : hashedLane(batchNo, lanes)
}
