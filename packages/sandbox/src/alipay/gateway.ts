import { ENTITY_ANSWER, type GatewayAnswer, htmlAnswer, textAnswer, xmlAnswer } from './answer.ts'
import { admit } from './batch-admission.ts'
import { readBatchForm } from './batch-form.ts'
import { refusalOf } from './batch-rules.ts'
import type { AcceptedBatch, Books } from './books.ts'
import { drawFault, type Fault, keepsOutOfBooks } from './fault.ts'
import { asciiParameter, type GatewayRequest } from './gateway-request.ts'
import type { NotifyOffice } from './notify-office.ts'
import type { RequestLog } from './request-log.ts'
import { payerOf, type SandboxPartner } from './sandbox-partner.ts'
import type { Order, Orders, SandboxSettings } from './sandbox-settings.ts'
import type { SeededChance } from './seeded-chance.ts'

/** An answer and how much of it gets to the caller. */
export interface GatewayReply {
  readonly answer: GatewayAnswer
  /** `half`: ended properly after the first half; `cut`: reset after it; `reset`: nothing; `hang`: nothing, and no end. */
  readonly delivery: 'whole' | 'half' | 'cut' | 'reset' | 'hang'
  readonly delayMs: number
}

export interface GatewayOptions {
  readonly partners: readonly SandboxPartner[]
  readonly books: Books
  readonly office: NotifyOffice
  readonly requests: RequestLog
  readonly orders: Orders
  readonly settings: SandboxSettings
  readonly chance: SeededChance
  readonly now: () => number
  /** Writes an accepted batch down, everywhere, before it returns. */
  readonly accept: (batch: AcceptedBatch) => void
}

const SLOW_MS = 2_000

/** The gateway's services: `batch_trans_notify_no_pwd` and `notify_verify`. */
export class Gateway {
  readonly #options: GatewayOptions
  readonly #partnersById: ReadonlyMap<string, SandboxPartner>

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#partnersById = new Map(options.partners.map((partner) => [partner.partnerId, partner]))
  }

  /** @param request undefined for what could not be read as a request at all */
  answer(request: GatewayRequest | undefined): GatewayReply {
    const { settings, requests, now } = this.#options
    if (request === undefined) {
      requests.add(record(now(), '', undefined, undefined, 1, 'ILLEGAL_ARGUMENT', undefined, undefined))
      return whole(xmlAnswer('ILLEGAL_ARGUMENT', settings.answerDeclaration), settings.answerDelayMs)
    }
    const service = asciiParameter(request.parameters, 'service') ?? ''
    switch (service) {
      case 'notify_verify':
        return this.#verifyNotify(request)
      case 'batch_trans_notify_no_pwd':
        return this.#payBatch(request)
      default:
        requests.add(
          record(now(), service.slice(0, 64), undefined, undefined, 1, 'ILLEGAL_SERVICE', undefined, request.bodyHash),
        )
        return whole(xmlAnswer('ILLEGAL_SERVICE', settings.answerDeclaration), settings.answerDelayMs)
    }
  }

  #verifyNotify({ parameters, bodyHash }: GatewayRequest): GatewayReply {
    const { office, orders, requests, settings, chance, now } = this.#options
    const alias = this.#partnersById.get(asciiParameter(parameters, 'partner') ?? '')?.alias
    const notifyId = asciiParameter(parameters, 'notify_id') ?? ''
    const ordered = orders.takeVerifyAnswer()
    const attempt = requests.nextAttempt(alias, notifyId)
    const fails = chance.happens(settings.faults['verify-error'] ?? 0, 'verify-error', notifyId, attempt)
    const body = ordered ?? (fails ? 'server-error' : office.verify(alias, notifyId))
    requests.add(record(now(), 'notify_verify', alias, undefined, attempt, body, undefined, bodyHash))
    switch (body) {
      case 'hang':
      case 'reset':
        return { answer: textAnswer(''), delivery: body, delayMs: 0 }
      case 'server-error':
        return whole(htmlAnswer(500), settings.answerDelayMs)
      default:
        return whole(textAnswer(body), settings.answerDelayMs)
    }
  }

  #payBatch(request: GatewayRequest): GatewayReply {
    const { requests, orders, settings, chance, now } = this.#options
    const { parameters, bodyHash } = request
    const alias = this.#partnersById.get(asciiParameter(parameters, 'partner') ?? '')?.alias
    const batchNo = asciiParameter(parameters, 'batch_no')?.slice(0, 64)
    const attempt = requests.nextAttempt(alias, batchNo)
    const order = orders.take(alias)
    const fault = this.#faultOf(order, chance, alias ?? '', batchNo ?? '', attempt)
    const code = this.#decide(request, order, fault, attempt)
    requests.add(record(now(), 'batch_trans_notify_no_pwd', alias, batchNo, attempt, code, fault, bodyHash))
    return this.#reply(code, fault, settings)
  }

  #faultOf(order: Order | undefined, chance: SeededChance, ...names: (string | number)[]): Fault | undefined {
    if (order?.kind === 'answer') return undefined
    return order?.kind === 'fault' ? order.fault : drawFault(this.#options.settings.faults, chance, ...names)
  }

  /** `SUCCESS` once the batch stands in the books, else the code of the refusal. */
  #decide(request: GatewayRequest, order: Order | undefined, fault: Fault | undefined, attempt: number): string {
    const { books, partners, settings, chance, now, accept } = this.#options
    if (order?.kind === 'answer') return order.code
    if (keepsOutOfBooks(fault)) return 'SYSTEM_ERROR'
    const admitted = admit(request, this.#partnersById)
    if (typeof admitted === 'string') return admitted
    const form = readBatchForm(admitted)
    if (typeof form === 'string') return form
    const acceptedAt = now()
    const context = { books, partners, now: acceptedAt, uniqueness: settings.uniqueness }
    const code = refusalOf(form, context, settings.checkOrder, chance, attempt)
    if (code !== undefined) return code
    accept({
      alias: admitted.partner.alias,
      batchNo: form.batchNo,
      payer: form.account === undefined ? form.payerName : payerOf(form.account),
      charset: admitted.charset,
      notifyUrl: form.notifyUrl,
      acceptedAt,
      lines: form.lines,
    })
    return 'SUCCESS'
  }

  #reply(code: string, fault: Fault | undefined, settings: SandboxSettings): GatewayReply {
    const { answerDeclaration, answerDelayMs: delayMs, faults } = settings
    const answer = xmlAnswer(code, answerDeclaration)
    switch (fault) {
      case undefined:
        return whole(answer, delayMs)
      case 'slow':
        return whole(answer, delayMs + (faults.slowMs ?? SLOW_MS))
      case 'request-lost':
      case 'answer-lost':
        return { answer, delivery: 'reset', delayMs }
      case 'half-xml':
        return { answer, delivery: 'half', delayMs }
      case 'cut-answer':
        return { answer, delivery: 'cut', delayMs }
      case 'hang':
        return { answer, delivery: 'hang', delayMs }
      case 'server-error':
      case 'late-server-error':
        return whole(htmlAnswer(502), delayMs)
      case 'html':
        return whole(htmlAnswer(200), delayMs)
      case 'empty':
        return whole({ ...answer, body: '' }, delayMs)
      case 'system-error':
      case 'late-system-error':
        return whole(xmlAnswer('SYSTEM_ERROR', answerDeclaration), delayMs)
      case 'unknown-code':
        return whole(xmlAnswer('SOMETHING_NEW', answerDeclaration), delayMs)
      case 'entities':
        return whole(ENTITY_ANSWER, delayMs)
    }
  }
}

function whole(answer: GatewayAnswer, delayMs: number): GatewayReply {
  return { answer, delivery: 'whole', delayMs }
}

function record(
  at: number,
  service: string,
  alias: string | undefined,
  batchNo: string | undefined,
  attempt: number,
  answer: string,
  fault: Fault | undefined,
  bodyHash: string | undefined,
) {
  return { at, service, alias, batchNo, attempt, answer, fault, bodyHash }
}
