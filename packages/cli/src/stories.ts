import type { EventLog } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import { findAgreement } from './agreement-search.ts'
import { findReturn } from './return-search.ts'
import type { StoryEntry } from './story-entry.ts'
import { findStory, type Search } from './story-search.ts'

/** A story with what it is of. */
export interface Titled {
  readonly title: string
  readonly more: string
  readonly entries: readonly StoryEntry[]
}

type Limits = Omit<Search, 'payoutId' | 'isQuick'>

/** Everything that has this id. What can only be found by reading all lanes is looked for last, and only where nothing else was found. */
export async function storiesOf(log: EventLog, codec: Codec, id: string, limits: Limits): Promise<Titled[]> {
  const agreement = await findAgreement(log, codec, { ...limits, id })
  const payout = await findStory(log, codec, { ...limits, payoutId: id, isQuick: agreement !== undefined })
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
  return returned ? [{ title: `${returned.subject.partner}/${id}`, more: 'withdrawal', entries: returned.entries }] : []
}
