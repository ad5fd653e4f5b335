/**
 * `npm run dead-letters`: lists commands that could not be read, writes them again, and steps over undecodable batches.
 */

import { BatchUndecodableError } from '@payout/runtime/event-log/errors'
import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import {
  type SteppingOver,
  stepOverRecord,
  stepOverTopic,
  steppingOverOf,
} from '@payout/runtime/event-log/stepped-over'
import { type Place, placeOf } from '@payout/schemas/place'
import { deadLetterTopic, type TopicName } from '@payout/schemas/topics'
import { MIB } from '@payout/schemas/units'
import { formatUtc } from '../arguments/moment.ts'
import { typedPlace } from '../arguments/place.ts'
import { runningSystem, systemHelp } from '../system/command-system.ts'
import { npmCommand, runCommand } from '../terminal/command-line.ts'
import { isConfirmed } from '../terminal/confirmation.ts'
import { CommandFailedError, UsageError } from '../terminal/errors.ts'
import { interruption } from '../terminal/interruption.ts'
import { shellCommand } from '../terminal/shell-command.ts'
import { jsonWords, say } from '../terminal/speech.ts'
import { columnsOf, wrapped } from '../terminal/wrapped.ts'
import { publishRecord } from '../write/command-record.ts'
import {
  commandTopicOf,
  commandTopics,
  type DeadLetter,
  deadLetterOf,
  partitionBefore,
  replayOf,
} from '../write/dead-letter.ts'
import { awaitWrite, beforeWriting, withPublisher } from '../write/write.ts'

const MAX_BYTES = 64 * MIB

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
Nothing was claimed, paid, signed or cancelled for a dead letter. One that was written with a schema of a later release can be replayed once the signer is upgraded.
${systemHelp}`,
)

command
  .command('list')
  .description('shows every dead letter with its reason and where the command stood')
  .option('--json', 'one JSON object a line, for programs')
  .action(async ({ json }: { readonly json?: boolean }) => {
    const letters = (await (await runningSystem()).withLog(readAll)).map(deadLetterOf)
    if (json) {
      for (const letter of letters) say`${jsonWords(letter)}`
      return
    }
    if (letters.length === 0) say`there are no dead letters`
    const columns = columnsOf(process.stdout)
    for (const letter of letters) for (const line of letterLines(letter, columns)) say`${line}`
  })

command
  .command('replay')
  .description('writes dead letters to the topic of their commands again, byte for byte; the dead letters stay')
  .argument('[places...]', 'which ones, as the list names them: payout.commands.dlq/0@3')
  .option('--all', 'all of them')
  .option('--yes', 'does not ask')
  .action(async (places: string[], { all, yes }: ReplayOptions) => {
    if ((all === true) === places.length > 0)
      throw new UsageError('name the dead letters to replay (payout.commands.dlq/0@3), or --all')
    if (!yes && !process.stdin.isTTY) throw new UsageError('there is no terminal to ask on: say --yes')
    await (await runningSystem()).withLog(async (log) => {
      const letters = await readAll(log)
      const chosen = all
        ? letters.filter((letter) => !steppingOverOf(letter))
        : places.map((place) => choose(letters, place))
      if (chosen.length === 0) throw new CommandFailedError('there are no dead letters')
      const question = `Write ${chosen.length} commands to their topics again?`
      if (!yes && !(await isConfirmed(question))) throw new CommandFailedError('nothing was written')
      await replay(log, chosen, interruption())
    })
  })

command
  .command('step-over')
  .description(
    'lets a partition continue after a batch that nobody can decode. What the batch holds is never read, paid or answered',
  )
  .argument('<place>', 'where the batch begins, as the error names it: payout.commands/3@17')
  .requiredOption('--by <name>', 'your name')
  .requiredOption('--why <words>', 'why: what is known about the batch, and who was asked')
  .option('--yes', 'does not ask')
  .action(async (place: string, { by, why, yes }: SteppingOver & { readonly yes?: boolean }) => {
    if (by.trim() === '' || why.trim() === '') throw new UsageError('--by and --why must not be empty')
    const at = typedPlace(place)
    if (!yes && !process.stdin.isTTY) throw new UsageError('there is no terminal to ask on: say --yes')
    await (await runningSystem()).withLog(async (log) => {
      const error = await undecodableAt(log, at)
      const { firstOffset, lastOffset, reason, bytes } = error.batch
      const count = lastOffset - firstOffset + 1
      say`${place}: a batch of ${bytes.length} bytes, ${count} offsets (${firstOffset} to ${lastOffset}): ${reason}`
      const question = 'Step over it? The commands in it are not done, and no event reports them.'
      if (!yes && !(await isConfirmed(question))) throw new CommandFailedError('nothing was written')
      const record = stepOverRecord(error, { by, why }, await log.partitions(stepOverTopic(at.topic)))
      const guidance = () => [
        `stepping over it twice is harmless: where it was done already, the command says so. Type: ${shellCommand(
          'dead-letters',
          ['step-over', place],
          [
            ['--by', by],
            ['--why', why],
          ],
        )}`,
      ]
      const kept = await publishRecord(log, record, {
        what: 'the record that steps over it',
        guidance,
        signal: interruption(),
      })
      say`stepped over: the batch is kept as ${kept}; its partition goes on within seconds`
    })
  })

/**
 * At least three lines, none wider than `columns`: place, moment and reason have no room beside each other.
 */
function letterLines(letter: DeadLetter, columns: number): string[] {
  const { topic, partition, offset, at, from, bytes, code, explanation, steppedOver } = letter
  const reason = steppedOver ? `stepped over by ${steppedOver.by}: ${steppedOver.why}` : `${code}: ${explanation}`
  const about = [`since ${formatUtc(at)} UTC, command ${from}, ${bytes} bytes`, reason]
  const indented = about.flatMap((text) => wrapped(text, columns - 2)).map((line) => `  ${line}`)
  return [...wrapped(placeOf({ topic, partition, offset }), columns), ...indented]
}

/** @throws CommandFailedError where no batch begins there that nobody can decode, and nobody has stepped over */
async function undecodableAt(log: EventLog, at: Place<TopicName>): Promise<BatchUndecodableError> {
  const { topic, partition, offset } = at
  try {
    for await (const _ of log.read({ from: [{ topic, partition, at: { offset } }], until: 'end' })) break
  } catch (error) {
    if (!(error instanceof BatchUndecodableError)) throw error
    if (error.batch.firstOffset === offset) return error
    throw new CommandFailedError(`no batch begins there; the next one that can't be decoded: ${error.message}`)
  }
  throw new CommandFailedError(`what stands at ${placeOf(at)} can be decoded, or somebody has stepped over it already`)
}

async function readAll(log: EventLog): Promise<LogRecord[]> {
  const places = commandTopics
    .map(deadLetterTopic)
    .map(async (topic) =>
      (await log.offsets(topic)).map((_, partition) => ({ topic, partition, at: 'beginning' }) as const),
    )
  const from = (await Promise.all(places)).flat()
  const records: LogRecord[] = []
  for await (const record of log.read({ from, until: 'end' })) records.push(record)
  return records.sort((a, b) => a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset)
}

function choose(letters: readonly LogRecord[], place: string): LogRecord {
  const wanted = placeOf(typedPlace(place))
  const letter = letters.find((each) => placeOf(each) === wanted)
  if (!letter) throw new UsageError(`there is no dead letter ${place}; npm run dead-letters -- list shows them`)
  return letter
}

/** One after the other, so that commands under one key keep their order. */
async function replay(log: EventLog, letters: readonly LogRecord[], signal: AbortSignal): Promise<void> {
  await withPublisher(log, MAX_BYTES, async (publisher) => {
    for (const [index, letter] of letters.entries()) {
      const partitions = await beforeWriting(log.partitions(commandTopicOf(letter)))
      const record = replayOf(letter, (partitionBefore(letter) ?? letter.partition) % partitions)
      const what = `the command of ${placeOf(letter)}`
      const guidance = () => replayAgain(letters.slice(index).map(placeOf))
      const { offset } = await awaitWrite(publisher.append(record), { what, guidance, signal })
      say`${placeOf(letter)} is written again as ${placeOf({ ...record, offset })}`
    }
  })
}

/** A command keeps its id: it is processed once, however often it was written. */
function replayAgain(left: readonly string[]): string[] {
  return [
    `replaying it once more is safe: a command keeps its id, and nothing is paid or done twice under one. Type: ${shellCommand('dead-letters', ['replay', ...left], [])}`,
  ]
}

await runCommand(command)
