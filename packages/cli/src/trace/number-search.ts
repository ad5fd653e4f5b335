import { isBatchNo, laneOf } from '@payout/mapi/values/batch-no'
import type { Codec } from '@payout/schemas/codec'
import { placeOf } from '@payout/schemas/place'
import type { LaneTopic } from '@payout/schemas/topics'
import { typedPlace } from '../arguments/place.ts'
import { UsageError } from '../terminal/errors.ts'
import { type FoundRecord, FoundRecords, type ReadableLog, type SearchLimits } from './found-records.ts'
import type { PartnerRecord } from './partner-record.ts'
import { notifyLines } from './payout-entry.ts'
import { type RecordEntry, recordEntry } from './record-entry.ts'

/** What is looked for: a batch number, a serial, a serial of Alipay's, the id of a notify or a request. */
export interface NumberSearch extends SearchLimits {
  readonly id: string
  readonly partner?: string | undefined
}

/** Records that name a number. */
export interface NumberStory {
  readonly partner: string
  /** Which kind of number it is. */
  readonly what: string
  /** Payouts of ours that these records are about: one where the number is that payout's alone. */
  readonly payoutIds: readonly string[]
  /** Oldest first. */
  readonly entries: readonly RecordEntry[]
}

const BATCH_TOPICS: readonly LaneTopic[] = [
  'gateway.to-sign', 'gateway.requests', 'gateway.attempts', 'gateway.answers', 'gateway.notifies', 'gateway.commands', 'gateway.timers',
] // biome-ignore format: a list of words
/** These hold lines, each with a serial. */
const LINE_TOPICS: readonly LaneTopic[] = ['gateway.requests', 'gateway.notifies', 'gateway.answers']

/**
 * Finds what names a number. A batch number tells its lane and the key of its records; for a serial, and for the id of
 * a notify, all lanes are read.
 * @returns undefined where nothing names it
 * @throws UsageError where several partners have it and none is named
 */
export async function findNumber(
  log: ReadableLog,
  codec: Codec,
  search: NumberSearch,
): Promise<NumberStory | undefined> {
  const { id } = search
  const isPartners = ({ named }: FoundRecord) => search.partner === undefined || named.value.partner === search.partner
  const batch = new FoundRecords(log, codec, search)
  if (isBatchNo(id)) {
    const lane = laneOf(id, await log.partitions('gateway.requests'))
    for (const topic of BATCH_TOPICS)
      await batch.scan(topic, [lane], batch.begin, {
        mayBeWanted: ({ key }) => key?.toString().endsWith(`/${id}`) === true,
        isWanted: isPartners,
      })
    if (batch.all.length > 0) {
      await addEvents(batch, (each) => isPartners(each) && batchNosOf(each.named).includes(id))
      return storyOf(
        batch,
        codec,
        search,
        'batch number',
        payoutsOf(batch.all, () => true),
      )
    }
  }
  const lines = new FoundRecords(log, codec, search)
  for (const topic of LINE_TOPICS) {
    await lines.scan(topic, await lines.partitionsOf(topic), lines.begin, {
      isWanted: (each) => isPartners(each) && namesNumber(each.named, id),
    })
  }
  // Alipay's serial stands in the notify; whose line it is, in the request of the same batch.
  const named = serialsIn(lines.all, id)
  const keys = new Set(lines.all.flatMap(({ record }) => record.key?.toString() ?? []))
  await lines.scan('gateway.requests', [...new Set(lines.all.map(({ record }) => record.partition))], lines.begin, {
    mayBeWanted: ({ key }) => key !== null && keys.has(key.toString()),
    isWanted: ({ named: { name, value } }) =>
      name === 'gateway.GatewayRequest' && value.lines.some(({ serial }) => named.has(serial)),
  })
  const places = new Set(lines.all.map(({ record }) => placeOf(record)))
  await addEvents(
    lines,
    (each) =>
      isPartners(each) &&
      (eventNames(each.named, id) ||
        ('evidence' in each.named.value &&
          places.has(placeOf(each.named.value.evidence.source)) &&
          serialsIn(lines.all, id).has(serialIn(each.named.value) ?? ''))),
  )
  if (lines.all.length === 0) return undefined
  const serials = serialsIn(lines.all, id)
  return storyOf(
    lines,
    codec,
    search,
    'serial',
    payoutsOf(lines.all, (serial) => serials.has(serial)),
  )
}

/**
 * Finds the record that stands at a place, as errors, events and lists name it: `gateway.notifies/3@17`.
 * @throws UsageError where it is no place, or nothing stands there
 */
export async function findPlace(
  log: ReadableLog,
  codec: Codec,
  text: string,
): Promise<{ entry: RecordEntry; named: PartnerRecord | undefined }> {
  const { topic, partition, offset } = typedPlace(text)
  const partitions = await log.partitions(topic)
  if (partition >= partitions)
    throw new UsageError(`${topic} has ${partitions} partitions, from 0: there is no ${text}`)
  for await (const record of log.read({ from: [{ topic, partition, at: { offset } }], until: 'end' })) {
    if (record.offset !== offset) break
    const found = new FoundRecords(log, codec, {})
    await found.readPlaces([{ topic, partition, offset }], topic, { isWanted: () => true })
    return { entry: recordEntry(record, codec), named: found.all[0]?.named }
  }
  throw new UsageError(`nothing stands at ${text}: the topic does not reach so far, or no longer has it`)
}

async function addEvents(found: FoundRecords, isWanted: (each: FoundRecord) => boolean): Promise<void> {
  await found.scan('payout.events', await found.partitionsOf('payout.events'), found.begin, { isWanted })
}

function storyOf(
  found: FoundRecords,
  codec: Codec,
  { id }: NumberSearch,
  what: string,
  payoutIds: readonly string[],
): NumberStory {
  const partners = [...new Set(found.all.map(({ named }) => named.value.partner))].sort()
  const [partner = ''] = partners
  if (partners.length > 1)
    throw new UsageError(`several partners have a ${what} ${id}: name one with --partner (${partners.join(', ')})`)
  return { partner, what, payoutIds, entries: found.inOrder.map(({ record }) => recordEntry(record, codec)) }
}

function batchNosOf({ value }: PartnerRecord): (string | null)[] {
  return ['batchNo' in value ? value.batchNo : null, 'previousBatchNo' in value ? value.previousBatchNo : null]
}

/** Whether a line of the record has this serial, ours or Alipay's, or the record itself this id. */
function namesNumber(named: PartnerRecord, id: string): boolean {
  return (
    serialsOf(named, id).size > 0 ||
    ('notifyId' in named.value && named.value.notifyId === id) ||
    ('requestId' in named.value && named.value.requestId === id)
  )
}

/** The serials of the lines that have this number as their own serial, or as Alipay's. */
function serialsOf(named: PartnerRecord, id: string): Set<string> {
  const serials = new Set<string>()
  if (named.name === 'gateway.GatewayRequest')
    for (const { serial } of named.value.lines) if (serial === id) serials.add(serial)
  if (named.name === 'gateway.GatewayReturnRows')
    for (const { serial, withdrawalSerial } of named.value.rows)
      if (serial === id || withdrawalSerial === id) serials.add(serial)
  if (named.name === 'gateway.GatewayNotify')
    for (const line of notifyLines(named.value) ?? []) {
      const { serial, alipaySerial } = line.ok ? line.line : { serial: line.serial, alipaySerial: undefined }
      if (serial !== null && (serial === id || alipaySerial === id)) serials.add(serial)
    }
  return serials
}

function serialsIn(all: readonly FoundRecord[], id: string): Set<string> {
  return new Set(
    all.flatMap(({ named }) => [
      ...serialsOf(named, id),
      ...(eventNames(named, id) ? [serialIn(named.value) ?? id] : []),
    ]),
  )
}

function serialIn(value: PartnerRecord['value']): string | null {
  return 'serial' in value ? value.serial : null
}

function eventNames({ value }: PartnerRecord, id: string): boolean {
  if (!('eventId' in value)) return false
  const numbers = [
    value.eventId,
    serialIn(value),
    'alipaySerial' in value ? value.alipaySerial : null,
    'reported' in value ? value.reported : null,
    value.evidence.id,
  ]
  return numbers.includes(id)
}

function payoutsOf(all: readonly FoundRecord[], isWanted: (serial: string) => boolean): string[] {
  const ids = all.flatMap(({ named: { name, value } }) => {
    if (name === 'gateway.GatewayRequest')
      return value.lines.flatMap((line) => (isWanted(line.serial) ? [line.payoutId] : []))
    return 'eventId' in value &&
      'payoutId' in value &&
      value.payoutId !== null &&
      'serial' in value &&
      value.serial !== null &&
      isWanted(value.serial)
      ? [value.payoutId]
      : []
  })
  return [...new Set(ids)]
}
