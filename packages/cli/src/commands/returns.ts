/** `npm run returns`: has the file of bank payouts that came back on one day fetched, and shows what is in it. */
import { type Fen, formatYuan } from '@payout/mapi/values/fen'
import type { EventLog } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import { fileDateOf, formatUtc } from '../arguments/moment.ts'
import { type AnswerOptions, answerLimit, withAnswerOptions } from '../follow/answer-limit.ts'
import { type EventPlaces, eventPlaces, eventStream } from '../follow/event-stream.ts'
import { eventWords } from '../follow/event-words.ts'
import { Idle } from '../follow/idle.ts'
import { ReturnWatch } from '../follow/return-watch.ts'
import { runningSystem, systemHelp } from '../system/command-system.ts'
import { npmCommand, runCommand } from '../terminal/command-line.ts'
import { CommandFailedError, SystemGoneError, UnansweredError, UsageError } from '../terminal/errors.ts'
import { interruption } from '../terminal/interruption.ts'
import { shellCommand } from '../terminal/shell-command.ts'
import { say, sayAside } from '../terminal/speech.ts'
import { publishCommand } from '../write/command-record.ts'
import { returnFileCommandRecord } from '../write/return-file-command.ts'
import { beforeWriting } from '../write/write.ts'

interface ReturnsOptions extends AnswerOptions {
  readonly date: string
  readonly partner?: string
  readonly wait?: boolean
}

/** Nothing more came of a file that was read for so long: the rows that are missing were known before. */
const SILENCE_MS = 3_000

/** A large file takes a while to come, and to be read. */
const ANSWER_LIMIT_MS = 120_000

const command = withAnswerOptions(
  npmCommand('returns', 'Fetches the file of bank payouts that came back on one day from Alipay, and shows them'),
  ANSWER_LIMIT_MS,
)
  .requiredOption('--date <day>', 'the day of the file, in China: 2010-12-18 or 20101218')
  .option('--partner <alias>', 'whose file: an alias of the partners file')
  .option('--wait', 'where the pipeline tries again by itself, waits for that; without it, ends with the first answer')
  .addHelpText(
    'after',
    `
A payout that came back is reported once, by its withdrawal serial, however often the file is fetched. Ctrl-C stops only the showing: the command stays written.

Example:
  npm run returns -- --date 2010-12-18
${systemHelp}`,
  )
  .action(returns)

async function returns({ date, partner: alias, wait, limit, answer }: ReturnsOptions): Promise<void> {
  const fileDate = fileDateOf(date)
  if (fileDate === undefined) throw new UsageError(`--date "${date}" is no day: write 2010-12-18`)
  const system = await runningSystem()
  const partner = system.partnerNamed(alias)
  const signal = system.whileUp(interruption())
  await system.withLog(async (log, codec) => {
    const from = answer === false ? undefined : await beforeWriting(eventPlaces(log, 'now', ['payout.events']), signal)
    const record = returnFileCommandRecord({ partner, date: fileDate, requestedAt: Date.now() })
    const typed = shellCommand(
      'returns',
      [],
      [
        ['--date', date],
        ['--partner', partner],
        ['--wait', wait ? true : undefined],
      ],
    )
    const again = () => [
      `asking again is safe: a payout that came back is reported once, however often the file is fetched. Type: ${typed}`,
    ]
    const options = { what: `the command to fetch the file of ${fileDate}`, guidance: again, signal }
    say`file of ${fileDate}, ${partner}  ${await publishCommand(log, codec, record, options)}`
    if (from === undefined) return
    const limitMs = limit ?? ANSWER_LIMIT_MS
    const following = { from, signal, wait: wait === true, limitMs, again }
    await follow(log, codec, new ReturnWatch(partner, fileDate), following)
  })
}

interface Following {
  readonly from: EventPlaces
  readonly signal: AbortSignal
  readonly wait: boolean
  readonly limitMs: number
  readonly again: () => readonly string[]
}

async function follow(
  log: EventLog,
  codec: Codec,
  watch: ReturnWatch,
  { from, signal, wait, limitMs, again }: Following,
): Promise<void> {
  let idle: Idle | undefined
  const silence = new AbortController()
  const onSilence = () => silence.abort()
  const limit = answerLimit(signal, limitMs)
  try {
    const until = AbortSignal.any([limit.signal, silence.signal])
    for await (const { event } of eventStream(log, codec, { from, until: 'follow', signal: until })) {
      const isOurs = watch.take(event)
      if (isOurs) limit.touch()
      if (isOurs) say`${formatUtc(event.value.seenAt)}  ${eventWords(event)}`
      const { failure } = watch
      if (failure && (failure.againAt === null || !wait))
        throw new CommandFailedError('the file was not taken; the line above says why')
      // It is tried again by itself, at a time of its own.
      if (failure) limit.stop()
      if (watch.isWhole) break
      if (!watch.isRead) continue
      if (idle === undefined) {
        idle = new Idle(SILENCE_MS)
        idle.signal.addEventListener('abort', onSilence, { once: true })
      }
      if (isOurs) idle.touch()
    }
  } finally {
    idle?.stop()
    limit.stop()
  }
  if (limit.isOver && !watch.isRead) {
    throw new UnansweredError(
      `the file had no answer within ${limitMs / 1000} s; the command is written, and stays valid`,
      [
        'it is processed when its turn comes: are the signer, egress and the reconciler up? What becomes of it: npm run events -- --from-start',
        ...again(),
      ],
    )
  }
  if (signal.aborted && !(signal.reason instanceof SystemGoneError))
    sayAside`the command stays valid; what becomes of it: npm run events -- --from-start, or npm run returns once more`
  signal.throwIfAborted()
  const { rows, news, newsFen } = watch
  const before =
    rows > news ? `; ${rows - news} were reported before, or contradict what is known (npm run events)` : ''
  say`${news} of ${rows} rows are news, ${formatYuan(newsFen as Fen)} yuan${before}`
}

await runCommand(command)
