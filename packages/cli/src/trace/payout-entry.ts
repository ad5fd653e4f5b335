import { notifyFields } from '@payout/mapi/notify/fields'
import { type NotifyLine, notifyDetails } from '@payout/mapi/notify/notify-details'
import { escapeAccount } from '@payout/mapi/values/account'
import { type Fen, formatYuan } from '@payout/mapi/values/fen'
import { charsetNamed } from '@payout/mapi/wire/charset'
import type {
  GatewayAnswer,
  GatewayNotify,
  GatewayRequestLine,
  PayoutPayoutLine,
} from '@payout/schemas/generated/records'
import { formatMoment } from '../arguments/moment.ts'
import { eventKind, eventWords } from '../follow/event-words.ts'
import type { PartnerRecord } from './partner-record.ts'
import { returnFileWords, returnRowWords } from './return-entry.ts'
import { answerTimesWords, describeAttempt, type EntryText, evidenceWords } from './story-entry.ts'

/** Whose story is told. */
export interface PayoutSubject {
  readonly partner: string
  readonly payoutId: string
  /** The line's serial at Alipay. */
  readonly serial: string
}

/**
 * What a record says about a payout; undefined where it is about others only. Other payees of the batch are left out.
 */
export function describeForPayout(named: PartnerRecord, subject: PayoutSubject): EntryText | undefined {
  if (named.value.partner !== subject.partner) return undefined
  switch (named.name) {
    case 'payout.PayoutRequested':
      return named.value.payoutId === subject.payoutId
        ? { step: 'command', says: paymentSentences(named.value) }
        : undefined
    case 'payout.PayoutBatchRequested':
      return describeBatchCommand(named.value.lines, subject)
    case 'payout.PayoutDecided':
    case 'gateway.GatewayDecision': {
      const { payoutId, decision, batchNo, decidedBy, reason, lookedAt, lookedWhere, alipaySaid } = named.value
      if (payoutId !== subject.payoutId) return undefined
      return {
        step: named.name === 'payout.PayoutDecided' ? 'command to decide' : 'decision',
        says: [
          `${decision}, by ${decidedBy}: ${reason}`,
          `looked up batch ${batchNo} ${lookedWhere} at ${formatMoment(lookedAt)}; Alipay said: ${alipaySaid}`,
        ],
      }
    }
    case 'gateway.GatewayRequest': {
      const { lines, batchNo, signing, payDate, charset, resubmission, signedAt } = named.value
      const place = lineOf(lines, subject)
      if (place === undefined) return undefined
      const again = resubmission ? '; a person asked for this second batch' : ''
      return {
        step: 'signed request',
        says: [
          `batch ${batchNo}, line ${place.number} of ${lines.length}, serial ${place.line.serial}${again}`,
          `signing ${signing}, pay date ${payDate}, ${charset}, signed at ${formatMoment(signedAt)}`,
        ],
      }
    }
    case 'gateway.GatewayToSign': {
      const { lines, batchNo, signing, notBefore, reason } = named.value
      if (lineOf(lines, subject) === undefined) return undefined
      const why = reason === 'again' ? 'a person decided so' : 'its pay date passed before any attempt'
      return { step: 'to be signed', says: [`batch ${batchNo}, signing ${signing}, not before ${notBefore}: ${why}`] }
    }
    case 'gateway.GatewayNotSigned': {
      const { lines, batchNo, signing } = named.value
      const line = lines.find(({ payoutId }) => payoutId === subject.payoutId)
      if (line === undefined) return undefined
      return { step: 'not signed', says: [`batch ${batchNo}, signing ${signing}: ${line.code}: ${line.explanation}`] }
    }
    case 'gateway.GatewayAttempt':
      return describeAttempt(`batch ${named.value.batchNo}`, named.value)
    case 'gateway.GatewayAnswer':
      return { step: 'answer', says: answerSentences(named.value) }
    case 'gateway.GatewayNotify':
      return { step: 'notify', says: notifySentences(named.value, subject.serial) }
    case 'gateway.GatewayTimer':
      return {
        step: 'due',
        says: [`batch ${named.value.batchNo}: the outcome was due at ${formatMoment(named.value.dueAt)}`],
      }
    case 'payout.PayoutAccepted':
    case 'payout.PayoutSucceeded':
    case 'payout.PayoutFailed':
    case 'payout.PayoutRefused':
    case 'payout.PayoutUnresolved':
    case 'payout.PayoutOverdue':
    case 'payout.PayoutMismatched':
    case 'payout.PayoutResubmitted':
    case 'payout.PayoutReturned':
      if (named.value.payoutId !== subject.payoutId) return undefined
      return { step: `event ${eventKind(named.name)}`, says: [eventWords(named), evidenceWords(named.value)] }
    case 'gateway.GatewayReturnRows': {
      const { rows, fileDate, fileHash } = named.value
      const says = rows.filter(({ serial }) => serial === subject.serial).map((row) => returnRowWords(row))
      return says.length === 0
        ? undefined
        : { step: 'return file', says: [returnFileWords(fileDate, fileHash), ...says] }
    }
    default:
      return undefined
  }
}

/** Who is to be paid how much. */
export function paymentSentences({
  amountFen,
  payeeName,
  payeeAccount,
  memo,
}: Omit<PayoutPayoutLine, 'payoutId'>): string[] {
  return [
    `pay ${formatYuan(amountFen as Fen)} yuan to ${payeeName} (${escapeAccount(payeeAccount)})${memo === '' ? '' : `, memo "${memo}"`}`,
  ]
}

function describeBatchCommand(lines: readonly PayoutPayoutLine[], { payoutId }: PayoutSubject): EntryText | undefined {
  const says = lines.flatMap((line, index) =>
    line.payoutId === payoutId ? [`line ${index + 1} of a batch of ${lines.length}`, ...paymentSentences(line)] : [],
  )
  return says.length === 0 ? undefined : { step: 'command', says }
}

function lineOf(lines: readonly GatewayRequestLine[], { payoutId }: PayoutSubject) {
  const index = lines.findIndex((line) => line.payoutId === payoutId)
  const line = lines[index]
  return line && { line, number: index + 1 }
}

function answerSentences(answer: GatewayAnswer): string[] {
  const { attempt, outcome, code } = answer
  const said = {
    accepted: 'the gateway took the batch (this is no payment yet)',
    refused: `the gateway refused the batch: ${code ?? 'no code'}`,
    unknown: `nobody knows whether the gateway took the batch: ${code ?? 'no code'}`,
  }
  return [`attempt ${attempt}: ${said[outcome]}`, answerTimesWords(answer, 'batch number')]
}

function notifySentences(notify: GatewayNotify, serial: string): string[] {
  const head = notifyWords(notify)
  const lines = notifyLines(notify)
  if (lines === undefined) return [head, 'its details could not be read']
  const ours = lines.flatMap((line) => {
    if (!line.ok) return line.serial === serial ? [`the line of this payout could not be read (${line.why})`] : []
    if (line.line.serial !== serial) return []
    return reportedWords(line.line)
  })
  return [head, ...(ours.length > 0 ? ours : [`none of its ${lines.length} lines names this payout`])]
}

/** Which notify it is. */
export function notifyWords({ notifyId, receivedAt }: Pick<GatewayNotify, 'notifyId' | 'receivedAt'>): string {
  return `notify ${notifyId}, received at ${formatMoment(receivedAt)}`
}

/** What a line of a notify says. */
export function reportedWords({
  account,
  name,
  result,
  amount,
  reason,
  alipaySerial,
  completedAt,
}: NotifyLine): string[] {
  const said = result === 'S' ? 'paid' : `not paid: ${reason ?? 'no reason given'}`
  return [
    `${result}: ${formatYuan(amount)} yuan to ${name} (${escapeAccount(account)}) ${said}`,
    `Alipay's serial ${alipaySerial}, completed at ${formatMoment(completedAt)}`,
  ]
}

/** The lines of a notify; undefined where its details can't be read at all. */
export function notifyLines({ body, charset }: Pick<GatewayNotify, 'body' | 'charset'>) {
  try {
    return notifyDetails(notifyFields(body), charsetNamed(charset) ?? 'utf-8')
  } catch {
    return undefined
  }
}
