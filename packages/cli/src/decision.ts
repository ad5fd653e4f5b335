import type { PayoutDecided } from '@payout/schemas/generated/records'
import { parseMoment } from './moment.ts'

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
