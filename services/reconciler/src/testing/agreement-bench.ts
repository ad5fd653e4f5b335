import { agreementId } from '@payout/mapi/values/agreement-id'
import type { AgreementEvent } from '@payout/runtime/record/domain-event'
import type {
  GatewayAgreementCommand,
  GatewayAgreementState,
  GatewayCoordinates,
  GatewayServiceAnswer,
} from '@payout/schemas/generated/records'
import { type AgreementInput, agreementStep, dueAt, unknownAgreement } from '../agreement/agreement-state.ts'
import type { AgreementToSign } from '../agreement/agreement-turn.ts'
import { AGREEMENT_SETTINGS } from './agreement-settings.ts'
import { NOON } from './reconciler-bench.ts'

export const EMAIL = 'zhang@example.com'

/** Alipay's answer to a question, as it comes. */
export function queryAnswer(refundCharge: boolean, chargeAgent = refundCharge): Buffer {
  const flag = (yes: boolean) => (yes ? 'T' : 'F')
  return Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><alipay><is_success>T</is_success><charge_agent>${flag(chargeAgent)}</charge_agent><refund_charge>${flag(refundCharge)}</refund_charge></alipay>`,
  )
}

/** A command about an agreement, as the signer hands it on. */
export function agreementCommand(
  action: GatewayAgreementCommand['action'],
  commandId: string,
  offset: number,
  changes: Partial<GatewayAgreementCommand> = {},
): GatewayAgreementCommand {
  const account = changes.account ?? EMAIL
  const parameters = {
    sign: [{ name: 'email', value: account }],
    status: [
      { name: 'biz_type', value: '10004' },
      { name: 'user_email', value: account },
    ],
    unsign: [
      { name: 'biz_type', value: '10004' },
      { name: 'user_email', value: account },
    ],
  }[action]
  return {
    partner: 'acme',
    agreementId: agreementId('acme', account),
    commandId,
    action,
    contentHash: `${action} ${JSON.stringify(parameters)}`,
    account,
    parameters,
    seenCode: null,
    source: { topic: 'agreement.commands', partition: 0, offset, line: 0, timestamp: NOON },
    ...changes,
  }
}

/** One agreement, its clock, and all that came of it. */
export class AgreementBench {
  now = NOON
  hasPartner = true
  state: GatewayAgreementState
  readonly events: AgreementEvent[] = []
  readonly toSign: AgreementToSign[] = []
  #offset = 0

  constructor(account = EMAIL) {
    this.state = unknownAgreement({ partner: 'acme', agreementId: agreementId('acme', account), account })
  }

  sign(commandId: string, changes: Partial<GatewayAgreementCommand> = {}): string[] {
    return this.#command('sign', commandId, changes)
  }

  status(commandId: string, seenCode: string | null = null): string[] {
    return this.#command('status', commandId, { seenCode })
  }

  unsign(commandId: string, changes: Partial<GatewayAgreementCommand> = {}): string[] {
    return this.#command('unsign', commandId, changes)
  }

  /** Answers the request that is under way; `true` and `false`: whether it is signed. */
  answer(told: boolean | Partial<GatewayServiceAnswer>): string[] {
    return this.give(this.answerTo(told))
  }

  /** An answer to the request that is under way. */
  answerTo(told: boolean | Partial<GatewayServiceAnswer>): GatewayServiceAnswer {
    const outcome = typeof told === 'boolean' ? 'accepted' : (told.outcome ?? 'accepted')
    return {
      partner: 'acme',
      requestId: this.state.request?.requestId ?? '',
      service: this.state.request?.service ?? '',
      attempt: 1,
      outcome,
      code: outcome === 'accepted' ? null : 'TIMED_OUT',
      final: true,
      httpStatus: 200,
      contentType: 'text/xml;charset=utf-8',
      body: outcome === 'accepted' ? queryAnswer(told === true) : null,
      file: null,
      sentAt: this.now,
      answeredAt: this.now,
      ...(typeof told === 'boolean' ? {} : told),
    }
  }

  give(answer: GatewayServiceAnswer): string[] {
    const source: GatewayCoordinates = {
      topic: 'gateway.answers',
      partition: 1,
      offset: this.#offset++,
      line: 0,
      timestamp: this.now,
    }
    return this.step({ kind: 'answer', answer, source })
  }

  /** Lets time pass, looking when something is due. */
  pass(milliseconds: number): string[] {
    const end = this.now + milliseconds
    const said: string[] = []
    for (let due = dueAt(this.state); due <= end; due = dueAt(this.state)) {
      this.now = Math.max(this.now, due)
      said.push(...this.step({ kind: 'time' }))
    }
    this.now = end
    return said
  }

  /** Lets time pass until the next request is due, and a moment more. */
  untilDue(): string[] {
    const due = dueAt(this.state)
    if (due === Number.POSITIVE_INFINITY) throw new Error('nothing will ever be due')
    return this.pass(Math.max(0, due - this.now))
  }

  /**
   * What became of it, in words: events as `signed c1`, and what is to be signed as `form c1`, `withdrawn c1`,
   * `query_customer_protocol`.
   */
  step(input: AgreementInput): string[] {
    const { state, events, toSign } = agreementStep(this.state, input, {
      now: this.now,
      lane: 1,
      hasPartner: this.hasPartner,
      settings: AGREEMENT_SETTINGS,
    })
    this.state = state
    this.events.push(...events)
    this.toSign.push(...toSign)
    return [
      ...events.map(({ name, value }) => {
        const reason = 'reason' in value ? ` ${value.reason}` : ''
        return `${name.slice('agreement.Agreement'.length)} ${value.commandId}${reason}`
      }),
      ...toSign.map((one) => {
        if (one.kind === 'service') return one.value.service
        return `${one.value.withdrawn ? 'withdrawn' : 'form'} ${one.value.commandId}`
      }),
    ]
  }

  #command(
    action: GatewayAgreementCommand['action'],
    commandId: string,
    changes: Partial<GatewayAgreementCommand>,
  ): string[] {
    const { account } = this.state
    const source = { topic: 'agreement.commands', partition: 0, offset: this.#offset++, line: 0, timestamp: this.now }
    const command = agreementCommand(action, commandId, source.offset, { account, source, ...changes })
    return this.step({ kind: 'command', command })
  }
}
