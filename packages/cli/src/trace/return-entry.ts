import { type Fen, formatYuan } from '@payout/mapi/values/fen'
import type { GatewayReturnRow } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import { formatMoment } from '../arguments/moment.ts'
import { eventKind, eventWords } from '../follow/event-words.ts'
import type { PartnerRecord } from './partner-record.ts'
import { describeForRequests } from './service-entry.ts'
import { type EntryText, evidenceWords } from './story-entry.ts'

/** Which payout that came back the story is of. */
export interface ReturnSubject {
  readonly partner: string
  /** Alipay's own serial of the withdrawal. */
  readonly withdrawalSerial: string
  /** Days of the files that hold it; YYYYMMDD. */
  readonly fileDates: ReadonlySet<string>
  /** The requests that brought these files. */
  readonly requestIds: ReadonlySet<string>
  /** Where its rows stand, as `rowPlace` says. */
  readonly rowPlaces: ReadonlySet<string>
}

/**
 * What a record says about a payout that came back, or about a file that holds it; undefined where it is about others
 * only.
 */
export function describeForReturn(named: PartnerRecord, subject: ReturnSubject): EntryText | undefined {
  if (named.value.partner !== subject.partner) return undefined
  switch (named.name) {
    case 'payout.ReturnFileRequested':
      if (!subject.fileDates.has(named.value.date)) return undefined
      return { step: 'command', says: [`fetch the return file of ${named.value.date}`] }
    case 'gateway.GatewayReturnFileCommand': {
      const { fileDate, source } = named.value
      if (!subject.fileDates.has(fileDate)) return undefined
      return { step: 'checked command', says: [`fetch the return file of ${fileDate} (${placeOf(source)})`] }
    }
    case 'gateway.GatewayReturnRows': {
      const { rows, batchNo, fileDate, fileHash } = named.value
      const row = rows.find(({ withdrawalSerial }) => withdrawalSerial === subject.withdrawalSerial)
      if (row === undefined) return undefined
      return {
        step: 'return file',
        says: [returnFileWords(fileDate, fileHash), `batch ${batchNo}, ${returnRowWords(row)}`],
      }
    }
    case 'payout.PayoutReturned':
      if (named.value.withdrawalSerial !== subject.withdrawalSerial) return undefined
      return { step: `event ${eventKind(named.name)}`, says: [eventWords(named), evidenceWords(named.value)] }
    case 'payout.PayoutMismatched':
      if (!subject.rowPlaces.has(rowPlace(named.value.evidence.source))) return undefined
      return { step: `event ${eventKind(named.name)}`, says: [eventWords(named), evidenceWords(named.value)] }
    case 'payout.PayoutReturnFileRead':
    case 'payout.PayoutReturnFileFailed':
      if (!subject.fileDates.has(named.value.fileDate)) return undefined
      return { step: `event ${eventKind(named.name)}`, says: [eventWords(named), evidenceWords(named.value)] }
    default:
      return describeForRequests(named, subject.requestIds)
  }
}

/** Where a row stands: the record, and which of its rows it is, from 0. */
export function rowPlace(place: Parameters<typeof placeOf>[0] & { readonly line: number }): string {
  return `${placeOf(place)}#${place.line}`
}

/** Which file it is. */
export function returnFileWords(fileDate: string, fileHash: string): string {
  return `file of ${fileDate}, kept as ${fileHash}`
}

/** What a row of a return file says. */
export function returnRowWords(row: GatewayReturnRow): string {
  const { serial, payeeName, payeeAccount, bank, amountFen, withdrawalSerial, returnedAt, reason } = row
  const paid = `serial ${serial}: ${formatYuan(amountFen as Fen)} yuan to ${payeeName} (${bank}, ${payeeAccount})`
  return `${paid} came back at ${formatMoment(returnedAt)}: ${reason}; withdrawal ${withdrawalSerial}`
}
