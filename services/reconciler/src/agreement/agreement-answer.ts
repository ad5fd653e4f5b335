import { agreementCode } from '@payout/mapi/answer/agreement-codes'
import { parseServiceAnswer } from '@payout/mapi/answer/service-answer'
import type {
  GatewayAgreementFlags,
  GatewayCoordinates,
  GatewayOpenOperation,
  GatewayServiceAnswer,
  GatewayServiceNotSigned,
} from '@payout/schemas/generated/records'
import { type AgreementCause, answerCause } from './agreement-event.ts'
import type { AgreementTurn } from './agreement-turn.ts'

/** Egress's word that no attempt was ever made. */
const NOT_SENT = 'NOT_SENT'

/** What a last word says. */
type LastWord =
  | { readonly kind: 'known'; readonly flags: GatewayAgreementFlags }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unknown'; readonly code: string }

/**
 * What the gateway's answer does. Only the last word on the request that is under way counts: before it egress sends
 * the identical request again, and after it nothing more comes; a copy of it finds nothing that waits (MAPI-18).
 */
export function takeAnswer(turn: AgreementTurn, answer: GatewayServiceAnswer, source: GatewayCoordinates): void {
  const { request, operations } = turn.state
  if (request?.requestId !== answer.requestId || !answer.final) return
  turn.change({ request: null })
  const cause = answerCause(answer, source)
  const waiting = operations.filter(({ nextAt }) => nextAt === null)
  const word = lastWordOf(answer)
  if (request.service === 'customer_unsign') {
    for (const operation of waiting) cancelled(turn, operation, word, answer.attempt, cause)
    return
  }
  if (word.kind === 'known') stands(turn, word.flags)
  else if (word.kind === 'refused') lift(turn, word.code)
  for (const operation of waiting) asked(turn, operation, word, cause)
}

/**
 * A form can't be signed: the command that waits for it ends. One that has another form meanwhile, or has ended, is not
 * touched.
 */
export function takeFormNotSigned(
  turn: AgreementTurn,
  { requestId, code, explanation, at }: GatewayServiceNotSigned,
  source: GatewayCoordinates,
): void {
  const operation = turn.state.operations.find(({ form }) => form?.requestId === requestId)
  if (!operation) return
  turn.end(
    operation,
    { kind: 'answer', id: `${requestId}/0`, source, occurredAt: at },
    {
      event: 'failed',
      reason: code,
      explanation: `no page could be made for the user, and nothing was sent: ${explanation}. Mend that, and send a new command`,
    },
  )
  turn.change({ status: operation.doubted ? 'on_hold' : 'unknown' })
}

function lastWordOf({ service, outcome, code, body, contentType }: GatewayServiceAnswer): LastWord {
  if (outcome === 'refused') return { kind: 'refused', code: code ?? 'NO_CODE' }
  if (outcome === 'unknown') return { kind: 'unknown', code: code ?? 'NO_CODE' }
  if (service === 'customer_unsign') return { kind: 'known', flags: { chargeAgent: false, refundCharge: false } }
  const answer = parseServiceAnswer('query_customer_protocol', body ?? Buffer.alloc(0), contentType ?? undefined)
  if (answer.kind !== 'accepted') return { kind: 'unknown', code: 'ANSWER_UNREADABLE' }
  const { chargeAgent, refundCharge } = answer
  return { kind: 'known', flags: { chargeAgent, refundCharge } }
}

/**
 * How the agreement stands, by Alipay's word: it is signed where automatic refund is agreed. Where a question came
 * after the one that is answered, "not signed" may be out of date already, and lifts no hold.
 */
function stands(turn: AgreementTurn, { refundCharge }: GatewayAgreementFlags): void {
  const { operations, cancelled } = turn.state
  if (refundCharge) turn.change({ status: 'signed', cancelled: false, unsignInDoubt: false })
  else if (operations.some(({ step, nextAt }) => step === 'ask' && nextAt !== null)) return
  else if (turn.open?.action === 'sign') turn.change({ status: 'form_ready', unsignInDoubt: false })
  else turn.change({ status: cancelled ? 'unsigned' : 'not_signed', unsignInDoubt: false })
}

/**
 * Where the contract has no such question, no answer will ever lift a hold. Only a cancelling in doubt stays on hold
 * all the same.
 */
function lift(turn: AgreementTurn, code: string): void {
  const { status, unsignInDoubt } = turn.state
  if (status === 'on_hold' && !unsignInDoubt && canNeverTell(code)) turn.change({ status: 'unknown' })
}

function canNeverTell(code: string): boolean {
  const action = agreementCode(code, 'query_customer_protocol')?.action
  return action === 'contract' || action === 'fix-request'
}

/** An answer to a question, for one of those that wait for it. */
function asked(turn: AgreementTurn, operation: GatewayOpenOperation, word: LastWord, cause: AgreementCause): void {
  const { action, commandId } = operation
  if (word.kind === 'unknown') {
    turn.changeOperation(commandId, { nextAt: turn.later(operation), lastCode: word.code })
  } else if (action === 'unsign') {
    doubtAnswered(turn, operation, word, cause)
  } else if (word.kind === 'refused') {
    const { code } = word
    const explanation = `Alipay refuses the question how the agreement stands, so nobody knows: ${inWords(code, 'query_customer_protocol')}`
    turn.end(operation, cause, { event: 'failed', reason: code, explanation })
    if (action === 'sign') turn.change({ status: operation.doubted && !canNeverTell(code) ? 'on_hold' : 'unknown' })
  } else if (word.flags.refundCharge) {
    turn.end(operation, cause, { event: 'signed', flags: word.flags })
  } else if (action === 'status') {
    const explanation = 'Alipay says that automatic refund is not agreed'
    turn.end(operation, cause, { event: 'not_signed', flags: word.flags, reason: 'NOT_SIGNED', explanation })
  } else {
    turn.changeOperation(commandId, { nextAt: turn.later(operation), seen: word.flags, doubted: false })
  }
}

/** An answer to the question whether a cancelling in doubt was done. */
function doubtAnswered(
  turn: AgreementTurn,
  operation: GatewayOpenOperation,
  word: Exclude<LastWord, { kind: 'unknown' }>,
  cause: AgreementCause,
): void {
  const { commandId, refusal } = operation
  if (word.kind === 'known' && !word.flags.refundCharge) {
    unsigned(turn, operation, cause)
  } else if (word.kind === 'known' && refusal !== null) {
    // Still signed, and refused: then no earlier attempt was done either.
    turn.end(operation, cause, { event: 'failed', reason: refusal, explanation: inWords(refusal, 'customer_unsign') })
  } else if (refusal !== null) {
    endOnHold(turn, operation, refusal, cause)
  } else {
    turn.changeOperation(commandId, {
      step: 'cancel',
      nextAt: turn.later(operation),
      ...(word.kind === 'known' ? { seen: word.flags } : { lastCode: word.code }),
    })
  }
}

/** The last word on a cancelling. A refusal after an attempt that nobody answered proves nothing about that attempt. */
function cancelled(
  turn: AgreementTurn,
  operation: GatewayOpenOperation,
  word: LastWord,
  attempt: number,
  cause: AgreementCause,
): void {
  const { commandId, doubted } = operation
  if (word.kind === 'known') {
    unsigned(turn, operation, cause)
    return
  }
  const { code } = word
  if (word.kind === 'refused' && !doubted && attempt <= 1) {
    turn.end(operation, cause, { event: 'failed', reason: code, explanation: inWords(code, 'customer_unsign') })
    return
  }
  if (word.kind === 'unknown' && attempt === 0 && code === NOT_SENT) {
    // Nothing was sent: what is in doubt is what was in doubt before.
    turn.changeOperation(commandId, { nextAt: turn.later(operation), lastCode: code })
    return
  }
  const refusal = word.kind === 'refused' ? code : null
  const isAsked = turn.canAsk && isPartnerAgreement(operation)
  if (!isAsked && refusal !== null) {
    endOnHold(turn, operation, refusal, cause)
    return
  }
  if (!doubted) {
    turn.say(commandId, cause, {
      event: 'on_hold',
      reason: code,
      explanation: `nobody knows whether the agreement is cancelled: ${isAsked ? 'Alipay is asked' : 'the same is sent again'}`,
    })
  }
  turn.change({ status: 'on_hold', unsignInDoubt: true })
  const next = isAsked
    ? ({ step: 'ask', nextAt: turn.context.now } as const)
    : ({ step: 'cancel', nextAt: turn.later(operation) } as const)
  turn.changeOperation(commandId, { ...next, doubted: true, refusal, lastCode: code })
}

function unsigned(turn: AgreementTurn, operation: GatewayOpenOperation, cause: AgreementCause): void {
  turn.end(operation, cause, { event: 'unsigned' })
  turn.change({ unsignInDoubt: false })
  if (isTheAgreement(turn, operation)) turn.change({ status: 'unsigned', cancelled: true })
  // It was one of several agreements that the account may have: what else it has is as it was. Under its number it may
  // be the one that a form made.
  else if (turn.state.status === 'on_hold' || (turn.state.status === 'signed' && isByNumber(operation)))
    turn.change({ status: 'unknown' })
}

/** Nobody can tell, and sending it again would be refused again. */
function endOnHold(turn: AgreementTurn, operation: GatewayOpenOperation, code: string, cause: AgreementCause): void {
  turn.end(operation, cause, {
    event: 'on_hold',
    reason: 'UNSIGN_UNKNOWN',
    explanation: `an earlier attempt had no answer, and a later one is refused with ${code}: ${inWords(code, 'customer_unsign')}; look at Alipay`,
  })
  turn.change({ status: 'on_hold', unsignInDoubt: true })
}

/**
 * Whether what was cancelled is all that the state is about: the agreement that a form makes, or one that is known by
 * its own number.
 */
function isTheAgreement(turn: AgreementTurn, operation: GatewayOpenOperation): boolean {
  const { account } = turn.state
  const isItsNumber = operation.parameters.some(({ name, value }) => name === 'customer_code' && value === account)
  return isItsNumber || (turn.canAsk && isPartnerAgreement(operation))
}

function isByNumber({ parameters }: GatewayOpenOperation): boolean {
  return parameters.some(({ name }) => name === 'customer_code')
}

/**
 * Whether it is about the agreement that a question tells about: neither its own number nor a code of another contract
 * is given (UNS-2, UNS-3).
 */
function isPartnerAgreement({ parameters }: GatewayOpenOperation): boolean {
  return !parameters.some(({ name }) => name === 'customer_code' || name === 'type_code')
}

function inWords(code: string, service: 'query_customer_protocol' | 'customer_unsign'): string {
  return agreementCode(code, service)?.explanation ?? 'a code that is in no table; ask Alipay'
}
