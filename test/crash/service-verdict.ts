import type { Agreement } from '@payout/sandbox/alipay/agreement/agreements'
import type { EventWatch } from '../system/event-watch.ts'
import type { AgreementWalk } from './agreement-walk.ts'
import type { ReturnFileDay } from './return-file-days.ts'
import { repeatedEvents } from './verdict.ts'

type Events = Pick<EventWatch, 'seen' | 'agreements' | 'returnFiles'>

/** Events of agreements and return files that have not come yet; empty when all have come. */
export function missingEvents(
  events: Events,
  walks: readonly AgreementWalk[],
  days: readonly ReturnFileDay[],
): string[] {
  const ended = new Set(events.agreements.map(({ type, value }) => `${value.commandId} ${type}`))
  const read = new Set(events.returnFiles.map(({ type, value }) => `${value.partner}/${value.fileDate} ${type}`))
  return [
    ...walks.flatMap(({ signId, unsignId }) =>
      [`${signId} agreement.signed`, `${unsignId} agreement.unsigned`].filter((end) => !ended.has(end)),
    ),
    ...days.map(({ partner, date }) => `${partner}/${date} payout.return_file_read`).filter((end) => !read.has(end)),
  ]
}

/** Everything that is wrong with what became of agreements and return files; empty when the promise was kept. */
export function serviceFaults(
  events: Events,
  walks: readonly AgreementWalk[],
  days: readonly ReturnFileDay[],
  books: readonly Agreement[],
): string[] {
  return [
    ...missingEvents(events, walks, days).map((end) => `missing: ${end}`),
    ...walks.flatMap((walk) => agreementFaults(walk, events, books)),
    ...returnFaults(events, days),
    ...repeatedEvents([...events.agreements, ...events.returnFiles]),
  ]
}

/** Signed once and cancelled once, in the events and in the books. */
function agreementFaults(
  { partner, email, signId, unsignId }: AgreementWalk,
  events: Events,
  books: readonly Agreement[],
) {
  const said = events.agreements.filter(({ value }) => value.commandId === signId || value.commandId === unsignId)
  const story = said.map(({ type }) => type.replace('agreement.', '')).filter((type) => type !== 'form_ready')
  const expected = ['signed', 'unsigned']
  const faults =
    story.filter((type) => type !== 'on_hold').join() === expected.join() ? [] : [`${email}: ${story.join(', ')}`]
  // The signer writes form_ready, the reconciler all else: a form that is made again while the answer to a question
  // comes in may be reported late.
  const versions = said.flatMap(({ type, value }) =>
    type !== 'agreement.form_ready' && 'version' in value && value.version !== null ? [value.version] : [],
  )
  if (versions.some((version, n) => n > 0 && version <= (versions[n - 1] ?? 0)))
    faults.push(`the versions of ${email} are ${versions.join(', ')}`)
  const entry = books.find(({ alias, account }) => alias === partner && account === email)
  if (entry?.timesSigned !== 1 || entry.timesUnsigned !== 1 || entry.state !== 'unsigned')
    faults.push(
      `${email} was signed ${entry?.timesSigned} and cancelled ${entry?.timesUnsigned} times: ${entry?.state}`,
    )
  return faults
}

/** Each withdrawal serial came back once. */
function returnFaults({ seen }: Events, days: readonly ReturnFileDay[]): string[] {
  const counts = new Map(days.flatMap(({ rows }) => rows.map(({ withdrawalSerial }) => [withdrawalSerial, 0])))
  for (const event of seen) {
    if (event.name !== 'payout.PayoutReturned') continue
    const { withdrawalSerial } = event.value
    counts.set(withdrawalSerial, (counts.get(withdrawalSerial) ?? Number.NaN) + 1)
  }
  return [...counts].flatMap(([serial, count]) => (count === 1 ? [] : [`${serial} came back ${count} times`]))
}
