/** `npm run pay`: writes commands to pay, from the command line or from a file. */
import { accountFault } from '@payout/mapi/values/account'
import { type Fen, formatYuan, parseYuan, sumFen } from '@payout/mapi/values/fen'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import { withAnswerOptions } from '../follow/answer-limit.ts'
import { eventPlaces } from '../follow/event-stream.ts'
import { showAnswers } from '../follow/pay-answer.ts'
import type { WrittenPayout } from '../follow/payout-answers.ts'
import { type PayoutFile, type PayoutRow, readPayoutCsv } from '../payout-file/payout-csv.ts'
import { payoutFileText } from '../payout-file/payout-file-text.ts'
import { runningSystem, systemHelp } from '../system/command-system.ts'
import type { RunningSystem } from '../system/running-system.ts'
import { npmCommand, runCommand } from '../terminal/command-line.ts'
import { CommandFailedError, UsageError } from '../terminal/errors.ts'
import { interruption } from '../terminal/interruption.ts'
import { shellCommand } from '../terminal/shell-command.ts'
import { say, sayAside } from '../terminal/speech.ts'
import { generatedId } from '../write/generated-id.ts'
import { publishPayouts } from '../write/payout-commands.ts'
import { awaitWrite, beforeWriting } from '../write/write.ts'

interface PayOptions {
  readonly to?: string
  readonly name?: string
  readonly amount?: string
  readonly id?: string
  readonly partner?: string
  readonly memo?: string
  readonly file?: string
  readonly encoding?: string
  readonly skipBad?: boolean
  readonly limit?: number
  readonly answer?: boolean
}

/** Alipay's gateway answers within seconds, when nothing is before it. */
const ANSWER_LIMIT_MS = 10_000

const command = withAnswerOptions(
  npmCommand('pay', 'Asks for one payout, or for all payouts of a file. npm run events shows what becomes of them'),
  ANSWER_LIMIT_MS,
)
  .option('--to <account>', "the payee's Alipay account: an e-mail address or a mobile number")
  .option('--name <name>', "the payee's name as Alipay knows it")
  .option('--amount <yuan>', 'the amount in yuan: 12.34')
  .option(
    '--id <id>',
    'the id of the payout, 1 to 64 of A-Z a-z 0-9 . _ : -; the same id is never paid twice. Without it one is generated',
  )
  .option('--partner <alias>', 'for whom it is paid: an alias of the partners file. For a file: of rows that name none')
  .option('--memo <text>', 'a remark for the payee', '')
  .option('--file <csv>', 'pays every row of a file; its first line names the columns: id,partner,to,name,amount,memo')
  .option(
    '--encoding <name>',
    'the encoding of the file: utf-8, or gbk as Excel on a Chinese Windows writes it. Without it the file must be UTF-8; what its bytes contradict is not sent',
  )
  .option('--skip-bad', 'sends the good rows of a file that has bad ones; otherwise nothing is sent')
  .addHelpText(
    'after',
    `
It shows the pipeline's first answer: taken by the gateway, refused, or failed. The outcome comes later; npm run events shows it.
A payout that had no answer in time is written all the same, and is paid when its turn comes: exit code 0.
Where it is not known whether a payout was written, the command prints what to type so that nothing is paid twice.

Examples:
  npm run pay -- --to ok@example.com --name 毛毛 --amount 12.34
  npm run pay -- --file payouts.csv --skip-bad
${systemHelp}`,
  )
  .action(pay)

async function pay(options: PayOptions): Promise<void> {
  const { file } = options
  if (file === undefined) {
    const payout = singlePayout(options)
    const system = await runningSystem()
    const row = { ...payout, partner: system.partnerNamed(options.partner) }
    if (options.id === undefined) sayAside`${row.id} is the id that was generated for this payout`
    return send([row], { system, options, again: () => askSingleAgain(row) })
  }
  if (options.to ?? options.name ?? options.amount ?? options.id) {
    throw new UsageError('--file stands alone: --to, --name, --amount and --id are for a single payout')
  }
  const system = await runningSystem()
  const partner = options.partner === undefined ? system.defaultPartner() : system.knownPartner(options.partner)
  const rows = rowsOfFile(file, { ...options, ...(partner ? { partner } : {}) }, system)
  return send(rows, { system, options, again: () => sendFileAgain(file, partner, options) })
}

/** How to ask again without paying twice. */
function askSingleAgain({ id, partner, to, name, amountFen, memo }: PayoutRow): string[] {
  const typed = shellCommand(
    'pay',
    [],
    [
      ['--id', id],
      ['--partner', partner],
      ['--to', to],
      ['--name', name],
      ['--amount', formatYuan(amountFen)],
      ['--memo', memo === '' ? undefined : memo],
    ],
  )
  return [
    `to repeat it without paying twice, type exactly this: ${typed}`,
    'under this id it is paid once, however often it is asked for; under another one, or without --id, it would be a second payment',
  ]
}

function sendFileAgain(file: string, partner: string | undefined, { encoding, skipBad }: PayOptions): string[] {
  const typed = shellCommand(
    'pay',
    [],
    [
      ['--file', file],
      ['--partner', partner],
      ['--encoding', encoding],
      ['--skip-bad', skipBad ? true : undefined],
    ],
  )
  return [
    `sending the same file again is safe: under its id each row is paid once, however often it is asked for. Type exactly this: ${typed}`,
    'leave the ids, partners and amounts in the file as they are: a row under another id would be a second payment',
  ]
}

interface Sending {
  readonly system: RunningSystem
  readonly options: PayOptions
  readonly again: () => string[]
}

async function send(rows: readonly PayoutRow[], { system, options, again }: Sending): Promise<void> {
  const signal = system.whileUp(interruption())
  await system.withLog(async (log, codec) => {
    const from =
      options.answer === false ? undefined : await beforeWriting(eventPlaces(log, 'now', ['payout.events']), signal)
    const written: WrittenPayout[] = []
    const onWritten = (index: number, place: string) => {
      const row = rows[index]
      if (row === undefined) return
      say`${row.id}  ${formatYuan(row.amountFen)} yuan  ${row.partner}  ${place}`
      written.push({ row, place })
    }
    // Asked for before the first write, so that a fault here is none of writing.
    await beforeWriting(log.partitions('payout.commands'), signal)
    await awaitWrite(publishPayouts(log, codec, rows, onWritten), {
      get what() {
        return rows.length === 1
          ? `payout ${rows[0]?.id ?? ''}`
          : `each of the other ${rows.length - written.length} of ${rows.length} payouts`
      },
      guidance: again,
      signal,
      isMany: rows.length > 1,
    })
    const total = formatYuan(sumFen(rows.map(({ amountFen }) => amountFen)))
    if (rows.length === 1)
      say`asked for; to see what becomes of it: npm run events, or npm run trace -- ${rows[0]?.id ?? ''}`
    else say`${rows.length} payouts asked for, ${total} yuan; to see what becomes of them: npm run events`
    if (from === undefined) return
    const hasOwnIds = options.file !== undefined || options.id !== undefined
    const limitMs = options.limit ?? ANSWER_LIMIT_MS
    await showAnswers(log, codec, written, { from, limitMs, signal, hasOwnIds })
  })
}

/** The one payout that the options name; whom it is paid for may be the system's to say. @throws UsageError */
function singlePayout({ to, name, amount, memo = '', id }: PayOptions): Omit<PayoutRow, 'partner'> {
  const missing = Object.entries({ '--to': to, '--name': name, '--amount': amount })
    .filter(([, value]) => !value)
    .map(([option]) => option)
  if (!to || !name || !amount) throw new UsageError(`${missing.join(', ')} missing; or give a file with --file`)
  if (id !== undefined && !isPayoutId(id)) throw new UsageError('--id must be 1 to 64 of A-Z a-z 0-9 . _ : -')
  const amountFen = yuan(amount)
  const wrongAccount = accountFault(to)
  if (wrongAccount !== undefined) throw new UsageError(`--to ${wrongAccount}`)
  return { id: id ?? generatedId(), to, name, memo, amountFen }
}

function yuan(text: string): Fen {
  try {
    const amount = parseYuan(text)
    if (amount > 0) return amount
  } catch {}
  throw new UsageError(`--amount "${text}" is not an amount above 0 in yuan: write 12.34, 12.3 or 12`)
}

function rowsOfFile(path: string, options: PayOptions, system: RunningSystem): readonly PayoutRow[] {
  const file = withKnownPartners(readPayoutCsv(payoutFileText(path, options.encoding), options.partner), system)
  warn(file)
  if (file.bad.length > 0 && !options.skipBad) {
    throw new CommandFailedError(
      `nothing was sent: ${file.bad.length} of ${file.bad.length + file.rows.length} rows are bad (--skip-bad sends the others)`,
    )
  }
  if (file.rows.length === 0) throw new CommandFailedError('the file has no payout to send')
  return file.rows
}

/** A partner that nobody has would fail the payout, and use its id up. */
function withKnownPartners(file: PayoutFile, system: RunningSystem): PayoutFile {
  const aliases = system.aliases()
  if (aliases === undefined) return file
  const isKnown = ({ partner }: PayoutRow) => aliases.includes(partner)
  const unknown = file.rows.filter((row) => !isKnown(row))
  const faultOf = (partner: string) => `the partners file has no partner ${partner}; there are: ${aliases.join(', ')}`
  const bad = [...file.bad, ...unknown.map(({ line, partner }) => ({ line, faults: [faultOf(partner)] }))]
  return {
    ...file,
    rows: file.rows.filter(isKnown),
    bad: bad.sort((a, b) => a.line - b.line),
  }
}

function warn({ bad, repeated }: PayoutFile): void {
  for (const { line, faults } of bad) sayAside`line ${line}: ${faults.join('; ')}`
  for (const { id, line, firstLine, sameContent } of repeated) {
    const what = sameContent
      ? 'with the same content: it is paid once'
      : 'with other content: the later one will be refused (payout.refused)'
    sayAside`line ${line}: ${id} stands in line ${firstLine} too, ${what}`
  }
}

await runCommand(command)
