import { MIB } from '@payout/schemas/units'

/**
 * How much of what comes in answer to `bptb_refund_file` is looked at. Beyond it a file is refused, before the memory
 * is taken.
 */
export interface ReturnFileLimits {
  /** Bytes of the archive. */
  readonly archiveBytes: number
  /** Entries of the archive. */
  readonly entries: number
  /** Bytes of one entry, unpacked. */
  readonly entryBytes: number
  /** Bytes of all entries, unpacked. */
  readonly totalBytes: number
  /** How many times its packed size an entry of more than 1 MiB may have, unpacked. */
  readonly ratio: number
  /** Rows of the file. */
  readonly rows: number
  /** Heap of the thread that reads the .xls, in MiB. */
  readonly xlsHeapMib: number
  /** Milliseconds for reading the .xls. */
  readonly xlsMilliseconds: number
}

/**
 * A row is about 150 bytes, so 250,000 rows are 40 MB. Rows that differ in nothing but their serials pack to a
 * twenty-fifth; DEFLATE's utmost is a 1,032nd, which is what a bomb needs.
 */
export const RETURN_FILE_LIMITS: ReturnFileLimits = {
  archiveBytes: 64 * MIB,
  entries: 10,
  entryBytes: 128 * MIB,
  totalBytes: 192 * MIB,
  ratio: 200,
  rows: 250_000,
  xlsHeapMib: 512,
  xlsMilliseconds: 60_000,
}

/** Below this size nothing is a bomb, however well it packs. */
export const RATIO_COUNTS_FROM = MIB
