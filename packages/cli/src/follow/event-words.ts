import { type Fen, formatYuan } from '@payout/mapi/values/fen'
import type { AgreementEvent, DomainEvent, ReturnFileEvent } from '@payout/runtime/record/domain-event'
import { eventType } from '@payout/schemas/cloud-event'
import type { PayoutMismatched, PayoutOverdue } from '@payout/schemas/generated/records'

/** The event's kind in a word or two: `succeeded`, `form ready`, `return file read`. */
export function eventKind(name: DomainEvent['name']): string {
  return eventType(name)
    .replace(/^\w+\./, '')
    .replaceAll('_', ' ')
}

/** What the event is about: `shop/po-1`, `shop/agreement/3kx…`, `shop/return-file/20101218`. */
export function eventSubject({ value }: DomainEvent): string {
  const { partner } = value
  if ('agreementId' in value) return `${partner}/agreement/${value.agreementId ?? 'unknown'}`
  if (!('payoutId' in value)) return `${partner}/return-file/${value.fileDate}`
  if (value.payoutId !== null) return `${partner}/${value.payoutId}`
  return 'withdrawalSerial' in value ? `${partner}/return/${value.withdrawalSerial}` : `${partner}/unknown`
}

/** What an event says, in a sentence for a person. No names and no accounts: events carry none. */
export function eventWords(event: DomainEvent): string {
  return `${ownWords(event)}${standingWords(event)}`
}

/** What stands against a payout beside what its event says; a mismatch tells of itself. */
function standingWords({ name, value }: DomainEvent): string {
  const standing = 'standing' in value && name !== 'payout.PayoutMismatched' ? value.standing : null
  if (!standing) return ''
  const mismatches =
    standing.mismatches.length === 0 ? '' : `; what contradicts still stands: ${standing.mismatches.join(', ')}`
  return `${mismatches}${standing.returned && name !== 'payout.PayoutReturned' ? '; a bank has sent it back' : ''}`
}

function ownWords(event: DomainEvent): string {
  switch (event.name) {
    case 'payout.PayoutAccepted':
      return `${yuan(event.value.amountFen)}: the gateway took it in batch ${event.value.batchNo}; no outcome yet`
    case 'payout.PayoutSucceeded':
      return `${yuan(event.value.amountFen)} paid${event.value.alipaySerial ? `; Alipay's serial ${event.value.alipaySerial}` : '; a person decided'}`
    case 'payout.PayoutFailed':
      return `not paid: ${reasonWords(event.value)}${event.value.batchNo ? '' : '; nothing was sent'}`
    case 'payout.PayoutRefused':
      return `a command was refused: ${reasonWords(event.value)}; the payout that holds the id is untouched`
    case 'payout.PayoutUnresolved':
      return `nobody knows yet: ${reasonWords(event.value)}`
    case 'payout.PayoutOverdue':
      return overdueWords(event.value)
    case 'payout.PayoutMismatched':
      return mismatchWords(event.value)
    case 'payout.PayoutReturned':
      return `${yuan(event.value.amountFen)} came back from the bank: ${event.value.reason}; withdrawal ${event.value.withdrawalSerial}, serial ${event.value.serial} of ${event.value.batchNo}`
    case 'payout.PayoutResubmitted':
      return `sent again in batch ${event.value.batchNo}, decided by ${event.value.decidedBy}: ${event.value.reason}`
    case 'payout.PayoutReturnFileRead':
    case 'payout.PayoutReturnFileFailed':
      return returnFileWords(event)
    case 'agreement.AgreementFormReady':
    case 'agreement.AgreementSigned':
    case 'agreement.AgreementNotSigned':
    case 'agreement.AgreementUnsigned':
    case 'agreement.AgreementFailed':
    case 'agreement.AgreementRefused':
    case 'agreement.AgreementOnHold':
      return `${agreementWords(event)} (command ${event.value.commandId})`
  }
}

function overdueWords({ dueAt, reason, explanation }: PayoutOverdue): string {
  const why = reason === null ? '' : `: ${reasonWords({ reason, explanation: explanation ?? '' })}`
  return `no outcome came by ${new Date(dueAt).toISOString()}${why}`
}

/** What contradicts, and what whoever has to act looks up at Alipay. */
function mismatchWords(value: PayoutMismatched): string {
  const { mismatch, expected, reported, payoutId, batchNo, serial, moneyMoved, amountFen, alipaySerial } = value
  const money =
    moneyMoved === null
      ? 'nobody knows whether money moved'
      : `they say that ${moneyMoved ? 'money moved' : 'no money moved'}`
  const amount = amountFen === null ? '' : `: ${yuan(amountFen)}`
  const theirSerial = alipaySerial === null ? '' : `, Alipay's serial ${alipaySerial}`
  const line = payoutId === null ? `; batch ${batchNo ?? 'unknown'}, serial ${serial ?? 'unknown'}` : ''
  return `evidence contradicts: ${mismatch}; ours: ${expected ?? 'nothing'}; theirs: ${reported ?? 'nothing'}; ${money}${amount}${theirSerial}${line}`
}

function returnFileWords(event: ReturnFileEvent): string {
  if (event.name === 'payout.PayoutReturnFileRead') {
    const { rows, totalFen, fileHash, setAside, problemCount } = event.value
    const aside = setAside === 0 ? '' : `; ${setAside} more set aside: look at them in the file`
    const odd =
      problemCount === 0 ? '' : `; ${problemCount} ${problemCount === 1 ? 'remark' : 'remarks'} about its rows`
    return `${rows} ${rows === 1 ? 'row' : 'rows'}, ${yuan(totalFen)}${aside}${odd}; kept as ${fileHash}`
  }
  const { problemCount, againAt, fileHash } = event.value
  const problems = problemCount === 0 ? '' : `; ${problemCount} ${problemCount === 1 ? 'problem' : 'problems'} in it`
  const kept = fileHash === null ? '' : `; kept as ${fileHash}`
  const next = againAt === null ? '' : `; it is tried again at ${new Date(againAt).toISOString()}`
  return `not taken: ${reasonWords(event.value)}${problems}${kept}${next}`
}

function agreementWords(event: AgreementEvent): string {
  switch (event.name) {
    case 'agreement.AgreementFormReady':
      return `the user signs by ${event.value.url}, shown once, until ${new Date(event.value.expiresAt).toISOString()}`
    case 'agreement.AgreementSigned':
      return `Alipay says that it is signed, ${flags(event.value)}`
    case 'agreement.AgreementNotSigned':
      return `Alipay says that it is not signed, ${flags(event.value)}: ${reasonWords(event.value)}`
    case 'agreement.AgreementUnsigned':
      return 'it is cancelled'
    case 'agreement.AgreementFailed':
      return `not done: ${reasonWords(event.value)}`
    case 'agreement.AgreementRefused':
      return `the command was refused: ${reasonWords(event.value)}; nothing changed`
    case 'agreement.AgreementOnHold':
      return `nobody knows how it stands: ${reasonWords(event.value)}`
  }
}

function flags({
  chargeAgent,
  refundCharge,
}: {
  readonly chargeAgent: boolean
  readonly refundCharge: boolean
}): string {
  return `automatic payment ${chargeAgent ? 'yes' : 'no'}, automatic refund ${refundCharge ? 'yes' : 'no'}`
}

function reasonWords({ reason, explanation }: { readonly reason: string; readonly explanation: string }): string {
  return explanation === '' || explanation === reason ? reason : `${reason} (${explanation})`
}

function yuan(amountFen: number): string {
  return `${formatYuan(amountFen as Fen)} yuan`
}
