import { randomUUID } from 'node:crypto'
import { parseForm } from '@payout/mapi/wire/form'
import { admit, BASIC_PARAMETERS, type ServiceParameters } from '../gateway/admission.ts'
import type { GatewayAnswer } from '../gateway/answer.ts'
import { type Fault, keepsOutOfBooks } from '../gateway/fault.ts'
import { type GatewayReply, replyWith, wholeReply } from '../gateway/reply.ts'
import { asciiParameter, type GatewayRequest, REQUEST_LIMITS, textParameter } from '../gateway/request.ts'
import type { RequestLog } from '../gateway/request-log.ts'
import type { Orders, SandboxSettings } from '../gateway/sandbox-settings.ts'
import type { SandboxPartner } from '../partners/sandbox-partner.ts'
import { isEmailAddress } from './agreement-services.ts'
import type { Agreements, Signing } from './agreements.ts'
import { outcomePage, SIGN_FIELDS, signPage } from './sign-page.ts'

const SERVICE = 'sign_protocol_with_partner'

/** The documents give no table; what clients send (reference) but what hides a button. */
const PARAMETERS: ServiceParameters = {
  names: new Set([...BASIC_PARAMETERS, 'email']),
  missing: (present) => (present.has('email') ? undefined : 'ILLEGAL_ARGUMENT'),
}

export interface SigningHandlerDependencies {
  readonly partnersById: ReadonlyMap<string, SandboxPartner>
  readonly agreements: Agreements
  readonly requests: RequestLog
  readonly orders: Orders
  readonly settings: SandboxSettings
  readonly now: () => number
}

/**
 * sign_protocol_with_partner 1.0 §3: a user's browser brings the merchant's request, is shown a page, and posts the
 * user's answer to it. The merchant is told nothing (SGN-5). An ordered answer takes the place of the page; an ordered
 * fault happens to the user's answer, which is what writes the books.
 */
export class SigningHandler {
  readonly #dependencies: SigningHandlerDependencies

  constructor(dependencies: SigningHandlerDependencies) {
    this.#dependencies = dependencies
  }

  /** What the browser that brings the merchant's request is shown. */
  show(request: GatewayRequest): GatewayReply {
    const { partnersById, agreements, requests, orders, settings, now } = this.#dependencies
    const { parameters, bodyHash } = request
    const alias = partnersById.get(asciiParameter(parameters, 'partner') ?? '')?.alias
    const account = textParameter(parameters, 'email')?.slice(0, 128)
    const attempt = requests.nextAttempt(alias, `${SERVICE} ${account ?? ''}`)
    if (alias !== undefined && account !== undefined) agreements.countRequest(alias, account, SERVICE)
    const order = orders.take(alias, SERVICE, 'answer')
    const decided = order?.kind === 'answer' ? order.code : this.#admit(request)
    const answer = typeof decided === 'string' ? decided : 'SUCCESS'
    const log = { at: now(), service: SERVICE, alias, batchNo: undefined, account, attempt, answer }
    requests.add({ ...log, fault: undefined, bodyHash })
    return wholeReply(
      typeof decided === 'string' ? outcomePage('refused', decided) : this.#pageFor(decided),
      settings.answerDelayMs,
    )
  }

  /**
   * Takes a user's answer to the page.
   *
   * @param body the form as it was posted
   */
  decide(body: Buffer): GatewayReply {
    const { agreements, orders, settings } = this.#dependencies
    const fields = fieldsOf(body)
    const signing = agreements.signing(fields?.get(SIGN_FIELDS.signing) ?? '')
    if (fields === undefined || signing === undefined) return wholeReply(outcomePage('gone'), settings.answerDelayMs)
    const order = orders.take(signing.alias, SERVICE, 'fault')
    const fault = order?.kind === 'fault' ? order.fault : undefined
    return replyWith(this.#take(fields, signing, fault), fault, settings, (code) => outcomePage('refused', code))
  }

  #take(fields: ReadonlyMap<string, string>, signing: Signing, fault: Fault | undefined): GatewayAnswer {
    const { agreements } = this.#dependencies
    if (keepsOutOfBooks(fault)) return outcomePage('refused', 'SYSTEM_ERROR')
    if (fields.get(SIGN_FIELDS.decision) !== 'agree') {
      agreements.closeSigning(signing.id)
      return outcomePage('cancelled')
    }
    const code = missingChoice(fields)
    if (code !== undefined) return signPage(signing.id, signing.account, code)
    agreements.set(signing.alias, signing.account, { chargeAgent: true, refundCharge: true })
    agreements.closeSigning(signing.id)
    return outcomePage('signed')
  }

  /** Whose page it is to be, or the code with which the request is refused. */
  #admit(request: GatewayRequest): Omit<Signing, 'id'> | string {
    // Table 3-1 (sign_protocol_with_partner 1.0 §3): a form whose address lacks the charset gets ILLEGAL_SIGN.
    if (request.posted && request.addressCharset === undefined) return 'ILLEGAL_SIGN'
    const admitted = admit(request, this.#dependencies.partnersById, PARAMETERS)
    if (typeof admitted === 'string') return admitted
    const missing = PARAMETERS.missing(admitted.fields)
    if (missing !== undefined) return missing
    const account = admitted.fields.get('email') ?? ''
    return isEmailAddress(account) ? { alias: admitted.partner.alias, account } : 'ILLEGAL_ARGUMENT'
  }

  #pageFor({ alias, account }: Omit<Signing, 'id'>): GatewayAnswer {
    const { agreements } = this.#dependencies
    const { chargeAgent, refundCharge } = agreements.consentOf(alias, account)
    if (chargeAgent && refundCharge) return outcomePage('already-signed')
    const signing = { id: randomUUID(), alias, account }
    agreements.openSigning(signing)
    return signPage(signing.id, account)
  }
}

/** Automatic payment and automatic refund must both be chosen (sign_protocol_with_partner 1.0 §3, table 3-1; SGN-8). */
function missingChoice(fields: ReadonlyMap<string, string>): string | undefined {
  if (!fields.has(SIGN_FIELDS.autoRefund)) return 'REFUND_CHARGE_MUST_CHOSE_ONE'
  return fields.has(SIGN_FIELDS.autoPay) ? undefined : 'CHARGE_MUST_HAVE_PAY_METHOD'
}

function fieldsOf(body: Buffer): ReadonlyMap<string, string> | undefined {
  try {
    return new Map(parseForm(body, REQUEST_LIMITS).map(([name, value]) => [name, value.toString('utf8')]))
  } catch {
    return undefined
  }
}
