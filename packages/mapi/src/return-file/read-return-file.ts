import { type ReturnFileFailure, returnFileFailure } from '../answer/return-file-failure.ts'
import { type Fen, sumFen } from '../values/fen.ts'
import type { PartnerId } from '../values/partner-id.ts'
import { type ArchivedFile, looksLikeZip, openArchive } from './archive.ts'
import { csvRecords } from './csv-records.ts'
import { RETURN_FILE_LIMITS, type ReturnFileLimits } from './limits.ts'
import { type RefusedReturnFile, type ReturnFileProblem, ReturnFileRefusal } from './refusal.ts'
import { type ReturnCsv, readReturnCsv } from './return-csv.ts'
import type { ReturnFileRow } from './row.ts'
import { checkSameAsXls } from './same-as-xls.ts'
import { xlsRows } from './xls/rows.ts'

/** What came in answer to `bptb_refund_file`. */
export type ReturnFileReading =
  /** A file whose totals are right. It may have no rows. */
  | {
      readonly kind: 'taken'
      /** The rows that count. */
      readonly rows: readonly ReturnFileRow[]
      /** Their sum. */
      readonly totalFen: Fen
      /**
       * How many rows are set aside, since what decides in them can't be read. Their amounts are in the file's totals.
       */
      readonly setAside: number
      /** What is wrong with those, and what is odd in the others: the first 1,000. */
      readonly problems: readonly ReturnFileProblem[]
      readonly problemCount: number
      /** The paying Alipay account. */
      readonly payerAccount: string
    }
  /** A file that can't be taken: no row of it counts. */
  | RefusedReturnFile
  /** No file, but a text or a code that says why. */
  | { readonly kind: 'failure'; readonly failure: ReturnFileFailure }

/**
 * Reads what came in answer to `bptb_refund_file` (RFD-2 to RFD-7, bptb_refund_file 1.3 §5). Its first bytes say
 * whether it is an archive; the content type only ever refuses one (`text/html`). Nothing in an archive is trusted, and
 * it is unpacked in memory alone, piece by piece. Rows are taken only where the totals of all of them are right. Never
 * throws for what came; takes the memory that `limits` allow, and lets other work go on in between.
 * @param contentType of the answer, as it came
 * @param expect the partner whose file it must be, and limits if not the usual ones
 */
export async function readReturnFile(
  bytes: Buffer,
  contentType: string | undefined,
  expect: { readonly partnerId: PartnerId; readonly limits?: ReturnFileLimits },
): Promise<ReturnFileReading> {
  try {
    return await read(bytes, contentType ?? '', expect.partnerId, expect.limits ?? RETURN_FILE_LIMITS)
  } catch (error) {
    if (error instanceof ReturnFileRefusal) return error.toReading()
    throw error
  }
}

async function read(
  bytes: Buffer,
  contentType: string,
  partner: PartnerId,
  limits: ReturnFileLimits,
): Promise<ReturnFileReading> {
  if (bytes.length === 0) throw new ReturnFileRefusal('FILE_EMPTY')
  if (bytes.length > limits.archiveBytes) throw new ReturnFileRefusal('FILE_TOO_LARGE')
  if (!looksLikeZip(bytes)) return notAnArchive(bytes, contentType)
  if (isHtml(contentType)) throw new ReturnFileRefusal('FILE_TYPE_HTML')
  const { csv, xls } = await openArchive(bytes, partner, limits)
  const content = await readCsv(csv, limits.rows)
  if (xls !== undefined) await checkSameAsXls(content, xlsRows(await whole(xls), limits))
  const { lines, head, problems } = content
  const rows = lines.flatMap(({ row }) => row ?? [])
  return {
    kind: 'taken',
    rows,
    totalFen: sumFen(rows.map(({ amountFen }) => amountFen)),
    setAside: lines.length - rows.length,
    problems: problems.first,
    problemCount: problems.count,
    payerAccount: head.payerAccount,
  }
}

/**
 * The CSV with quotes that hold cells together, or, where that makes no whole file of it, with quotes that stand for
 * themselves: one in a memo may have been written without another. The totals of the head prove the one reading and the
 * other.
 */
async function readCsv(csv: ArchivedFile, maxRows: number): Promise<ReturnCsv> {
  try {
    return await readReturnCsv(csvRecords(csv.unpack()), maxRows)
  } catch (error) {
    if (!(error instanceof ReturnFileRefusal)) throw error
    if (QUOTES_MATTER.has(error.code)) {
      const literal = await readReturnCsv(csvRecords(csv.unpack(), 'literal'), maxRows).catch(() => undefined)
      if (literal !== undefined) return literal
    }
    throw error
  }
}

const QUOTES_MATTER: ReadonlySet<string> = new Set(['CSV_FORMAT', 'TOTALS_DIFFER', 'ROWS_INVALID'])

/** What is no archive is a failure (RFD-2, RFD-8), unless it neither calls itself one nor says why. */
function notAnArchive(bytes: Buffer, contentType: string): ReturnFileReading {
  const failure = returnFileFailure(bytes, contentType)
  if (SAYS_NOTHING.has(failure.code) && !isHtml(contentType)) throw new ReturnFileRefusal('FILE_NOT_A_ZIP')
  return { kind: 'failure', failure }
}

const SAYS_NOTHING: ReadonlySet<string> = new Set(['FAILURE_TOO_LARGE', 'FAILURE_AMBIGUOUS', 'FAILURE_WITHOUT_CODE'])

function isHtml(contentType: string): boolean {
  return /^\s*text\/html/i.test(contentType)
}

/** All bytes of a file of the archive, in memory of their own, which can be handed to another thread without a copy. */
async function whole(file: ArchivedFile): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.from(new ArrayBuffer(file.size))
  let length = 0
  for await (const chunk of file.unpack()) length += chunk.copy(bytes, length)
  return bytes
}
