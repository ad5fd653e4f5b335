import type { EventLog } from '@payout/runtime/event-log/port'
import type { Codec, NamedRecord } from '@payout/schemas/codec'
import { UsageError } from '../terminal/errors.ts'
import { findAgreement } from './agreement-search.ts'
import { findNumber, findPlace } from './number-search.ts'
import { findPayout, type PayoutSearch } from './payout-search.ts'
import type { RecordEntry } from './record-entry.ts'
import { findReturn } from './return-search.ts'
import type { StoryEntry } from './story-entry.ts'

/** A story with what it is of. */
export interface Titled {
  readonly title: string
  readonly more: string
  readonly entries: readonly (StoryEntry | RecordEntry)[]
}

type Limits = Omit<PayoutSearch, 'payoutId' | 'isQuick'>

/** What an id may be, for whoever gave one that nobody knows. */
export const searchedFor =
  "a payout, an agreement, a command about one, a withdrawal, a batch number, a serial of ours or of Alipay's, and the id of a notify, a request or an event"

/**
 * Everything that has this id. What can only be found by reading all lanes is looked for last, and only where nothing
 * else was found.
 */
export async function storiesOf(log: EventLog, codec: Codec, id: string, limits: Limits): Promise<Titled[]> {
  const agreement = await findAgreement(log, codec, { ...limits, id })
  const payout = await findPayout(log, codec, { ...limits, payoutId: id, isQuick: agreement !== undefined })
  const stories: Titled[] = []
  if (payout) {
    const { subject, entries } = payout
    stories.push({ title: `${subject.partner}/${id}`, more: `serial at Alipay ${subject.serial}`, entries })
  }
  if (agreement) {
    const { subject, entries } = agreement
    const title = `${subject.partner}/${subject.agreementId ?? `command/${id}`}`
    stories.push({ title, more: subject.agreementId === null ? 'a command about no agreement' : 'agreement', entries })
  }
  if (stories.length > 0) return stories
  const returned = await findReturn(log, codec, { ...limits, withdrawalSerial: id })
  if (returned) return [{ title: `${returned.subject.partner}/${id}`, more: 'withdrawal', entries: returned.entries }]
  return numberStories(log, codec, id, limits)
}

/**
 * A number that is no id of upstream's: where it belongs to one payout, that payout's story; else the records that name
 * it.
 */
async function numberStories(log: EventLog, codec: Codec, id: string, limits: Limits): Promise<Titled[]> {
  const found = await findNumber(log, codec, { ...limits, id })
  if (!found) return []
  const { partner, what, payoutIds, entries } = found
  const [only] = payoutIds
  const title = `${partner}/${id}`
  if (what === 'serial' && payoutIds.length === 1 && only !== undefined) {
    const payout = await findPayout(log, codec, { ...limits, partner, payoutId: only })
    if (payout) return [{ title, more: `a serial of payout ${only}`, entries: payout.entries }]
  }
  const payouts = payoutIds.length === 0 ? 'no payout of ours' : `of payouts ${payoutIds.join(', ')}`
  return [{ title, more: `${what}, ${payouts}`, entries }]
}

/** The record at a place, and then the story that it belongs to, where that is one. */
export async function storiesAt(log: EventLog, codec: Codec, place: string, limits: Limits): Promise<Titled[]> {
  const { entry, named } = await findPlace(log, codec, place)
  const record: Titled = { title: place, more: 'a record by itself', entries: [entry] }
  if (named === undefined) return [record]
  const { value } = named
  const id = idOf(value)
  if (id === undefined) return [record]
  const stories = await storiesOf(log, codec, id, { ...limits, partner: value.partner }).catch((error: unknown) => {
    // An id that cannot be one, or is several people's: the record stands for itself.
    if (error instanceof UsageError) return []
    throw error
  })
  const isThis = (each: StoryEntry | RecordEntry) => each.place === entry.place
  return [record, ...stories.filter(({ entries }) => !(entries.length === 1 && entries.every(isThis)))]
}

/** What a record is about, by the id that tells most. */
function idOf(value: NamedRecord['value']): string | undefined {
  if ('payoutId' in value && value.payoutId !== null) return value.payoutId
  if ('lines' in value && value.lines.length === 1) return value.lines[0]?.payoutId
  if ('agreementId' in value && value.agreementId !== null) return value.agreementId
  if ('commandId' in value) return value.commandId
  if ('rows' in value && Array.isArray(value.rows) && value.rows.length === 1) return value.rows[0]?.withdrawalSerial
  if ('batchNo' in value && value.batchNo !== null) return value.batchNo
  return undefined
}
