/** `npm run pay`: writes commands to pay, from the command line or from a file. */
import { accountFault } from '@payout/mapi/account'
import { type Fen, formatYuan, parseYuan, sumFen } from '@payout/mapi/fen'
import { isPayoutId } from '@payout/mapi/payout-id'
import { npmCommand, runCommand } from './command-line.ts'
import { runningSystem, systemHelp } from './command-system.ts'
import { CommandFailedError, UsageError } from './errors.ts'
import { madeUpId } from './made-up-id.ts'
import { publishPayouts } from './payout-commands.ts'
import { type PayoutFile, type PayoutRow, readPayoutCsv } from './payout-csv.ts'
import { payoutFileText } from './payout-file-text.ts'
import type { RunningSystem } from './running-system.ts'
import { say, sayAside } from './speech.ts'

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
}

const command = npmCommand(
  'pay',
  'Asks for one payout, or for all payouts of a file. What becomes of them: npm run events',
)
  .option('--to <account>', "the payee's Alipay account: an e-mail address or a mobile number")
  .option('--name <name>', "the payee's name as Alipay knows it")
  .option('--amount <yuan>', 'the amount in yuan: 12.34')
  .option(
    '--id <id>',
    'the id of the payout, 1 to 64 of A-Z a-z 0-9 . _ : -; the same id is never paid twice. Without it one is made up',
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
Examples:
  npm run pay -- --to ok@example.com --name 毛毛 --amount 12.34
  npm run pay -- --file packages/cli/sample/payouts-200.csv
${systemHelp}`,
  )
  .action(pay)

async function pay(options: PayOptions): Promise<void> {
  const { file, partner } = options
  if (file === undefined) {
    const payout = singlePayout(options)
    const system = await runningSystem()
    return send([{ ...payout, partner: system.partnerNamed(partner) }], system)
  }
  if (options.to ?? options.name ?? options.amount ?? options.id) {
    throw new UsageError('--file stands alone: --to, --name, --amount and --id are for a single payout')
  }
  const system = await runningSystem()
  return send(rowsOfFile(file, options, system), system)
}

async function send(rows: readonly PayoutRow[], system: RunningSystem): Promise<void> {
  const written = await system.withLog((log, codec) => publishPayouts(log, codec, rows))
  for (const [index, { id, partner, amountFen }] of rows.entries()) {
    const place = written[index]
    if (place === undefined) continue
    say`${id}  ${formatYuan(amountFen)} yuan  ${partner}  ${place}`
  }
  const total = formatYuan(sumFen(rows.map(({ amountFen }) => amountFen)))
  if (rows.length === 1) say`asked for; to see what becomes of it: npm run events, or npm run trace -- ID`
  else say`${rows.length} payouts asked for, ${total} yuan; to see what becomes of them: npm run events`
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
  return { id: id ?? madeUpId(), to, name, memo, amountFen }
}

function yuan(text: string): Fen {
  try {
    const amount = parseYuan(text)
    if (amount > 0) return amount
  } catch {}
  throw new UsageError(`--amount "${text}" is not an amount above 0 in yuan: write 12.34, 12.3 or 12`)
}

function rowsOfFile(path: string, options: PayOptions, system: RunningSystem): readonly PayoutRow[] {
  const file = readPayoutCsv(payoutFileText(path, options.encoding), options.partner ?? system.defaultPartner())
  warn(file)
  if (file.bad.length > 0 && !options.skipBad) {
    throw new CommandFailedError(
      `nothing was sent: ${file.bad.length} of ${file.bad.length + file.rows.length} rows are bad (--skip-bad sends the others)`,
    )
  }
  if (file.rows.length === 0) throw new CommandFailedError('the file has no payout to send')
  return file.rows
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
