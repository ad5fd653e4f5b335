import type { AnswerDeclaration } from './answer.ts'
import type { CheckOrder, Uniqueness } from './batch-rules.ts'
import type { Fault, FaultRates } from './fault.ts'

/** How the sandbox behaves; what a control command changes is changed here. */
export interface SandboxSettings {
  uniqueness: Uniqueness
  checkOrder: CheckOrder
  faults: FaultRates
  answerDelayMs: number
  notifyDelayMs: number
  clockShiftMs: number
  answerDeclaration: AnswerDeclaration
}

/** What was ordered for the next requests of a partner, or of anyone. */
export type Order =
  | { readonly kind: 'answer'; readonly code: string }
  | { readonly kind: 'fault'; readonly fault: Fault }

interface StandingOrder {
  readonly order: Order
  readonly alias: string | undefined
  left: number
}

/** Orders of the control interface, oldest first; each is used as often as it says. */
export class Orders {
  readonly #standing: StandingOrder[] = []
  readonly #verifyAnswers: { readonly answer: string; left: number }[] = []

  add(order: Order, alias: string | undefined, times: number): void {
    this.#standing.push({ order, alias, left: times })
  }

  addVerifyAnswer(answer: string, times: number): void {
    this.#verifyAnswers.push({ answer, left: times })
  }

  /** The order for a request of this partner, used up by this. */
  take(alias: string | undefined): Order | undefined {
    const index = this.#standing.findIndex((standing) => standing.alias === undefined || standing.alias === alias)
    const standing = this.#standing[index]
    if (standing === undefined) return undefined
    standing.left -= 1
    if (standing.left === 0) this.#standing.splice(index, 1)
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
