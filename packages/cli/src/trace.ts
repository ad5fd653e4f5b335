/** `npm run trace`: the whole story of one payout. */
import { styleText } from 'node:util'
import { npmCommand, runCommand } from './command-line.ts'
import { CommandFailedError } from './errors.ts'
import { interruption } from './interruption.ts'
import { formatMoment, parseMoment } from './moment.ts'
import { progress } from './progress.ts'
import { RunningSystem, systemHelp } from './running-system.ts'
import type { StoryEntry } from './story-entry.ts'
import { findStory } from './story-search.ts'

interface TraceOptions {
  readonly partner?: string
  readonly since?: string
  readonly json?: boolean
}

const command = npmCommand(
  'trace',
  "Shows one payout's whole story: command, signed request, attempts, answer, notifies, events",
)
  .argument('<payout-id>', "upstream's id of the payout")
  .option('--partner <alias>', 'whose payout; needed where several partners have one of this id')
  .option(
    '--since <moment>',
    "looks no further back: 2026-11-21 11:20 (China's time) or 2026-11-21T03:20:00Z. Faster where the topics are long",
  )
  .option('--json', 'one JSON object a line, for programs')
  .addHelpText(
    'after',
    `
It shows the payee's name and account, and what was said of them; no keys and no partner ids. Nothing is changed.
${systemHelp}`,
  )
  .action(trace)

async function trace(payoutId: string, { partner, since, json }: TraceOptions): Promise<void> {
  const signal = interruption()
  const from = since === undefined ? undefined : parseMoment(since)
  const system = new RunningSystem()
  const aliases = system.aliases()
  const shown = progress()
  shown.step('reading the topics')
  const story = await system
    .withLog((log, codec) => findStory(log, codec, { payoutId, partner, aliases, since: from, signal }))
    .finally(() => shown.stop())
  if (story === undefined) {
    throw new CommandFailedError(`nothing is known of a payout ${payoutId}${partner ? ` of ${partner}` : ''}`)
  }
  if (json) {
    for (const entry of story.entries) process.stdout.write(`${JSON.stringify(entry)}\n`)
    return
  }
  const { subject, entries } = story
  process.stdout.write(`${styleText('bold', `${subject.partner}/${payoutId}`)}  serial at Alipay ${subject.serial}\n\n`)
  for (const entry of entries) process.stdout.write(`${asText(entry)}\n`)
}

function asText({ at, step, says, place }: StoryEntry): string {
  return [
    `${formatMoment(at)}  ${styleText('bold', step)}  ${styleText('dim', place)}`,
    ...says.map((said) => `    ${said}`),
  ].join('\n')
}

await runCommand(command)
