/** `npm run dead-letters`: lists the commands that could not be read, and writes them to the topic again. */
import { confirm } from '@inquirer/prompts'
import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import { npmCommand, runCommand } from './command-line.ts'
import { deadLetterOf, partitionBefore, replayOf } from './dead-letter.ts'
import { CommandFailedError, UsageError } from './errors.ts'
import { formatMoment } from './moment.ts'
import { RunningSystem, systemHelp } from './running-system.ts'
import { placeOf } from './story-entry.ts'
import { renderTable } from './table.ts'

const TOPIC = 'payout.commands.dlq'
const MAX_BYTES = 64 * 1024 * 1024

interface ReplayOptions {
  readonly all?: boolean
  readonly yes?: boolean
}

const command = npmCommand(
  'dead-letters',
  'Lists the commands that could not be read, and writes them to the topic again',
).addHelpText(
  'after',
  `
Nothing was claimed or paid for a dead letter. One that was written with a schema of a later release can be replayed once the signer is upgraded.
${systemHelp}`,
)

command
  .command('list')
  .description('shows every dead letter with its reason and where the command stood')
  .option('--json', 'one JSON object a line, for programs')
  .action(async ({ json }: { readonly json?: boolean }) => {
    const letters = (await new RunningSystem().withLog(readAll)).map(deadLetterOf)
    if (json) {
      for (const letter of letters) process.stdout.write(`${JSON.stringify(letter)}\n`)
      return
    }
    const heads = ['dead letter', 'since', 'command', 'bytes', 'reason'].map((head) => ({ head }))
    const rows = letters.map(({ partition, offset, at, from, bytes, code, explanation }) => [
      `${partition}@${offset}`,
      formatMoment(at),
      from,
      bytes,
      `${code}: ${explanation}`,
    ])
    process.stdout.write(letters.length === 0 ? 'there are no dead letters\n' : `${renderTable(heads, rows)}\n`)
  })

command
  .command('replay')
  .description('writes dead letters to payout.commands again, byte for byte; the dead letters stay')
  .argument('[places...]', 'which ones, as the list names them: 0@3 1@0')
  .option('--all', 'all of them')
  .option('--yes', 'does not ask')
  .action(async (places: string[], { all, yes }: ReplayOptions) => {
    if (all === places.length > 0) throw new UsageError('name the dead letters to replay (0@3), or --all')
    if (!yes && !process.stdin.isTTY) throw new UsageError('there is no terminal to ask on: say --yes')
    await new RunningSystem().withLog(async (log) => {
      const letters = await readAll(log)
      const chosen = all ? letters : places.map((place) => choose(letters, place))
      if (chosen.length === 0) throw new CommandFailedError('there are no dead letters')
      const question = `Write ${chosen.length} commands to payout.commands again?`
      if (!yes && !(await confirm({ message: question, default: false })))
        throw new CommandFailedError('nothing was written')
      await replay(log, chosen)
    })
  })

async function readAll(log: EventLog): Promise<LogRecord[]> {
  const offsets = await log.offsets(TOPIC)
  const from = offsets.map((_, partition) => ({ topic: TOPIC, partition, at: 'beginning' }) as const)
  const records: LogRecord[] = []
  for await (const record of log.read({ from, until: 'end' })) records.push(record)
  return records.sort((a, b) => a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset)
}

function choose(letters: readonly LogRecord[], place: string): LogRecord {
  const letter = letters.find(({ partition, offset }) => place === `${partition}@${offset}`)
  if (!letter) throw new UsageError(`there is no dead letter ${place}; npm run dead-letters -- list shows them`)
  return letter
}

/** One after the other, so that commands under one key keep their order. */
async function replay(log: EventLog, letters: readonly LogRecord[]): Promise<void> {
  const publisher = log.publisher({ maxBytes: MAX_BYTES })
  const partitions = await log.partitions('payout.commands')
  try {
    for (const letter of letters) {
      const record = replayOf(letter, (partitionBefore(letter) ?? letter.partition) % partitions)
      const { offset } = await publisher.append(record)
      process.stdout.write(
        `${letter.partition}@${letter.offset} is written again as ${placeOf({ ...record, offset })}\n`,
      )
    }
  } finally {
    await publisher.close()
  }
}

await runCommand(command)
