import type { SigningHandler } from './agreement/signing-handler.ts'
import { BATCH_PARAMETERS, readBatchForm } from './batch/batch-form.ts'
import { refusalOf } from './batch/batch-rules.ts'
import type { AcceptedBatch, Books } from './books/books.ts'
import { admit } from './gateway/admission.ts'
import { htmlAnswer, textAnswer, xmlAnswer } from './gateway/answer.ts'
import { drawFault, type Fault, keepsOutOfBooks } from './gateway/fault.ts'
import { type GatewayReply, replyWith, wholeReply } from './gateway/reply.ts'
import { asciiParameter, type GatewayRequest } from './gateway/request.ts'
import type { RequestLog } from './gateway/request-log.ts'
import type { Order, Orders, SandboxSettings } from './gateway/sandbox-settings.ts'
import type { CalledService, ServiceHandler } from './gateway/service-handler.ts'
import type { NotifyService } from './notify/notify-service.ts'
import { payerOf, type SandboxPartner } from './partners/sandbox-partner.ts'
import type { SeededChance } from './seeded-chance.ts'

export interface GatewayDependencies {
  readonly partnersById: ReadonlyMap<string, SandboxPartner>
  readonly books: Books
  readonly notifies: NotifyService
  readonly requests: RequestLog
  readonly orders: Orders
  readonly settings: SandboxSettings
  readonly chance: SeededChance
  readonly now: () => number
  readonly signingHandler: SigningHandler
  readonly serviceHandler: ServiceHandler
  /** Services that the handler answers. */
  readonly services: readonly CalledService[]
  /** Writes an accepted batch down, everywhere, before it returns. */
  readonly accept: (batch: AcceptedBatch) => void
}

/** The gateway: finds the service that a request names; `batch_trans_notify_no_pwd` and `notify_verify` are its own. */
export class Gateway {
  readonly #dependencies: GatewayDependencies

  constructor(dependencies: GatewayDependencies) {
    this.#dependencies = dependencies
  }

  /** @param request undefined for what could not be read as a request at all */
  answer(request: GatewayRequest | undefined): GatewayReply {
    const { settings, requests, now } = this.#dependencies
    if (request === undefined) {
      requests.add(record(now(), '', undefined, undefined, 1, 'ILLEGAL_ARGUMENT', undefined, undefined))
      return wholeReply(xmlAnswer('ILLEGAL_ARGUMENT', settings.answerDeclaration), settings.answerDelayMs)
    }
    const service = asciiParameter(request.parameters, 'service') ?? ''
    switch (service) {
      case 'notify_verify':
        return this.#verifyNotify(request)
      case 'batch_trans_notify_no_pwd':
        return this.#payBatch(request)
      case 'sign_protocol_with_partner':
        return this.#dependencies.signingHandler.show(request)
      default: {
        const called = this.#dependencies.services.find(({ name }) => name === service)
        return called === undefined
          ? this.#refuseService(request, service)
          : this.#dependencies.serviceHandler.answer(called, request)
      }
    }
  }

  #refuseService({ bodyHash }: GatewayRequest, service: string): GatewayReply {
    const { settings, requests, now } = this.#dependencies
    const code = 'ILLEGAL_SERVICE'
    requests.add(record(now(), service.slice(0, 64), undefined, undefined, 1, code, undefined, bodyHash))
    return wholeReply(xmlAnswer(code, settings.answerDeclaration), settings.answerDelayMs)
  }

  #verifyNotify({ parameters, bodyHash }: GatewayRequest): GatewayReply {
    const { notifies, orders, requests, settings, chance, now } = this.#dependencies
    const alias = this.#dependencies.partnersById.get(asciiParameter(parameters, 'partner') ?? '')?.alias
    const notifyId = asciiParameter(parameters, 'notify_id') ?? ''
    const ordered = orders.takeVerifyAnswer()
    const attempt = requests.nextAttempt(alias, notifyId)
    const fails = chance.happens(settings.faults['verify-error'] ?? 0, 'verify-error', notifyId, attempt)
    const body = ordered ?? (fails ? 'server-error' : notifies.verify(alias, notifyId))
    requests.add(record(now(), 'notify_verify', alias, undefined, attempt, body, undefined, bodyHash))
    switch (body) {
      case 'hang':
      case 'reset':
        return { answer: textAnswer(''), delivery: body, delayMs: 0 }
      case 'server-error':
        return wholeReply(htmlAnswer(500), settings.answerDelayMs)
      default:
        return wholeReply(textAnswer(body), settings.answerDelayMs)
    }
  }

  #payBatch(request: GatewayRequest): GatewayReply {
    const { requests, orders, settings, chance, now } = this.#dependencies
    const { parameters, bodyHash } = request
    const alias = this.#dependencies.partnersById.get(asciiParameter(parameters, 'partner') ?? '')?.alias
    const batchNo = asciiParameter(parameters, 'batch_no')?.slice(0, 64)
    const attempt = requests.nextAttempt(alias, batchNo)
    const order = orders.take(alias, 'batch_trans_notify_no_pwd')
    const fault = this.#faultOf(order, chance, alias ?? '', batchNo ?? '', attempt)
    const code = this.#decide(request, order, fault, attempt)
    requests.add(record(now(), 'batch_trans_notify_no_pwd', alias, batchNo, attempt, code, fault, bodyHash))
    const answerWith = (answered: string) => xmlAnswer(answered, settings.answerDeclaration)
    return replyWith(answerWith(code), fault, settings, answerWith)
  }

  #faultOf(order: Order | undefined, chance: SeededChance, ...names: (string | number)[]): Fault | undefined {
    if (order?.kind === 'answer') return undefined
    return order?.kind === 'fault' ? order.fault : drawFault(this.#dependencies.settings.faults, chance, ...names)
  }

  /** `SUCCESS` once the batch stands in the books, else the code of the refusal. */
  #decide(request: GatewayRequest, order: Order | undefined, fault: Fault | undefined, attempt: number): string {
    const { books, partnersById, settings, chance, now, accept } = this.#dependencies
    if (order?.kind === 'answer') return order.code
    if (keepsOutOfBooks(fault)) return 'SYSTEM_ERROR'
    const admitted = admit(request, partnersById, BATCH_PARAMETERS)
    if (typeof admitted === 'string') return admitted
    const form = readBatchForm(admitted)
    if (typeof form === 'string') return form
    const acceptedAt = now()
    const checked = { books, partners: [...partnersById.values()], now: acceptedAt, uniqueness: settings.uniqueness }
    const code = refusalOf(form, checked, settings.checkOrder, chance, attempt)
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
