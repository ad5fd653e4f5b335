/** `npm run decide`: a person's word about a payout whose outcome nobody else can tell. */
import { printableText } from '@payout/mapi/printable-text'
import type { PayoutDecided } from '@payout/schemas/generated/records'
import { Option } from 'commander'
import { npmCommand, runCommand } from './command-line.ts'
import { publishCommand } from './command-record.ts'
import { runningSystem, systemHelp } from './command-system.ts'
import { isConfirmed } from './confirmation.ts'
import {
  type DecideAnswers,
  decisionOf,
  decisions,
  missingOptions,
  openQuestions,
  type Question,
  questions,
} from './decision.ts'
import { CommandFailedError, UsageError } from './errors.ts'
import { formatMoment, parseMoment } from './moment.ts'
import { say } from './speech.ts'
import type { Story } from './story-search.ts'

type DecideOptions = DecideAnswers & { readonly partner?: string; readonly yes?: boolean }

const command = npmCommand(
  'decide',
  "Writes a person's decision about a payout that nobody else can end: unresolved, overdue or mismatched",
)
  .argument('<payout-id>', "upstream's id of the payout")
  .option('--partner <alias>', 'whose payout; needed where several partners have one of this id')
  .addOption(
    new Option(
      '--decision <word>',
      'succeeded: it was paid. failed: it was not paid and will not be. again: it was not paid and is sent again, under a second batch number',
    ).choices(decisions),
  )
for (const { option, asks } of Object.values(questions)) command.option(option, asks)
command
  .option('--yes', 'does not ask before it writes')
  .addHelpText(
    'after',
    `
On a terminal it shows what is known of the payout and asks for what is missing. "failed" and "again" are taken only after the pay date of the
payout's last batch has passed in China and nothing of ours can pay any more; look into Alipay's books after that date. A line that is
sent again although it was paid is kept from being paid twice by Alipay's check of serials alone.
${systemHelp}`,
  )
  .action(decide)

async function decide(payoutId: string, options: DecideOptions): Promise<void> {
  const isTerminal = process.stdin.isTTY === true
  const missing = missingOptions(options)
  if (missing.length > 0 && !isTerminal)
    throw new UsageError(`${missing.join(', ')} missing, and there is no terminal to ask on`)
  if (!options.yes && !isTerminal) throw new UsageError('there is no terminal to ask on: say --yes')
  if (options.lookedAt !== undefined) parseMoment(options.lookedAt)
  const system = await runningSystem()
  const { findStory } = await import('./story-search.ts')
  await system.withLog(async (log, codec) => {
    const { partner } = options
    const story = await findStory(log, codec, { payoutId, partner, aliases: system.aliases() })
    if (story === undefined)
      throw new CommandFailedError(`nothing is known of a payout ${payoutId}${partner ? ` of ${partner}` : ''}`)
    show(story)
    const decided = await ask(story, options)
    if (decided.lookedAt > Date.now()) {
      throw new UsageError(
        `--looked-at is read as ${formatMoment(decided.lookedAt)}, which lies in the future: it is ${formatMoment(Date.now())}`,
      )
    }
    if (!options.yes) await confirmed(decided)
    const place = await publishCommand(log, codec, {
      topic: 'payout.commands',
      key: decided.payoutId,
      subject: `${decided.partner}/${decided.payoutId}`,
      record: { name: 'payout.PayoutDecided', value: decided },
    })
    say`written: ${place}; what comes of it: npm run trace -- ${payoutId} --partner ${decided.partner}`
  })
}

function show({ subject, entries, hasOutcome }: Story): void {
  say`${subject.partner}/${subject.payoutId}, serial at Alipay ${subject.serial}`
  for (const { at, step, says } of entries) say`  ${formatMoment(at)}  ${step}: ${says[0] ?? ''}`
  if (hasOutcome) {
    say`It has its outcome already: a decision that contradicts it is reported as payout.mismatched and changes nothing.`
  }
}

/** Takes what was given as options, and asks for the rest. */
async function ask(story: Story, options: DecideOptions): Promise<PayoutDecided> {
  const answers: Record<Question, string> = {
    batchNo: options.batchNo ?? '',
    serial: options.serial ?? '',
    lookedAt: options.lookedAt ?? '',
    lookedWhere: options.lookedWhere ?? '',
    alipaySaid: options.alipaySaid ?? '',
    by: options.by ?? '',
    reason: options.reason ?? '',
  }
  const { input, select } = await import('@inquirer/prompts')
  const decision = options.decision ?? (await select({ message: 'What is decided?', choices: [...decisions] }))
  const known: DecideAnswers = { batchNo: story.lastBatchNo ?? '', serial: story.subject.serial }
  for (const question of openQuestions(answers)) {
    const suggestion = known[question]
    answers[question] = await input({
      message: sentence(questions[question].asks),
      validate: (text) => isAnswer(question, text),
      ...(suggestion ? { default: printableText(suggestion) } : {}),
    })
  }
  return decisionOf(story.subject, decision, answers)
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}:`
}

function isAnswer(question: Question, text: string): true | string {
  if (text.trim() === '') return 'It must not be empty.'
  if (question !== 'lookedAt') return true
  try {
    const moment = parseMoment(text)
    return moment <= Date.now() || `It is read as ${formatMoment(moment)}, which lies in the future.`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function confirmed({ decision, partner, payoutId, batchNo }: PayoutDecided): Promise<void> {
  const words = {
    succeeded: `say that ${partner}/${payoutId} was paid`,
    failed: `say that ${partner}/${payoutId} was not paid and will not be`,
    again: `send ${partner}/${payoutId} once more, although batch ${batchNo} carried it already`,
  }
  if (!(await isConfirmed(`Really ${words[decision]}? This can't be taken back.`)))
    throw new CommandFailedError('nothing was written')
}

await runCommand(command)
