import { serialOf } from '@payout/mapi/values/serial'
import type { LogRecord } from '@payout/runtime/event-log/port'
import type { Codec, NamedRecord } from '@payout/schemas/codec'
import type { GatewayRequestLine, GatewaySwitch } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import { formatMoment } from '../arguments/moment.ts'
import { isAgreementCommand } from '../write/agreement-command.ts'
import { describeForAgreement } from './agreement-entry.ts'
import { readRecord } from './partner-record.ts'
import { describeForPayout, notifyLines, notifyWords, paymentSentences, reportedWords } from './payout-entry.ts'
import { describeForReturn, returnFileWords, returnRowWords, rowPlace } from './return-entry.ts'
import type { EntryText } from './story-entry.ts'

/** A record by itself, with all that it says, whomever it is about: no keys, no partner ids, no address of a form. */
export interface RecordEntry extends EntryText {
  readonly at: number
  readonly place: string
  /** Null where this release can't read it. */
  readonly record: NamedRecord['name'] | null
}

/** Tells a record by itself. */
export function recordEntry(record: LogRecord, codec: Codec): RecordEntry {
  const named = readRecord(record, codec)
  const at = { at: record.timestamp, place: placeOf(record) }
  if (named === undefined) {
    const says =
      record.value === null
        ? 'it has no value: what stood under its key is forgotten'
        : `${record.value.length} bytes that are no record of this release`
    return { ...at, step: 'record', says: [says], record: null }
  }
  return { ...at, ...describeRecord(named, record), record: named.name }
}

function describeRecord(named: NamedRecord, record: LogRecord): EntryText {
  if (named.name === 'gateway.GatewaySwitch') return describeSwitch(named.value)
  const { name, value } = named
  const { partner } = value
  switch (name) {
    case 'payout.PayoutBatchRequested':
      return {
        step: 'command',
        says: [
          `a batch of ${value.lines.length} lines`,
          ...value.lines.flatMap((line, index) => [
            `line ${index + 1}, payout ${line.payoutId}: ${paymentSentences(line)}`,
          ]),
        ],
      }
    case 'gateway.GatewayRequest': {
      const { batchNo, signing, payDate, charset, lines } = value
      return {
        step: 'signed request',
        says: [
          `batch ${batchNo} of ${lines.length} lines, signing ${signing}, pay date ${payDate}, ${charset}`,
          ...lines.map(lineWords),
        ],
      }
    }
    case 'gateway.GatewayToSign': {
      const { batchNo, signing, notBefore, lines } = value
      return {
        step: 'to be signed',
        says: [
          `batch ${batchNo} of ${lines.length} lines, signing ${signing}, not before ${notBefore}`,
          ...lines.map(lineWords),
        ],
      }
    }
    case 'gateway.GatewayNotify': {
      const lines = notifyLines(value)
      const says = lines?.flatMap((line, index) => {
        const number = `line ${index + 1}`
        if (!line.ok) return [`${number}, ${line.list}, could not be read (${line.why}): ${line.raw}`]
        return [`${number}, serial ${line.line.serial}`, ...reportedWords(line.line)]
      })
      return {
        step: 'notify',
        says: [notifyWords(value), `batch ${value.batchNo}`, ...(says ?? ['its details could not be read'])],
      }
    }
    case 'gateway.GatewayReturnRows': {
      const { batchNo, fileDate, fileHash, rows } = value
      return {
        step: 'return file',
        says: [returnFileWords(fileDate, fileHash), ...rows.map((row) => `batch ${batchNo}, ${returnRowWords(row)}`)],
      }
    }
  }
  const payoutId = 'payoutId' in value ? value.payoutId : null
  const subject = { partner, payoutId: payoutId ?? '', serial: payoutId === null ? '' : serialOf(payoutId) }
  const requestIds = new Set(
    ['requestId' in value ? value.requestId : null, 'batchNo' in value ? value.batchNo : null].filter(
      (id) => id !== null,
    ),
  )
  const rowPlaces = new Set('evidence' in value ? [rowPlace(value.evidence.source)] : [])
  const fileDates = new Set('fileDate' in value ? [value.fileDate] : 'date' in value ? [value.date] : [])
  const withdrawalSerial = 'withdrawalSerial' in value ? value.withdrawalSerial : ''
  const agreementId = isAgreementCommand(named) || !('agreementId' in value) ? null : value.agreementId
  const commandIds = new Set('commandId' in value ? [value.commandId] : [])
  return (
    (payoutId === null ? undefined : describeForPayout(named, subject)) ??
    describeForReturn(named, { partner, withdrawalSerial, fileDates, requestIds, rowPlaces }) ??
    describeForPayout(named, subject) ??
    describeForAgreement(named, { partner, agreementId, commandIds, requestIds }) ?? {
      step: 'record',
      says: [`${name} of ${partner}, under the key ${record.key?.toString() ?? 'none'}`],
    }
  )
}

function describeSwitch({ scope, origin, state, at, by, why, until, cause }: GatewaySwitch): EntryText {
  const what = state === 'stopped' ? 'is stopped' : 'goes, for this origin'
  const says = [`${scope} ${what} (${origin}) since ${formatMoment(at)}, by ${by}: ${why}`]
  if (until !== null) says.push(`until ${formatMoment(until)}`)
  if (cause !== null) says.push(`the cause: ${cause.id} in ${cause.topic}/${cause.partition}`)
  return { step: 'switch', says }
}

function lineWords(
  line: Pick<GatewayRequestLine, 'payoutId' | 'serial' | 'amountFen' | 'payeeName' | 'payeeAccount' | 'memo'>,
  index: number,
): string {
  return `line ${index + 1}, payout ${line.payoutId}, serial ${line.serial}: ${paymentSentences(line)}`
}
