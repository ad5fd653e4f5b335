import type { AnswerDeclaration } from './answer.ts'
import type { Fault, FaultRates } from './fault.ts'
import type { GatewayServiceName } from './gateway-service.ts'

/** Which of Alipay's own checks against a second payment are on. */
export interface Uniqueness {
  readonly batchNo: boolean
  readonly serial: boolean
}

/**
 * Nobody outside knows in which order Alipay checks. `batch`: as listed here, the batch number first among what depends
 * on the books. `any`: in an order that each request draws from the seed.
 */
export type CheckOrder = 'batch' | 'any'

/** How the sandbox behaves; what a control command changes is changed here. */
export interface SandboxSettings {
  uniqueness: Uniqueness
  checkOrder: CheckOrder
  faults: FaultRates
  answerDelayMs: number
  notifyDelayMs: number
  clockShiftMs: number
  answerDeclaration: AnswerDeclaration
  agreementAnswers: AgreementAnswers
}

/** What the documents leave open about agreements that are not there. */
export interface AgreementAnswers {
  /** A query leaves `charge_agent` and `refund_charge` out, in place of saying F for both. */
  readonly leaveOut: boolean
  /** What unsigning one is answered with: `T`, or a code. */
  readonly unsignMissing: string
}

/** What was ordered for the next requests of a partner, or of anyone. */
export type Order =
  | { readonly kind: 'answer'; readonly code: string }
  | { readonly kind: 'fault'; readonly fault: Fault }

interface StandingOrder {
  readonly order: Order
  readonly service: GatewayServiceName
  readonly alias: string | undefined
  left: number
}

/** Orders of the control interface, oldest first; each is used as often as it says. */
export class Orders {
  readonly #standing: StandingOrder[] = []
  readonly #verifyAnswers: { readonly answer: string; left: number }[] = []

  add(order: Order, service: GatewayServiceName, alias: string | undefined, times: number): void {
    this.#standing.push({ order, service, alias, left: times })
  }

  addVerifyAnswer(answer: string, times: number): void {
    this.#verifyAnswers.push({ answer, left: times })
  }

  /** The order for a request of this partner for this service, used up by this; of one kind only, if one is named. */
  take(alias: string | undefined, service: GatewayServiceName, kind?: Order['kind']): Order | undefined {
    const standing = this.#standing.find(
      (candidate) =>
        candidate.service === service &&
        (candidate.alias === undefined || candidate.alias === alias) &&
        (kind === undefined || candidate.order.kind === kind),
    )
    if (standing === undefined) return undefined
    standing.left -= 1
    if (standing.left === 0) this.#standing.splice(this.#standing.indexOf(standing), 1)
    return standing.order
  }

  /** The answer ordered for a call of `notify_verify`, used up by this. */
  takeVerifyAnswer(): string | undefined {
    const [first] = this.#verifyAnswers
    if (first === undefined) return undefined
    first.left -= 1
    if (first.left === 0) this.#verifyAnswers.shift()
    return first.answer
  }
}
