/** `npm run partner`: stops a partner, lets it go on, shows which partners are stopped. */

import { runningSystem, systemHelp } from '../system/command-system.ts'
import type { RunningSystem } from '../system/running-system.ts'
import { npmCommand, runCommand } from '../terminal/command-line.ts'
import { UsageError } from '../terminal/errors.ts'
import { say } from '../terminal/speech.ts'
import { renderTable } from '../terminal/table.ts'

interface Said {
  readonly why: string
  readonly by?: string
}

const WHY = ['--why <words>', 'why, for people who look at it later'] as const
const BY = ['--by <name>', 'your name; without it, the name under which you are logged in'] as const
const clock = { now: () => Date.now() }

const command = npmCommand(
  'partner',
  'Stops a partner, lets it go on, or shows which partners are stopped',
).addHelpText(
  'after',
  `
While a partner is stopped, nothing of it is sent to Alipay. Its commands are accepted and signed, and wait without harm.
The pipeline stops a partner by itself when Alipay refuses a batch for a reason that a person must look at (wrong key, contract, account, balance).
Stops are records in Kafka; Redis is not needed.
${systemHelp}`,
)

command
  .command('stop')
  .description('sends nothing more of this partner, within two seconds')
  .argument('<alias>', 'the partner, by its alias in the partners file')
  .requiredOption(...WHY)
  .option(...BY)
  .action(async (alias: string, said: Said) => {
    const { stopPartner, switchReason } = await import('../write/partner-switches.ts')
    const reason = switchReason(said)
    const system = await runningSystem()
    checkAlias(alias, system)
    const place = await system.withLog((log, codec) => stopPartner(log, codec, alias, reason, clock))
    say`${alias} is stopped (${place}); npm run partner -- go ${alias} --why … lets it go on`
  })

command
  .command('go')
  .description('takes back all stops of a partner, whoever stopped it; what waited is sent')
  .argument('<alias>', 'the partner, by its alias in the partners file')
  .requiredOption(...WHY)
  .option(...BY)
  .action(async (alias: string, said: Said) => {
    const { letPartnerGo, readSwitches, stopWords, switchReason } = await import('../write/partner-switches.ts')
    const reason = switchReason(said)
    const system = await runningSystem()
    checkAlias(alias, system)
    const { stops, left } = await system.withLog(async (log, codec) => ({
      stops: await letPartnerGo(log, codec, alias, reason, clock),
      left: (await readSwitches(log, codec)).stopsOf(alias, clock.now()),
    }))
    for (const stop of stops) say`taken back: ${stopWords(stop)}`
    for (const stop of left) say`came meanwhile, and stays: ${stopWords(stop)}`
    if (left.length > 0) say`${alias} is stopped`
    else if (stops.length > 0) say`${alias} goes on`
    else say`${alias} was not stopped: nothing is written`
  })

command
  .command('status')
  .description('shows which partners are stopped, by whom, since when and why')
  .argument('[alias]', 'one partner only')
  .action(async (alias: string | undefined) => {
    const system = await runningSystem()
    if (alias !== undefined) checkAlias(alias, system)
    const { everythingRows, readSwitches, STATUS_HEADS, statusRows } = await import('../write/partner-switches.ts')
    const board = await system.withLog(readSwitches)
    const now = clock.now()
    const known = [...new Set([...(system.aliases() ?? []), ...board.stoppedPartners(now)])].sort()
    const rows = [...everythingRows(board, now), ...statusRows(board, alias === undefined ? known : [alias], now)]
    say`${renderTable(STATUS_HEADS, rows)}`
  })

/** A stop under a name that nobody has would look like one that works. */
function checkAlias(alias: string, system: RunningSystem): void {
  const aliases = system.aliases()
  if (aliases !== undefined && !aliases.includes(alias)) {
    throw new UsageError(`the partners file has no partner ${alias}; there are: ${aliases.join(', ')}`)
  }
}

await runCommand(command)
