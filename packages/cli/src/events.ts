/** `npm run events`: follows what becomes of payouts, agreements and return files. */
import { isAgreementId } from '@payout/mapi/agreement-id'
import { npmCommand, runCommand } from './command-line.ts'
import { runningSystem, systemHelp } from './command-system.ts'
import { SystemGoneError, UsageError } from './errors.ts'
import { type EventTopic, eventPlaces, eventStream, eventTopics, type ReadEvent } from './event-stream.ts'
import { eventKind, eventSubject, eventWords } from './event-words.ts'
import { Idle } from './idle.ts'
import { interruption } from './interruption.ts'
import { formatTimeOfDay } from './moment.ts'
import { seconds, wholeNumber } from './number-option.ts'
import { placeOf } from './place.ts'
import { jsonWords, say, sayAside, type Words, words } from './speech.ts'

interface EventsOptions {
  readonly json?: boolean
  readonly fromStart?: boolean
  readonly count?: number
  readonly idle?: number
  readonly payout?: string
  readonly agreement?: string
}

const command = npmCommand(
  'events',
  'Follows the events of payouts, agreements and return files: what became of each, as it happens. Ctrl-C ends it',
)
  .option('--json', 'one JSON object a line, with all fields, for programs')
  .option('--from-start', 'begins with the first event there ever was; otherwise with what comes from now on')
  .option('--count <n>', 'ends after so many events', wholeNumber(1))
  .option('--idle <seconds>', 'ends when nothing has come for so long', seconds)
  .option('--payout <id>', 'shows the events of one payout only')
  .option('--agreement <id>', 'shows the events of one agreement only, by the id that its events carry')
  .addHelpText(
    'after',
    `
Succeeded and failed are outcomes: a payout gets exactly one. Accepted, unresolved, overdue, mismatched, refused and resubmitted are reports.
Returned comes after succeeded: the bank sent the money back. A command about an agreement ends in one of signed, not signed, unsigned, failed and refused;
a cancelling that nobody can tell about, in on hold with UNSIGN_UNKNOWN. Events of one payout, agreement or file come in their order, those of different ones in any. Times are UTC.

Examples:
  npm run events -- --from-start --idle 2
  npm run --silent events -- --json --from-start --idle 2 | jq 'select(.type == "payout.failed")'
${systemHelp}`,
  )
  .action(events)

async function events(options: EventsOptions): Promise<void> {
  if (options.payout !== undefined && options.agreement !== undefined)
    throw new UsageError('--payout and --agreement: name one of them')
  if (options.agreement !== undefined && !isAgreementId(options.agreement))
    throw new UsageError(
      `--agreement "${options.agreement}" is no agreement's id, 24 of 0-9 a-z; by a command's id or an e-mail address: npm run trace`,
    )
  const system = await runningSystem()
  const stop = system.whileUp(interruption())
  await system.withLog(async (log, codec) => {
    const idle = new Idle(options.idle)
    const signal = AbortSignal.any([stop, idle.signal])
    const at = options.fromStart ? 'beginning' : 'now'
    const from = await eventPlaces(log, at, topicsOf(options))
    if (!options.json && at === 'now') sayAside`following from now on; Ctrl-C ends it`
    let shown = 0
    try {
      for await (const read of eventStream(log, codec, { from, until: 'follow', signal })) {
        idle.touch()
        if (!isWanted(read, options)) continue
        say`${options.json ? asJson(read) : asWords(read)}`
        shown += 1
        if (shown === options.count) break
      }
    } finally {
      idle.stop()
    }
  })
  if (stop.reason instanceof SystemGoneError) throw stop.reason
}

function topicsOf({ payout, agreement }: EventsOptions): readonly EventTopic[] {
  if (payout !== undefined) return ['payout.events']
  return agreement !== undefined ? ['agreement.events'] : eventTopics
}

function isWanted({ event: { value } }: ReadEvent, { payout, agreement }: EventsOptions): boolean {
  if (payout !== undefined) return 'payoutId' in value && value.payoutId === payout
  return agreement === undefined || ('agreementId' in value && value.agreementId === agreement)
}

/** What there is to be glad of, and what somebody should look at; the rest has no colour. */
const COLOURS: Readonly<Record<string, 'green' | 'red' | 'none'>> = {
  succeeded: 'green',
  signed: 'green',
  unsigned: 'green',
  failed: 'red',
  'file failed': 'red',
  accepted: 'none',
  'form ready': 'none',
  'file read': 'none',
}

/** `03:20:31.123  succeeded   shop/po-1  12.34 yuan paid` */
function asWords({ event, record }: ReadEvent): Words {
  const kind = eventKind(event.name).replace(/^return /, '')
  const colour = COLOURS[kind] ?? 'yellow'
  const word = colour === 'none' ? kind.padEnd(11) : words`${kind.padEnd(11)}`.styled(colour)
  return words`${formatTimeOfDay(record.timestamp)}  ${word} ${eventSubject(event)}  ${eventWords(event)}`
}

function asJson({ event, record }: ReadEvent): Words {
  const { topic, partition, offset, timestamp, headers } = record
  return jsonWords({
    type: headers.ce_type,
    ...event.value,
    place: placeOf({ topic, partition, offset }),
    timestamp,
  })
}

await runCommand(command)
