import { eventKind } from '@payout/cli/follow/event-words'
import { type DomainEvent, isAgreementEvent, isReturnFileEvent } from '@payout/runtime/record/domain-event'
import type { Agreement } from '@payout/sandbox/alipay/agreement/agreements'
import type { ReturnFileView } from '@payout/sandbox/alipay/return-file/return-files'
import type { SampleAgreement } from '../samples/sample-agreement.ts'
import type { SampleReturnFile } from '../samples/sample-return-file.ts'

/** What has to be said of an agreement that is signed and cancelled, each once, and by which command. */
const STORY = ['form ready', 'signed', 'unsigned'] as const

/**
 * Compares what was said of the sample's agreement with the other side's books: signed once and cancelled once, on both
 * sides, and nothing else.
 * @returns everything that is not as it must be, one sentence each
 */
export function auditAgreement(
  sample: SampleAgreement,
  events: readonly DomainEvent[],
  books: readonly Agreement[],
): string[] {
  const findings: string[] = []
  const said = unique(events).filter(isAgreementEvent)
  const story = said.map(({ name, value }) => `${value.commandId}: ${eventKind(name)}`)
  const due = STORY.map((kind) => `${(kind === 'unsigned' ? sample.unsign : sample.sign).value.commandId}: ${kind}`)
  if (story.join() !== due.join()) {
    findings.push(`the agreement must be told as ${due.join(', ')}, and is told as ${story.join(', ') || 'nothing'}`)
  }
  const [entry, ...others] = books.filter(({ timesSigned, timesUnsigned }) => timesSigned + timesUnsigned > 0)
  if (entry === undefined || entry.account !== sample.email || entry.alias !== sample.partner || others.length > 0) {
    findings.push(`the books hold ${books.length} agreements, and not the one that was signed`)
    return findings
  }
  const { timesSigned, timesUnsigned, state } = entry
  if (timesSigned !== 1 || timesUnsigned !== 1 || state !== 'unsigned') {
    const counted = `signed ${timesSigned} times, cancelled ${timesUnsigned} times, ${state}`
    findings.push(`the books say of the agreement: ${counted}; it was signed once and cancelled once`)
  }
  return findings
}

/**
 * Compares the rows of the return file, as the other side has it, with the events: each is reported once, as it stands
 * in the file, and none besides.
 * @returns everything that is not as it must be, one sentence each
 */
export function auditReturnFile(
  { date, partner, rows: sample }: SampleReturnFile,
  events: readonly DomainEvent[],
  books: readonly ReturnFileView[],
): string[] {
  const findings: string[] = []
  const theirs = books.find((file) => file.alias === partner && file.date === date)
  if (theirs === undefined || theirs.asked === 0) findings.push(`the books know nobody who fetched the file of ${date}`)
  const rows = theirs?.rows ?? sample
  const all = unique(events)
  const total = rows.reduce((sum, { amountFen }) => sum + amountFen, 0)
  const files = all.filter(isReturnFileEvent)
  const isRead = files.some(
    ({ name, value }) =>
      name === 'payout.PayoutReturnFileRead' &&
      value.partner === partner &&
      value.fileDate === date &&
      value.rows === rows.length &&
      value.totalFen === total,
  )
  if (!isRead || files.length !== 1) {
    const said = files.map(({ name }) => eventKind(name)).join(', ') || 'nothing'
    findings.push(`the return file of ${date} has ${rows.length} rows, ${total} fen, and of it is said: ${said}`)
  }
  const returned = all.flatMap((event) => (event.name === 'payout.PayoutReturned' ? [event.value] : []))
  for (const row of rows) {
    const reported = returned.filter(({ withdrawalSerial }) => withdrawalSerial === row.withdrawalSerial)
    const isRight = reported.every(
      (each) =>
        each.partner === partner &&
        each.batchNo === row.batchNo &&
        each.serial === row.serial &&
        each.amountFen === row.amountFen &&
        each.returnedAt === row.returnedAt &&
        each.reason === row.reason,
    )
    if (reported.length !== 1) findings.push(`withdrawal ${row.withdrawalSerial} was reported ${reported.length} times`)
    else if (!isRight) findings.push(`withdrawal ${row.withdrawalSerial} was reported other than it stands in the file`)
  }
  const known = new Set(rows.map(({ withdrawalSerial }) => withdrawalSerial))
  for (const { withdrawalSerial } of returned)
    if (!known.has(withdrawalSerial))
      findings.push(`withdrawal ${withdrawalSerial} was reported, and stands in no file`)
  return findings
}

/** The same event may be written again: it keeps its id. */
function unique(events: readonly DomainEvent[]): DomainEvent[] {
  return [...new Map(events.map((event) => [event.value.eventId, event])).values()]
}
