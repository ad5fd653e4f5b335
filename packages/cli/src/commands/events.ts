/** `npm run events`: follows what becomes of payouts, agreements and return files. */

import { isAgreementId } from '@payout/mapi/values/agreement-id'
import { placeOf } from '@payout/schemas/place'
import { formatMoment, formatUtc, parseMoment } from '../arguments/moment.ts'
import { seconds, wholeNumber } from '../arguments/number-option.ts'
import { type EventTopic, eventPlaces, eventStream, eventTopics, type ReadEvent } from '../follow/event-stream.ts'
import { eventKind, eventSubject, eventWords } from '../follow/event-words.ts'
import { Idle } from '../follow/idle.ts'
import { runningSystem, systemHelp } from '../system/command-system.ts'
import { npmCommand, runCommand } from '../terminal/command-line.ts'
import { SystemGoneError, UsageError } from '../terminal/errors.ts'
import { interruption } from '../terminal/interruption.ts'
import { jsonWords, say, sayAside, type Words, words } from '../terminal/speech.ts'

interface EventsOptions {
  readonly json?: boolean
  readonly fromStart?: boolean
  readonly count?: number
  readonly idle?: number
  readonly payout?: string
  readonly agreement?: string
  readonly partner?: string
  readonly since?: string
}

const command = npmCommand(
  'events',
  'Follows the events of payouts, agreements and return files: what became of each, as it happens. Ctrl-C ends it',
)
  .option('--json', 'one JSON object a line, with all fields, for programs')
  .option('--from-start', 'begins with the first event in the topic; without it, with what comes from now on')
  .option(
    '--since <moment>',
    "begins with the events since then: 2026-11-21 11:20 (China's time) or 2026-11-21T03:20:00Z",
  )
  .option('--partner <alias>', 'shows the events of one partner only')
  .option('--count <n>', 'ends after so many events', wholeNumber(1))
  .option('--idle <seconds>', 'ends when nothing has come for so long', seconds)
  .option('--payout <id>', 'shows the events of one payout only')
  .option('--agreement <id>', 'shows the events of one agreement only, by the id that its events carry')
  .addHelpText(
    'after',
    `
Succeeded and failed are outcomes: a payout gets exactly one. Accepted, unresolved, overdue, mismatched, refused and resubmitted are reports.
Returned comes after succeeded: the bank sent the money back. A command about an agreement ends with one of signed, not signed, unsigned, failed and refused.
Where nobody knows whether a cancellation worked, it ends with on hold and UNSIGN_UNKNOWN.
The events of one payout, agreement or file come in their order; those of different ones come in any order. Days and times are UTC.
Where there was no event, standard error says so.

Examples:
  npm run events -- --from-start --idle 2
  npm run events -- --since '2026-11-21 11:20' --partner shop --idle 2
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
  if (options.fromStart && options.since !== undefined)
    throw new UsageError('--from-start and --since: name one of them')
  const since = options.since === undefined ? undefined : parseMoment(options.since)
  const at = options.fromStart ? 'beginning' : (since ?? 'now')
  const system = await runningSystem()
  warnOfPartner(options.partner, system.aliases())
  const stop = system.whileUp(interruption())
  let shown = 0
  await system.withLog(async (log, codec) => {
    const idle = new Idle(options.idle)
    const signal = AbortSignal.any([stop, idle.signal])
    try {
      const from = await eventPlaces(log, at, topicsOf(options))
      if (!options.json && at === 'now') sayAside`following from now on; Ctrl-C ends it`
      // What was there at the start takes the time that it takes.
      idle.touch()
      for await (const read of eventStream(log, codec, { from, until: 'follow', signal })) {
        idle.touch()
        if (!isWanted(read, options) || read.record.timestamp < (since ?? 0)) continue
        say`${options.json ? asJson(read) : asWords(read)}`
        shown += 1
        if (shown === options.count) break
      }
    } finally {
      idle.stop()
    }
  })
  if (shown === 0) sayAside`${nothingWords(options, since)}`
  if (stop.reason instanceof SystemGoneError) throw stop.reason
}

/** What was looked for, and that none of it was there. */
function nothingWords(
  { payout, agreement, partner, fromStart, idle }: EventsOptions,
  since: number | undefined,
): string {
  const what = payout ? ` of payout ${payout}` : agreement ? ` of agreement ${agreement}` : ''
  const whose = partner ? ` of partner ${partner}` : ''
  const when = fromStart ? '' : since === undefined ? ' from now on' : ` since ${formatMoment(since)}`
  const waited = idle === undefined ? '' : `; waited ${idle / 1000} s`
  const more = fromStart ? '' : '; what was there before: --from-start, or --since'
  return `there was no event${what}${whose}${when}${waited}${more}`
}

/** One who is in the file no more may have events still; a name that nobody ever had has none. */
function warnOfPartner(partner: string | undefined, aliases: readonly string[] | undefined): void {
  if (partner === undefined || aliases === undefined || aliases.includes(partner)) return
  sayAside`the partners file has no partner ${partner}; there are: ${aliases.join(', ')}`
}

function topicsOf({ payout, agreement }: EventsOptions): readonly EventTopic[] {
  if (payout !== undefined) return ['payout.events']
  return agreement !== undefined ? ['agreement.events'] : eventTopics
}

function isWanted({ event: { value } }: ReadEvent, { payout, agreement, partner }: EventsOptions): boolean {
  if (partner !== undefined && value.partner !== partner) return false
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

/** `2026-11-21 03:20:31.123  succeeded   shop/po-1  12.34 yuan paid` */
function asWords({ event, record }: ReadEvent): Words {
  const kind = eventKind(event.name).replace(/^return /, '')
  const colour = COLOURS[kind] ?? 'yellow'
  const word = colour === 'none' ? kind.padEnd(11) : words`${kind.padEnd(11)}`.styled(colour)
  return words`${formatUtc(record.timestamp)}  ${word} ${eventSubject(event)}  ${eventWords(event)}`
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
