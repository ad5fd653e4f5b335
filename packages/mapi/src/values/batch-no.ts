import { createHash } from 'node:crypto'
import { MapiError } from '../error.ts'
import { type PayDate, payDate } from './china-time.ts'

/** A batch's number at Alipay: 11 to 32 letters and digits, upper and lower case being different (BTN-3). */
export type BatchNo = string & { readonly __brand: 'BatchNo' }

/** Three digits of base 36 name a lane. */
export const MAX_LANES = 36 ** 3

/** How `makeBatchNo` writes: the day, the lane, the digest. */
const OURS = /^([0-9]{8})([0-9a-z]{3})[0-9a-z]{21}$/

/** Whether a text is written as `makeBatchNo` writes; another system may write so, too. */
export function isWrittenLikeOurs(text: string): boolean {
  return OURS.test(text)
}

/** Whether a text is written like a batch number. */
export function isBatchNo(text: string): text is BatchNo {
  return /^[0-9A-Za-z]{11,32}$/.test(text)
}

/**
 * Takes a text as a batch number.
 * @throws MapiError MAPI_BATCH_NO_FORMAT
 */
export function batchNo(text: string): BatchNo {
  if (!isBatchNo(text)) {
    throw new MapiError('MAPI_BATCH_NO_FORMAT', 'a batch number must be 11 to 32 letters and digits', {
      field: 'batch_no',
    })
  }
  return text
}

export interface BatchNoParts {
  /** The day in China on which the batch was made; it stays in the number when the batch is signed again later. */
  readonly payDate: PayDate
  /** From 0 to MAX_LANES - 1. */
  readonly lane: number
  /** SHA-256 of what the batch is about: partner, paying account, lines. */
  readonly digest: Buffer
}

/**
 * Our own batch numbers, version 1, 32 characters, digits and lower-case letters: the day (8), the lane in base 36 (3),
 * and the digest, as a big-endian number modulo 36^21, in base 36 (21 characters, 108 bits).
 * @throws MapiError MAPI_BATCH_NO_LANE, MAPI_BATCH_NO_DIGEST
 */
export function makeBatchNo({ payDate, lane, digest }: BatchNoParts): BatchNo {
  if (!Number.isInteger(lane) || lane < 0 || lane >= MAX_LANES) {
    throw new MapiError(
      'MAPI_BATCH_NO_LANE',
      `lane ${lane} does not fit into a batch number: use 0 to ${MAX_LANES - 1}`,
    )
  }
  if (digest.length !== 32) {
    throw new MapiError(
      'MAPI_BATCH_NO_DIGEST',
      `the digest for a batch number must be a SHA-256, not ${digest.length} bytes`,
    )
  }
  const number = BigInt(`0x${digest.toString('hex')}`) % 36n ** 21n
  return `${payDate}${lane.toString(36).padStart(3, '0')}${number.toString(36).padStart(21, '0')}` as BatchNo
}

/**
 * The lane of a batch number, from 0 to `lanes` - 1. Ours is read where the number has the form that `makeBatchNo`
 * gives and its lane exists. Any other number is foreign: its lane is the first 48 bits of SHA-256(`lane:1:` + number),
 * modulo `lanes`. Both never change, since the lanes' state rests on them.
 * @throws MapiError MAPI_BATCH_NO_LANE if `lanes` is not 1 to MAX_LANES.
 */
export function laneOf(batchNo: BatchNo, lanes: number): number {
  checkLanes(lanes)
  const match = OURS.exec(batchNo)
  if (match?.[1] !== undefined && match[2] !== undefined && isDay(match[1])) {
    const lane = Number.parseInt(match[2], 36)
    if (lane < lanes) return lane
  }
  return hashedLane(batchNo, lanes)
}

/**
 * The lane of what has none written in it, from 0 to `lanes` - 1: the first 48 bits of SHA-256(`lane:1:` + text),
 * modulo `lanes`. It never changes.
 * @throws MapiError MAPI_BATCH_NO_LANE if `lanes` is not 1 to MAX_LANES.
 */
export function hashedLane(text: string, lanes: number): number {
  checkLanes(lanes)
  return createHash('sha256').update(`lane:1:${text}`).digest().readUIntBE(0, 6) % lanes
}

function checkLanes(lanes: number): void {
  if (Number.isInteger(lanes) && lanes >= 1 && lanes <= MAX_LANES) return
  throw new MapiError('MAPI_BATCH_NO_LANE', `${lanes} is not a number of lanes: use 1 to ${MAX_LANES}`)
}

function isDay(text: string): boolean {
  try {
    payDate(text)
    return true
  } catch {
    return false
  }
}
