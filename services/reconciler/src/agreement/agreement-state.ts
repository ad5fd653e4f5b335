/**
 * One agreement as the reconciler knows it, and what commands, answers and time make of it. Pure: what it is handed
 * decides alone. The state is the record that stands in `gateway.states`; it is written in one transaction with what
 * came of it, so nothing is ever done twice.
 *
 *     command   takes a form or request            ends with
 *     sign      form, then questions that back     signed; not_signed or failed when its time is over; failed at once
 *               off (SGN-5)                        when Alipay refuses the question, or the user saw that the contract
 *                                                  is wrong (SGN-7, SGN-8)
 *     status    a question at once                 signed, not_signed, failed
 *     unsign    customer_unsign at once            unsigned; failed when Alipay refuses it (UNS-5); on_hold when nobody
 *                                                  knows
 *
 * At most one signing or cancelling is open, and one request under way: so no answer can be older than what was done
 * after its question, and no cancelling is sent while a form that is younger can be used. A question answers all that
 * wait for one. A cancelling in doubt is on hold until a question tells: not signed ends it, still signed sends the
 * same parameters again (UNS-4). What ends a signing withdraws its form.
 */
import type {
  GatewayAgreementCommand,
  GatewayAgreementState,
  GatewayCoordinates,
  GatewayServiceAnswer,
  GatewayServiceNotSigned,
} from '@payout/schemas/generated/records'
import { takeAnswer, takeFormNotSigned } from './agreement-answer.ts'
import { takeTime } from './agreement-clock.ts'
import { takeCommand } from './agreement-command.ts'
import { type AgreementContext, type AgreementStep, AgreementTurn } from './agreement-turn.ts'

/** What happens to an agreement. */
export type AgreementInput =
  | { readonly kind: 'command'; readonly command: GatewayAgreementCommand }
  /** `source`: where the answer stands. */
  | { readonly kind: 'answer'; readonly answer: GatewayServiceAnswer; readonly source: GatewayCoordinates }
  /** `source`: where that is said. */
  | { readonly kind: 'form-not-signed'; readonly form: GatewayServiceNotSigned; readonly source: GatewayCoordinates }
  | { readonly kind: 'time' }

/** An agreement that nothing is known of. */
export function unknownAgreement({
  partner,
  agreementId,
  account,
}: Pick<GatewayAgreementState, 'partner' | 'agreementId' | 'account'>): GatewayAgreementState {
  return {
    partner,
    agreementId,
    account,
    status: 'unknown',
    version: 0,
    cancelled: false,
    unsignInDoubt: false,
    requests: 0,
    request: null,
    operations: [],
    commands: [],
    updatedAt: 0,
  }
}

/** What an input makes of an agreement. A command or answer that comes again says nothing new (MAPI-18). */
export function agreementStep(
  state: GatewayAgreementState,
  input: AgreementInput,
  context: AgreementContext,
): AgreementStep {
  const turn = new AgreementTurn(state, context)
  switch (input.kind) {
    case 'command':
      takeCommand(turn, input.command)
      break
    case 'answer':
      takeAnswer(turn, input.answer, input.source)
      break
    case 'form-not-signed':
      takeFormNotSigned(turn, input.form, input.source)
      break
    case 'time':
      break
  }
  takeTime(turn)
  return turn.result
}

/** When time alone changes something next, UTC milliseconds; infinity where it never does. */
export function dueAt({ request, operations }: Pick<GatewayAgreementState, 'request' | 'operations'>): number {
  return Math.min(
    ...operations.flatMap(({ nextAt, giveUpAt }) =>
      nextAt === null ? [] : [request === null ? Math.min(nextAt, giveUpAt) : giveUpAt],
    ),
  )
}

/**
 * Whether time does something to it now (UTC milliseconds); where the partner is gone, unless it waits for an answer.
 */
export function isDue(
  state: Pick<GatewayAgreementState, 'request' | 'operations'>,
  now: number,
  hasPartner: boolean,
): boolean {
  const due = dueAt(state)
  return due <= now || (due < Number.POSITIVE_INFINITY && !hasPartner)
}
