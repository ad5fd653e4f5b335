import { userInfo } from 'node:os'
import type { Clock } from '@payout/runtime/clock'
import { LogUnavailableError } from '@payout/runtime/event-log/errors'
import type { EventLog, OutgoingRecord } from '@payout/runtime/event-log/port'
import { type StandingSwitch, SwitchBoard, switchPlace } from '@payout/runtime/switches/switch-board'
import { partnerScope, SWITCH_ORIGINS, SWITCHES, switchKey, switchRecord } from '@payout/runtime/switches/switch-record'
import type { Codec } from '@payout/schemas/codec'
import type { GatewaySwitch } from '@payout/schemas/generated/records'
import { formatMoment } from '../arguments/moment.ts'
import { CommandFailedError, UsageError } from '../terminal/errors.ts'
import { publishRecord } from './command-record.ts'

/** What is needed of the event log to read and throw switches. */
export type SwitchLog = Pick<EventLog, 'namespace' | 'publisher' | 'tail'>

/** Who throws a switch, and why. */
export interface SwitchReason {
  readonly by: string
  readonly why: string
}

/**
 * Who throws the switch and why. Without a name it is the user's name at the operating system.
 * @throws UsageError where one is empty
 */
export function switchReason({ by, why }: { readonly by?: string | undefined; readonly why: string }): SwitchReason {
  const reason = { by: (by ?? systemUser()).trim(), why: why.trim() }
  if (reason.by === '' || reason.why === '') throw new UsageError('--by and --why must not be empty')
  return reason
}

function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    throw new UsageError('the system has no name for who types this: say --by')
  }
}

/** How all switches stand now. @throws LogUnavailableError, TopicMissingError */
export async function readSwitches(log: Pick<EventLog, 'tail'>, codec: Codec): Promise<SwitchBoard> {
  const board = new SwitchBoard(codec)
  for (const record of await log.tail(SWITCHES).next()) board.take(record)
  return board
}

/**
 * A person stops a partner.
 * @returns where the record stands
 * @throws CommandFailedError where it is not known whether it was written
 */
export function stopPartner(
  log: SwitchLog,
  codec: Codec,
  alias: string,
  reason: SwitchReason,
  clock: Clock,
): Promise<string> {
  return write(log, codec, { ...switchFields(alias, reason, clock), origin: 'person', state: 'stopped' })
}

/**
 * A person lets a partner go on: takes every stop of it back that stands there now. One that comes later stays.
 * @returns the stops that were taken back; none where it was not stopped, and then nothing is written
 * @throws CommandFailedError where it is not known whether it was written, or where a stop is one that this release
 *   can't take back
 */
export async function letPartnerGo(
  log: SwitchLog,
  codec: Codec,
  alias: string,
  reason: SwitchReason,
  clock: Clock,
): Promise<readonly StandingSwitch[]> {
  const stops = (await readSwitches(log, codec)).stopsOf(alias, clock.now())
  const scope = partnerScope(alias)
  const chosen = stops.map((stop) => {
    const origin = SWITCH_ORIGINS.find((each) => switchKey({ scope, origin: each }) === stop.key)
    if (origin === undefined)
      throw new CommandFailedError(
        `${switchPlace(stop)} stops ${alias} in a way that this release does not know: take it back with the release that wrote it`,
      )
    return { stop, origin }
  })
  for (const { stop, origin } of chosen) {
    const goes = { ...switchFields(alias, reason, clock), origin, state: 'goes' } as const
    try {
      await write(log, codec, goes)
    } catch (error) {
      // The record may be written all the same, over a stop that nobody has taken back. Where that can't be found out
      // either, the error says where to look.
      await putBack(log, codec, stop, goes).catch(() => undefined)
      throw error
    }
    await putBack(log, codec, stop, goes)
  }
  return stops
}

/**
 * Writes a stop again that came after the one that was read, and that `goes` was written over: nobody has taken it
 * back.
 */
async function putBack(
  log: SwitchLog,
  codec: Codec,
  { key, offset }: StandingSwitch,
  goes: GatewaySwitch,
): Promise<void> {
  const record = switchRecord(goes, { namespace: log.namespace, service: 'cli', codec })
  const later = (await log.tail(SWITCHES).next())
    .filter((each) => each.key?.toString() === key && each.offset > offset)
    .toSorted((a, b) => a.offset - b.offset)
  const own = later.findLastIndex(({ value }) => value !== null && record.value?.equals(value))
  const between = later[own - 1]
  if (between === undefined || between.value === null || own < later.length - 1) return
  const standing = new SwitchBoard(codec).take(between)
  if (standing?.kind === 'readable' && standing.value.state === 'goes') return
  await publish(log, { topic: SWITCHES, partition: 0, key, value: between.value, headers: between.headers })
}

function switchFields(alias: string, { by, why }: SwitchReason, clock: Clock): Omit<GatewaySwitch, 'origin' | 'state'> {
  return { scope: partnerScope(alias), at: clock.now(), by, why, until: null, cause: null }
}

function write(log: SwitchLog, codec: Codec, value: GatewaySwitch): Promise<string> {
  return publish(log, switchRecord(value, { namespace: log.namespace, service: 'cli', codec }))
}

async function publish(log: SwitchLog, record: OutgoingRecord): Promise<string> {
  try {
    return await publishRecord(log, record)
  } catch (error) {
    if (!(error instanceof LogUnavailableError)) throw error
    throw new CommandFailedError(
      `nobody knows whether it was written (${error.message}): type the same again, which does no harm, and look with npm run partner -- status: a stop that came in the same moment may have to be set again`,
    )
  }
}

/** The columns of `statusRows`. */
export const STATUS_HEADS = ['partner', 'state', 'by', 'who', 'since', 'why', 'until', 'cause'].map((head) => ({
  head,
}))

/** How partners stand: a row for each stop in force, and one for each partner that goes. */
export function statusRows(board: SwitchBoard, aliases: readonly string[], now: number): string[][] {
  return aliases.flatMap((alias) => {
    const stops = board.stopsOf(alias, now).toSorted((a, b) => a.offset - b.offset)
    if (stops.length > 0) return stops.map((stop) => [alias, 'stopped', ...stopCells(stop)])
    return [[alias, 'goes', ...releaseCells(board, alias)]]
  })
}

/** Stops that are about no partner, or about something that this release does not know: they stop everything. */
export function everythingRows(board: SwitchBoard, now: number): string[][] {
  return board.stopsOfEverything(now).map((stop) => ['(everything)', 'stopped', ...stopCells(stop)])
}

function stopCells(stop: StandingSwitch): string[] {
  if (stop.kind === 'unreadable') return ['', '', '', `can't be read: ${stop.error.message}`, '', switchPlace(stop)]
  const { origin, by, at, why, until, cause } = stop.value
  const ends = until === null ? 'a person lets it go on' : formatMoment(until)
  return [
    origin,
    by,
    formatMoment(at),
    why,
    ends,
    cause === null ? '' : `${cause.topic}/${cause.partition} ${cause.id}`,
  ]
}

/** Who let it go on last, where somebody did. */
function releaseCells(board: SwitchBoard, alias: string): string[] {
  const said = SWITCH_ORIGINS.flatMap((origin) => board.find(partnerScope(alias), origin) ?? [])
  const last = said.toSorted((a, b) => b.at - a.at).find(({ state }) => state === 'goes')
  return last === undefined ? ['', '', '', '', '', ''] : ['', last.by, formatMoment(last.at), last.why, '', '']
}

/** A stop in a few words: `NOT_ENOUGH_AMOUNT (automatic, since …)`. */
export function stopWords(stop: StandingSwitch): string {
  if (stop.kind === 'unreadable') return `${switchPlace(stop)}, which can't be read`
  const { origin, by, at, why } = stop.value
  const said = origin === 'person' ? `${by}: ${why}` : `${why} (${origin})`
  return `${said}, since ${formatMoment(at)}`
}
