/** `npm run decide`: a person's decision about a payout whose outcome the pipeline can't find out. */
import { escapeUnprintable } from '@payout/mapi/text/printable-text'
import type { EventLog } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import type { PayoutDecided } from '@payout/schemas/generated/records'
import { Option } from 'commander'
import { formatMoment, parseMoment } from '../arguments/moment.ts'
import { type AnswerOptions, answerLimit, withAnswerOptions } from '../follow/answer-limit.ts'
import { type EventPlaces, eventPlaces, eventStream } from '../follow/event-stream.ts'
import { eventKind, eventWords } from '../follow/event-words.ts'
import { runningSystem, systemHelp } from '../system/command-system.ts'
import { npmCommand, runCommand } from '../terminal/command-line.ts'
import { isConfirmed } from '../terminal/confirmation.ts'
import { CommandFailedError, SystemGoneError, UnansweredError, UsageError } from '../terminal/errors.ts'
import { interruption } from '../terminal/interruption.ts'
import { shellCommand } from '../terminal/shell-command.ts'
import { say, sayAside } from '../terminal/speech.ts'
import type { PayoutStory } from '../trace/payout-search.ts'
import { type CommandRecord, publishCommand } from '../write/command-record.ts'
import {
  type DecideAnswers,
  decisionFault,
  decisionOf,
  decisions,
  missingOptions,
  openQuestions,
  type Question,
  questions,
} from '../write/decision.ts'
import { beforeWriting } from '../write/write.ts'

type DecideOptions = DecideAnswers & AnswerOptions & { readonly partner?: string; readonly yes?: boolean }

const ANSWER_LIMIT_MS = 30_000

const command = withAnswerOptions(
  npmCommand(
    'decide',
    "Writes a person's decision about a payout that nobody else can end: unresolved, overdue or mismatched",
  ),
  ANSWER_LIMIT_MS,
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
On a terminal it shows what is known about the payout, and asks for what is missing. "failed" and "again" are accepted only after the pay date of the
payout's last batch has passed in China, and nothing of ours can pay any more. Look into Alipay's books after that date. A decision that would surely be
refused is not written. After it has written one, the command waits until the pipeline accepts or refuses it.
Where a payout is sent again although it was paid, only Alipay's check of serials prevents a second payment.
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
  const { findPayout } = await import('../trace/payout-search.ts')
  await system.withLog(async (log, codec) => {
    const { partner } = options
    const search = findPayout(log, codec, { payoutId, partner, aliases: system.aliases() })
    const story = await beforeWriting(search)
    if (story === undefined)
      throw new CommandFailedError(`nothing is known of a payout ${payoutId}${partner ? ` of ${partner}` : ''}`)
    show(story)
    const decided = await ask(story, options)
    if (decided.lookedAt > Date.now()) {
      throw new UsageError(
        `--looked-at is read as ${formatMoment(decided.lookedAt)}, which lies in the future: it is ${formatMoment(Date.now())}`,
      )
    }
    const known = { serial: story.subject.serial, lastBatchNo: story.lastBatchNo, outcome: outcomeOf(story) }
    const fault = decisionFault(decided, known, Date.now())
    if (fault !== undefined) throw new CommandFailedError(`nothing was written: ${fault}`)
    if (!options.yes) await confirmed(decided)
    const signal = system.whileUp(interruption())
    const from =
      options.answer === false ? undefined : await beforeWriting(eventPlaces(log, 'now', ['payout.events']), signal)
    const guidance = () => decideAgain(decided)
    const command: CommandRecord = {
      topic: 'payout.commands',
      key: decided.payoutId,
      subject: `${decided.partner}/${decided.payoutId}`,
      record: { name: 'payout.PayoutDecided', value: decided },
    }
    const place = await publishCommand(log, codec, command, { what: 'the decision', guidance, signal })
    say`written: ${place}; what comes of it: npm run trace -- ${payoutId} --partner ${decided.partner}`
    if (from === undefined) return
    const limitMs = options.limit ?? ANSWER_LIMIT_MS
    await awaitAnswer(log, codec, { place, from, signal, limitMs, guidance })
  })
}

/**
 * The same decision twice is harmless: "again" names the last batch number, and is refused when there is a later one.
 */
function decideAgain(decided: PayoutDecided): string[] {
  const { payoutId, partner, decision, batchNo, serial, lookedAt, lookedWhere, alipaySaid, decidedBy, reason } = decided
  const typed = shellCommand(
    'decide',
    [payoutId],
    [
      ['--partner', partner],
      ['--decision', decision],
      ['--batch-no', batchNo],
      ['--serial', serial],
      ['--looked-at', new Date(lookedAt).toISOString()],
      ['--looked-where', lookedWhere],
      ['--alipay-said', alipaySaid],
      ['--by', decidedBy],
      ['--reason', reason],
    ],
  )
  return [
    `what has come of it: npm run trace -- ${payoutId} --partner ${partner}`,
    `the same decision twice changes nothing, and nothing is sent twice for it. Where the trace does not show it, type exactly this: ${typed}`,
  ]
}

interface Waiting {
  /** Where the decision stands. */
  readonly place: string
  readonly from: EventPlaces
  readonly signal: AbortSignal
  readonly limitMs: number
  readonly guidance: () => string[]
}

/**
 * Waits for the event that names the decision as its evidence.
 * @throws CommandFailedError where it was refused or contradicts; UnansweredError
 */
async function awaitAnswer(log: EventLog, codec: Codec, waiting: Waiting): Promise<void> {
  const { place, from, signal, limitMs, guidance } = waiting
  const limit = answerLimit(signal, limitMs)
  try {
    for await (const { event } of eventStream(log, codec, { from, until: 'follow', signal: limit.signal })) {
      if (event.value.evidence.id !== place) continue
      say`${eventKind(event.name)}: ${eventWords(event)}`
      if (event.name === 'payout.PayoutRefused')
        throw new CommandFailedError('the decision was refused, and changes nothing')
      if (event.name === 'payout.PayoutMismatched')
        throw new CommandFailedError('the decision contradicts what is known, and changes nothing')
      return
    }
  } finally {
    limit.stop()
  }
  if (limit.isOver)
    throw new UnansweredError(`the decision had no answer within ${limitMs / 1000} s; it is written, and stays valid`, [
      'it is processed when its turn comes: are the signer and the reconciler up?',
      ...guidance(),
    ])
  if (!(signal.reason instanceof SystemGoneError))
    for (const line of ['the decision stays valid', ...guidance()]) sayAside`${line}`
  signal.throwIfAborted()
}

/** The outcome that the payout has. */
function outcomeOf({ entries }: PayoutStory): 'succeeded' | 'failed' | undefined {
  const outcome = entries.find(({ record }) => record === 'payout.PayoutSucceeded' || record === 'payout.PayoutFailed')
  return outcome && (outcome.record === 'payout.PayoutSucceeded' ? 'succeeded' : 'failed')
}

function show({ subject, entries, hasOutcome }: PayoutStory): void {
  say`${subject.partner}/${subject.payoutId}, serial at Alipay ${subject.serial}`
  for (const { at, step, says } of entries) say`  ${formatMoment(at)}  ${step}: ${says[0] ?? ''}`
  if (hasOutcome) {
    say`It has its outcome already: a decision that contradicts it is reported as payout.mismatched and changes nothing.`
  }
}

/** Takes what was given as options, and asks for the rest. */
async function ask(story: PayoutStory, options: DecideOptions): Promise<PayoutDecided> {
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
      ...(suggestion ? { default: escapeUnprintable(suggestion) } : {}),
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
