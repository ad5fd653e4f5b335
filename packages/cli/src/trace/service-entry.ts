import { parseServiceAnswer } from '@payout/mapi/answer/service-answer'
import type { GatewayParameter, GatewayReturnFile, GatewayServiceAnswer } from '@payout/schemas/generated/records'
import { formatMoment } from '../arguments/moment.ts'
import type { PartnerRecord } from './partner-record.ts'
import { answerTimesWords, describeAttempt, type EntryText } from './story-entry.ts'

/**
 * What a record says about requests of the services beside the batch payout; undefined where it is about none of these.
 */
export function describeForRequests(named: PartnerRecord, requestIds: ReadonlySet<string>): EntryText | undefined {
  switch (named.name) {
    case 'gateway.GatewayServiceToSign': {
      const { requestId, service, parameters, sendBefore } = named.value
      if (!requestIds.has(requestId)) return undefined
      const says = [`${service}, request ${requestId}, not sent from ${formatMoment(sendBefore)} on`]
      return { step: 'to be signed', says: [...says, parametersWords(parameters)] }
    }
    case 'gateway.GatewayServiceRequest': {
      const { requestId, service, charset, signedAt } = named.value
      if (!requestIds.has(requestId)) return undefined
      const says = [`${service}, request ${requestId}, ${charset}, signed at ${formatMoment(signedAt)}`]
      return { step: 'signed request', says }
    }
    case 'gateway.GatewayAttempt': {
      const { batchNo } = named.value
      return requestIds.has(batchNo) ? describeAttempt(`request ${batchNo}`, named.value) : undefined
    }
    case 'gateway.GatewayServiceAnswer':
      if (!requestIds.has(named.value.requestId)) return undefined
      return { step: 'answer', says: answerSentences(named.value) }
    default:
      return undefined
  }
}

/**
 * Business parameters as `name=value`. A contract's business code begins with the partner's number, which is left out.
 */
export function parametersWords(parameters: readonly GatewayParameter[]): string {
  return parameters.map(({ name, value }) => `${name}=${withoutPartner(name, value)}`).join(', ')
}

function withoutPartner(name: string, value: string): string {
  return name === 'type_code' ? value.replace(/2088\d{12}/g, '…') : value
}

function answerSentences(answer: GatewayServiceAnswer): string[] {
  const { requestId, service, attempt, outcome, code, file } = answer
  const said = {
    accepted: file === null ? `yes${flagsOf(answer)}` : 'the file was taken',
    refused: `refused: ${code ?? 'no code'}`,
    unknown: `nobody knows: ${code ?? 'no code'}`,
  }
  const tried = attempt === 0 ? 'no attempt was made' : `attempt ${attempt}`
  return [
    `${service}, request ${requestId}, ${tried}: ${said[outcome]}`,
    answerTimesWords(answer, 'request'),
    ...(file === null ? [] : [fileWords(file)]),
  ]
}

/** How the agreement stands, where that was asked. */
function flagsOf({ service, body, contentType }: GatewayServiceAnswer): string {
  if (service !== 'query_customer_protocol' || body === null) return ''
  const answer = parseServiceAnswer(service, body, contentType ?? undefined)
  if (answer.kind !== 'accepted') return ''
  return `, automatic payment ${answer.chargeAgent ? 'yes' : 'no'}, automatic refund ${answer.refundCharge ? 'yes' : 'no'}`
}

function fileWords({ fileDate, hash, size, rows, setAside, problemCount, problems }: GatewayReturnFile): string {
  const taken =
    rows === null
      ? 'not taken'
      : `${rows} ${rows === 1 ? 'row' : 'rows'}${setAside > 0 ? `, ${setAside} set aside` : ''}`
  const first = problems[0]
  const wrong = first
    ? `; ${problemCount} ${problemCount === 1 ? 'problem' : 'problems'}, first in row ${first.row}: ${first.code}`
    : ''
  return `file of ${fileDate}, ${size} bytes, ${taken}, kept as ${hash ?? 'nothing'}${wrong}`
}
