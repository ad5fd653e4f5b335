import { chinaDate, type PayDate, payDate } from '@payout/mapi/values/china-time'
import type { PayoutDecided } from '@payout/schemas/generated/records'
import { parseMoment } from '../arguments/moment.ts'

export const decisions = ['succeeded', 'failed', 'again'] as const

/** What a person must say besides the decision itself; each has an option and, on a terminal, a question. */
export const questions = {
  batchNo: {
    option: '--batch-no <number>',
    asks: 'the batch number that was looked up; it must be the last one of the payout',
  },
  serial: { option: '--serial <serial>', asks: "the line's serial at Alipay" },
  lookedAt: {
    option: '--looked-at <moment>',
    asks: "when it was looked up in Alipay's books: 2026-11-21 11:20 (China's time) or 2026-11-21T03:20:00Z",
  },
  lookedWhere: { option: '--looked-where <place>', asks: "where: the console's page, or who at Alipay was asked" },
  alipaySaid: { option: '--alipay-said <words>', asks: 'what Alipay said there' },
  by: { option: '--by <name>', asks: 'the name of the person who decides' },
  reason: { option: '--reason <words>', asks: 'why it is decided so' },
} as const

export type Question = keyof typeof questions

/** What the person has said so far. */
export type DecideAnswers = { readonly [Q in Question]?: string } & {
  readonly decision?: (typeof decisions)[number]
}

/** The questions that are still open, in their order. */
export function openQuestions(answers: DecideAnswers): Question[] {
  return (Object.keys(questions) as Question[]).filter((question) => !answers[question]?.trim())
}

/** The options that are missing on the command line: `--batch-no`. */
export function missingOptions(answers: DecideAnswers): string[] {
  const missing = openQuestions(answers).map((question) => questions[question].option.split(' ')[0] ?? '')
  return answers.decision === undefined ? ['--decision', ...missing] : missing
}

/**
 * The command.
 * @throws UsageError when `lookedAt` is no moment, or lies in the future
 */
export function decisionOf(
  { partner, payoutId }: { readonly partner: string; readonly payoutId: string },
  decision: (typeof decisions)[number],
  answers: Readonly<Record<Question, string>>,
): PayoutDecided {
  const { batchNo, serial, lookedAt, lookedWhere, alipaySaid, by, reason } = answers
  return {
    payoutId,
    partner,
    decision,
    batchNo: batchNo.trim(),
    serial: serial.trim(),
    lookedAt: parseMoment(lookedAt),
    lookedWhere: lookedWhere.trim(),
    alipaySaid: alipaySaid.trim(),
    decidedBy: by.trim(),
    reason: reason.trim(),
  }
}

/** What is known of the payout before anything is written. */
export interface KnownPayout {
  readonly serial: string
  /** Undefined where no request of it is known. */
  readonly lastBatchNo: string | undefined
  /** The outcome that it has. */
  readonly outcome: 'succeeded' | 'failed' | undefined
}

/**
 * Why the pipeline would surely refuse the decision, or do nothing for it; undefined where it may accept it. Only the
 * pipeline knows whether the gateway may still be asked about the batch, and whether it was signed again for a later
 * day.
 * @param now UTC milliseconds
 */
export function decisionFault(
  { decision, batchNo, serial, lookedAt }: PayoutDecided,
  known: KnownPayout,
  now: number,
): string | undefined {
  if (serial !== known.serial) return `the payout's serial at Alipay is ${known.serial}, not ${serial}`
  if (decision === known.outcome) return `it has ${decision} already: there is nothing to decide`
  if (decision === 'succeeded') return undefined
  if (decision === 'again' && known.outcome !== undefined)
    return `it has ${known.outcome}: only what has no outcome is sent again`
  if (known.lastBatchNo === undefined) return undefined
  if (batchNo !== known.lastBatchNo)
    return `the payout's last batch number is ${known.lastBatchNo}, not ${batchNo}: look that one up`
  const day = dayOf(batchNo)
  if (day === undefined) return undefined
  if (chinaDate(now) <= day)
    return `the batch may be paid until the end of its pay date ${day} in China: decide after it`
  if (chinaDate(lookedAt) <= day)
    return `Alipay's books were looked at before the end of the pay date ${day} in China: look again`
  return undefined
}

/** The earliest pay date of a batch number of ours. */
function dayOf(batchNo: string): PayDate | undefined {
  try {
    return payDate(batchNo.slice(0, 8))
  } catch {
    return undefined
  }
}
