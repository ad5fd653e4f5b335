import type { ReturnFileReading, readReturnFile } from '@payout/mapi/return-file/read-return-file'
import type { Logger } from '@payout/runtime/observability/logging'
import type { GatewayReturnFile, GatewayReturnFileProblem } from '@payout/schemas/generated/records'
import { answerFault, type Classification } from '../gateway/classify-response.ts'
import type { GatewayReply } from '../gateway/gateway.ts'
import type { EgressMetrics } from '../metrics.ts'
import type { FileAskedFor } from '../request/lane-request.ts'
import type { EvidenceStore } from './evidence-folder.ts'
import { type ReturnPortion, returnPortions } from './return-rows.ts'

/** What came in answer to `bptb_refund_file`, classified. */
export interface ReturnFileAnswer {
  readonly classification: Classification
  /** Null where not a byte came. */
  readonly file: GatewayReturnFile | null
  /** What came where it is no file, for the record. */
  readonly text: Buffer | null
  /** The rows of a file that was taken, a record's worth each. */
  readonly portions: readonly ReturnPortion[]
}

export interface ReturnFileDependencies {
  readonly evidence: EvidenceStore
  readonly readFile: typeof readReturnFile
  readonly logger: Pick<Logger, 'error'>
  readonly metrics: EgressMetrics
}

/** What is kept of a problem's words, so that 1,000 of them fit into a record. */
const EXPLANATION_CHARACTERS = 250

/**
 * Keeps what came as evidence, and then says what it means (RFD-2, RFD-5, RFD-8). Nothing counts that is not kept.
 *
 * | what came | outcome | code | final |
 * | --- | --- | --- | --- |
 * | nothing, half an answer, HTTP status other than 200 | unknown | ours | no |
 * | what the evidence folder did not take, what the reader failed at | unknown | ours | no |
 * | a text or code that says that nobody knows | unknown | Alipay's, or the reader's name for it | no |
 * | any other text or code of a failure | refused | the same | yes |
 * | a file that can't be taken: half a ZIP, a bomb, totals that differ … | refused | the reader's | yes |
 * | a file whose totals are right: rows that can't be read are set aside in it | accepted | – | yes |
 *
 * Never throws.
 * @param partner the alias.
 */
export async function receiveReturnFile(
  reply: GatewayReply,
  { partner, asked }: { readonly partner: string; readonly asked: FileAskedFor },
  dependencies: ReturnFileDependencies,
): Promise<ReturnFileAnswer> {
  const fault = reply.kind === 'broken' ? reply.code : isLargeFile(reply) ? undefined : answerFault(reply)
  const { body } = reply
  if (body === null || body.length === 0) {
    return { classification: unknown(fault ?? 'ANSWER_EMPTY'), file: null, text: null, portions: [] }
  }
  const hash = await keep(body, partner, dependencies)
  const file = {
    fileDate: asked.date,
    hash,
    size: body.length,
    rows: null,
    totalFen: null,
    setAside: 0,
    problems: [],
    problemCount: 0,
  }
  const nothing = { file, text: null, portions: [] }
  if (hash === null) return { ...nothing, classification: unknown('EVIDENCE_NOT_KEPT') }
  if (reply.kind === 'broken' || fault !== undefined) {
    return { ...nothing, classification: unknown(fault ?? 'NO_ANSWER'), text: reply.kind === 'broken' ? null : body }
  }
  if (reply.cut) return { ...nothing, classification: refused('FILE_TOO_LARGE') }
  try {
    const reading = await dependencies.readFile(body, reply.contentType, { partnerId: asked.partnerId })
    return judged(reading, file, body)
  } catch (error) {
    dependencies.logger.error({ partner, hash, err: error }, 'a return file could not be read: it is asked for again')
    return { ...nothing, classification: unknown('RETURN_FILE_NOT_READ') }
  }
}

/** More than may come, of what may be a file. */
function isLargeFile({ status, cut }: GatewayReply & { readonly kind: 'answered' }): boolean {
  return cut && status === 200
}

function judged(reading: ReturnFileReading, file: GatewayReturnFile, body: Buffer): ReturnFileAnswer {
  switch (reading.kind) {
    case 'taken': {
      const { rows, totalFen, setAside, problems, problemCount } = reading
      const taken = { ...file, rows: rows.length, totalFen, setAside, problems: problems.map(shortened), problemCount }
      return { classification: accepted, file: taken, text: null, portions: returnPortions(rows) }
    }
    case 'refused': {
      const { code, explanation, problemCount } = reading
      // What is wrong with the file as a whole stands in its explanation alone.
      const problems = reading.problems.length > 0 ? reading.problems : [{ row: 0, code, explanation }]
      return {
        classification: refused(code),
        file: { ...file, problems: problems.map(shortened), problemCount: Math.max(problemCount, problems.length) },
        text: null,
        portions: [],
      }
    }
    case 'failure': {
      const { code, action } = reading.failure
      return { classification: action === 'unknown' ? unknown(code) : refused(code), file, text: body, portions: [] }
    }
  }
}

/** The hash; null where it could not be kept. */
async function keep(
  body: Buffer,
  partner: string,
  { evidence, logger, metrics }: ReturnFileDependencies,
): Promise<string | null> {
  try {
    return await evidence.keep(body)
  } catch (error) {
    metrics.add('egress_evidence_failures_total', { partner })
    logger.error(
      { partner, err: error },
      'what came can not be kept as evidence: it does not count, and is asked for again',
    )
    return null
  }
}

const accepted: Classification = { outcome: 'accepted', code: null, final: true }

function refused(code: string): Classification {
  return { outcome: 'refused', code, final: true }
}

function unknown(code: string): Classification {
  return { outcome: 'unknown', code, final: false }
}

function shortened({ row, code, explanation }: GatewayReturnFileProblem): GatewayReturnFileProblem {
  return { row, code, explanation: explanation.slice(0, EXPLANATION_CHARACTERS).toWellFormed() }
}
