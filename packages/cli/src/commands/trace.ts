/** `npm run trace`: the whole story of one payout, one agreement, or one payout that came back. */
import { agreementId } from '@payout/mapi/values/agreement-id'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import { formatMoment, parseMoment } from '../arguments/moment.ts'
import { typedPlace } from '../arguments/place.ts'
import { runningSystem, systemHelp } from '../system/command-system.ts'
import { npmCommand, runCommand } from '../terminal/command-line.ts'
import { CommandFailedError, UsageError } from '../terminal/errors.ts'
import { interruption } from '../terminal/interruption.ts'
import { progress } from '../terminal/progress.ts'
import { jsonWords, linesOf, say, type Words, words } from '../terminal/speech.ts'
import type { RecordEntry } from '../trace/record-entry.ts'
import type { Titled } from '../trace/stories.ts'
import type { StoryEntry } from '../trace/story-entry.ts'

interface TraceOptions {
  readonly partner?: string
  readonly email?: string
  readonly since?: string
  readonly json?: boolean
}

const command = npmCommand(
  'trace',
  'Shows the whole story of a payout, of an agreement, or of a payout that came back: commands, signed requests, attempts, answers, notifies, events',
)
  .argument(
    '[id]',
    "upstream's id of the payout; the id of a command about an agreement, or of an agreement; a withdrawal serial; a batch number; a serial of ours or of Alipay's; the id of a notify or an event; or a record's place, gateway.notifies/3@17",
  )
  .option('--partner <alias>', 'whose it is; needed where several partners have one of this id')
  .option('--email <address>', 'in place of an id: the agreement of this user with the partner')
  .option(
    '--since <moment>',
    "looks no further back: 2026-11-21 11:20 (China's time) or 2026-11-21T03:20:00Z. Faster where the topics are long",
  )
  .option('--json', 'one JSON object a line, for programs')
  .addHelpText(
    'after',
    `
It shows names and accounts of payees and users, and what was said of them; no keys, no partner ids, no addresses of forms. Nothing is changed.
Where an id belongs to a payout and to an agreement, both stories are shown. A batch number shows the batch whole, a place its record whole and then the story\nit belongs to; these name all payees in them.
${systemHelp}`,
  )
  .action(trace)

async function trace(given: string | undefined, { partner, email, since, json }: TraceOptions): Promise<void> {
  const from = since === undefined ? undefined : parseMoment(since)
  if (given === undefined && email === undefined)
    throw new UsageError('give the id of what is to be traced, or --email')
  if (given !== undefined && email !== undefined) throw new UsageError('give an id or --email, not both')
  const isPlace = given?.includes('@') === true
  if (given !== undefined && isPlace) typedPlace(given)
  else if (given !== undefined && !isPayoutId(given))
    throw new UsageError(`"${given}" is no id (1 to 64 of A-Z a-z 0-9 . _ : -) and no place (topic/partition@offset)`)
  const signal = interruption()
  const system = await runningSystem()
  const id = given ?? agreementId(system.partnerNamed(partner), email ?? '')
  const { searchedFor, storiesAt, storiesOf } = await import('../trace/stories.ts')
  const shown = await progress()
  shown.step('reading the topics')
  const limits = { partner, since: from, signal }
  const stories = await system
    .withLog((log, codec) =>
      (isPlace ? storiesAt : storiesOf)(log, codec, id, { ...limits, aliases: system.aliases() }),
    )
    .finally(() => shown.stop())
  if (stories.length === 0) {
    const whose = partner ? ` of ${partner}` : ''
    const since = from === undefined ? '' : `; nothing from before ${formatMoment(from)} was looked at`
    throw new CommandFailedError(
      `nothing is known of ${id}${whose}. It was looked for, in all topics, as the id of ${searchedFor}${since}. A record is named by its place: topic/partition@offset`,
    )
  }
  if (json) {
    for (const entry of stories.flatMap(({ entries }) => entries)) say`${jsonWords(entry)}`
    return
  }
  say`${linesOf(stories.flatMap((story, index) => [...(index > 0 ? [words``] : []), storyWords(story)]))}`
}

function storyWords({ title, more, entries }: Titled): Words {
  return linesOf([words`${words`${title}`.styled('bold')}  ${more}\n`, ...entries.map(asWords)])
}

function asWords({ at, step, says, place }: StoryEntry | RecordEntry): Words {
  return linesOf([
    words`${formatMoment(at)}  ${words`${step}`.styled('bold')}  ${words`${place}`.styled('dim')}`,
    ...says.map((said) => words`    ${said}`),
  ])
}

await runCommand(command)
