/** `npm run partner`: stops a partner, lets it go on, tells which are stopped. */
import { npmCommand, runCommand } from './command-line.ts'
import { runningSystem, systemHelp } from './command-system.ts'
import { UsageError } from './errors.ts'
import { formatMoment } from './moment.ts'
import type { RunningSystem } from './running-system.ts'
import { say } from './speech.ts'
import { renderTable } from './table.ts'

const command = npmCommand(
  'partner',
  'Stops a partner, lets it go on, or tells which partners are stopped',
).addHelpText(
  'after',
  `
While a partner is stopped nothing of it is sent to Alipay; its commands are taken and signed, and wait without harm. A partner is also stopped by
the pipeline itself, when Alipay refuses a batch for a reason that a person must look at (wrong key, contract, account, balance).
${systemHelp}`,
)

command
  .command('stop')
  .description('sends nothing more of this partner, within a second')
  .argument('<alias>', 'the partner, by its alias in the partners file')
  .action(async (alias: string) => {
    const system = await runningSystem()
    checkAlias(alias, system)
    await system.withMemory((memory) => memory.partnerStops.stop(alias, { reason: 'person', since: Date.now() }))
    say`${alias} is stopped; npm run partner -- go ${alias} lets it go on`
  })

command
  .command('go')
  .description('lets a stopped partner go on; what waits is sent')
  .argument('<alias>', 'the partner, by its alias in the partners file')
  .action(async (alias: string) => {
    const system = await runningSystem()
    checkAlias(alias, system)
    await system.withMemory((memory) => memory.partnerStops.go(alias))
    say`${alias} goes on`
  })

command
  .command('status')
  .description('tells which partners are stopped, since when and why')
  .argument('[alias]', 'one partner only')
  .action(async (alias: string | undefined) => {
    const system = await runningSystem()
    if (alias !== undefined) checkAlias(alias, system)
    const stops = await system.withMemory((memory) => memory.partnerStops.stopped(Date.now()))
    const aliases = alias === undefined ? [...new Set([...(system.aliases() ?? []), ...stops.keys()])].sort() : [alias]
    const rows = aliases.map((each) => {
      const stop = stops.get(each)
      if (!stop) return [each, 'goes', '', '', '']
      const until = stop.until === undefined ? 'a person lets it go on' : formatMoment(stop.until)
      return [each, 'stopped', stop.reason, formatMoment(stop.since), until]
    })
    const heads = ['partner', 'state', 'reason', 'since', 'until'].map((head) => ({ head }))
    say`${renderTable(heads, rows)}`
  })

/** A stop under a name that nobody has would look like one that works. */
function checkAlias(alias: string, system: RunningSystem): void {
  const aliases = system.aliases()
  if (aliases !== undefined && !aliases.includes(alias)) {
    throw new UsageError(`the partners file has no partner ${alias}; there are: ${aliases.join(', ')}`)
  }
}

await runCommand(command)
