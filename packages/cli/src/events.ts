/** `npm run events`: follows what becomes of payouts. */
import { styleText } from 'node:util'
import { npmCommand, runCommand } from './command-line.ts'
import { eventStream, type ReadEvent } from './event-stream.ts'
import { eventKind, eventWords, isOutcome } from './event-words.ts'
import { Idle } from './idle.ts'
import { interruption } from './interruption.ts'
import { formatTimeOfDay } from './moment.ts'
import { seconds, wholeNumber } from './number-option.ts'
import { RunningSystem, systemHelp } from './running-system.ts'
import { placeOf } from './story-entry.ts'

interface EventsOptions {
  readonly json?: boolean
  readonly fromStart?: boolean
  readonly count?: number
  readonly idle?: number
  readonly payout?: string
}

const command = npmCommand(
  'events',
  'Follows the events of payouts: what became of each, as it happens. Ctrl-C ends it',
)
  .option('--json', 'one JSON object a line, with all fields, for programs')
  .option('--from-start', 'begins with the first event there ever was; otherwise with what comes from now on')
  .option('--count <n>', 'ends after so many events', wholeNumber(1))
  .option('--idle <seconds>', 'ends when nothing has come for so long', seconds)
  .option('--payout <id>', 'shows the events of one payout only')
  .addHelpText(
    'after',
    `
Succeeded and failed are outcomes: a payout gets exactly one. Accepted, unresolved, overdue, mismatched, refused and resubmitted are reports.

Examples:
  npm run events -- --from-start --idle 2
  npm run --silent events -- --json --from-start --idle 2 | jq 'select(.type == "payout.failed")'
${systemHelp}`,
  )
  .action(events)

async function events(options: EventsOptions): Promise<void> {
  const stop = interruption()
  await new RunningSystem().withLog(async (log, codec) => {
    const idle = new Idle(options.idle)
    const signal = AbortSignal.any([stop, idle.signal])
    const from = options.fromStart ? 'beginning' : 'now'
    if (!options.json) process.stderr.write(from === 'now' ? 'following from now on; Ctrl-C ends it\n' : '')
    let shown = 0
    try {
      for await (const read of eventStream(log, codec, { from, until: 'follow', signal })) {
        idle.touch()
        if (options.payout !== undefined && read.event.value.payoutId !== options.payout) continue
        process.stdout.write(`${options.json ? asJson(read) : asWords(read)}\n`)
        shown += 1
        if (shown === options.count) break
      }
    } finally {
      idle.stop()
    }
  })
}

/** `03:20:31.123  succeeded   shop/po-1  12.34 yuan paid` */
function asWords({ event, record }: ReadEvent): string {
  const kind = eventKind(event.name)
  const colour = isOutcome(event) ? (kind === 'succeeded' ? 'green' : 'red') : 'yellow'
  const subject = `${event.value.partner}/${event.value.payoutId ?? 'unknown'}`
  const word = kind === 'accepted' ? kind.padEnd(11) : styleText(colour, kind.padEnd(11))
  return `${formatTimeOfDay(record.timestamp)}  ${word} ${subject}  ${eventWords(event)}`
}

function asJson({ event, record }: ReadEvent): string {
  const { topic, partition, offset, timestamp, headers } = record
  return JSON.stringify({
    type: headers.ce_type,
    ...event.value,
    place: placeOf({ topic, partition, offset }),
    timestamp,
  })
}

await runCommand(command)
