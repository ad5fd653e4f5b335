import type { SandboxPartner } from '../partners/sandbox-partner.ts'
import type { SeededChance } from '../seeded-chance.ts'
import { type AdmittedRequest, admit, type ServiceParameters } from './admission.ts'
import type { GatewayAnswer } from './answer.ts'
import { drawFault, keepsOutOfBooks } from './fault.ts'
import type { GatewayServiceName } from './gateway-service.ts'
import { type GatewayReply, replyWith } from './reply.ts'
import { asciiParameter, type GatewayRequest, textParameter } from './request.ts'
import type { RequestLog } from './request-log.ts'
import type { Orders, SandboxSettings } from './sandbox-settings.ts'

/** What a call is about, as it stands in the log: an account, or the day of a file. */
export interface CallSubject {
  readonly account?: string | undefined
  readonly date?: string | undefined
}

/** A service that a merchant's server calls and that answers at once. */
export interface CalledService {
  readonly name: GatewayServiceName
  readonly parameters: ServiceParameters
  /** @param parameter the value of a parameter as it came, whoever sent it */
  readonly about: (parameter: (name: string) => string | undefined) => CallSubject
  /** How it refuses with a code. */
  readonly refusal: (code: string) => GatewayAnswer
  /** Does what is asked: the answer, or the code with which it refuses. */
  readonly perform: (request: AdmittedRequest) => GatewayAnswer | string
}

/** Counts the calls about an account, by their service. */
export interface AccountRequests {
  countRequest(alias: string, account: string, service: GatewayServiceName): void
}

export interface ServiceHandlerDependencies {
  readonly partnersById: ReadonlyMap<string, SandboxPartner>
  readonly requests: RequestLog
  readonly orders: Orders
  readonly settings: SandboxSettings
  readonly chance: SeededChance
  readonly now: () => number
  readonly accounts: AccountRequests
}

/** Longer than any account; a longer one is cut in the log. */
const MAX_LOGGED = 128

/** Answers calls of a service: orders first, then faults by chance, then the service itself; every call is logged. */
export class ServiceHandler {
  readonly #dependencies: ServiceHandlerDependencies

  constructor(dependencies: ServiceHandlerDependencies) {
    this.#dependencies = dependencies
  }

  answer(service: CalledService, request: GatewayRequest): GatewayReply {
    const { partnersById, accounts, requests, orders, settings, chance, now } = this.#dependencies
    const { parameters, bodyHash } = request
    const alias = partnersById.get(asciiParameter(parameters, 'partner') ?? '')?.alias
    const { account, date } = service.about((name) => textParameter(parameters, name)?.slice(0, MAX_LOGGED))
    const about = `${service.name} ${account ?? date ?? ''}`
    const attempt = requests.nextAttempt(alias, about)
    if (alias !== undefined && account !== undefined) accounts.countRequest(alias, account, service.name)
    const order = orders.take(alias, service.name)
    const fault =
      order?.kind === 'fault'
        ? order.fault
        : order === undefined
          ? drawFault(settings.faults, chance, about, alias ?? '', attempt)
          : undefined
    const decided = order?.kind === 'answer' ? order.code : this.#decide(service, request, keepsOutOfBooks(fault))
    const [code, answer] =
      typeof decided === 'string' ? [decided, service.refusal(decided)] : (['SUCCESS', decided] as const)
    requests.add({
      at: now(),
      service: service.name,
      alias,
      batchNo: undefined,
      account,
      date,
      attempt,
      answer: code,
      fault,
      bodyHash,
    })
    return replyWith(answer, fault, settings, service.refusal)
  }

  #decide(service: CalledService, request: GatewayRequest, lost: boolean): GatewayAnswer | string {
    if (lost) return 'SYSTEM_ERROR'
    const admitted = admit(request, this.#dependencies.partnersById, service.parameters)
    if (typeof admitted === 'string') return admitted
    const missing = service.parameters.missing(admitted.fields)
    return missing ?? service.perform(admitted)
  }
}
