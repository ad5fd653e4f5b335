import { PARTNER_AGREEMENT_BIZ_TYPE } from '@payout/mapi/interfaces/query-customer-protocol'
import type { LogRecord } from '@payout/runtime/event-log/port'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import type { Coordinates } from '@payout/runtime/redis/port'
import type { Codec } from '@payout/schemas/codec'
import type { GatewayParameter } from '@payout/schemas/generated/records'
import { topics } from '@payout/schemas/topics'
import { type AgreementContent, agreementContentHash } from '../command/content-hash.ts'
import { type DeadLetter, decodeOrDeadLetter } from '../command/dead-letter.ts'
import { traceparentOf } from '../task/traceparent.ts'

/** What upstream wants done with an agreement. Not yet judged. */
export interface AgreementInstruction extends AgreementContent {
  readonly kind: 'instruction'
  readonly commandId: string
  readonly contentHash: string
  /** The command. */
  readonly coordinates: Coordinates
  readonly traceparent: string | undefined
}

/**
 * Reads a record of `agreement.commands`. Never throws: what can't be read is a dead letter (S2.3).
 * @param oldestAllowed UTC milliseconds: the id of a command from before may be forgotten.
 */
export function readAgreementCommand(
  record: LogRecord,
  codec: Codec,
  oldestAllowed: number,
): AgreementInstruction | DeadLetter {
  return decodeOrDeadLetter(record, oldestAllowed, (): AgreementInstruction => {
    const { name, value } = codec.decode(record.value, topics['agreement.commands'].values)
    const { commandId, partner } = value
    const asked = (content: Pick<AgreementContent, 'action' | 'parameters' | 'seenCode'>): AgreementInstruction => ({
      kind: 'instruction',
      commandId,
      partner,
      ...content,
      contentHash: agreementContentHash({ partner, ...content }),
      coordinates: coordinatesOf(record),
      traceparent: traceparentOf(record),
    })
    switch (name) {
      case 'agreement.AgreementSignRequested':
        return asked({ action: 'sign', parameters: given({ email: value.email }), seenCode: null })
      case 'agreement.AgreementStatusRequested': {
        const parameters = given({ biz_type: PARTNER_AGREEMENT_BIZ_TYPE, user_email: value.email })
        return asked({ action: 'status', parameters, seenCode: value.seenCode || null })
      }
      case 'agreement.AgreementUnsignRequested': {
        const parameters = given({
          customer_code: value.customerCode,
          type_code: value.typeCode,
          biz_type: value.bizType,
          trans_account_out: value.transAccountOut,
          user_email: value.userEmail,
        })
        return asked({ action: 'unsign', parameters, seenCode: null })
      }
    }
  })
}

/** Business parameters by Alipay's names; what has no value is not there (MAPI-4). */
function given(values: Readonly<Record<string, string | null>>): GatewayParameter[] {
  return Object.entries(values).flatMap(([name, value]) => (value ? [{ name, value }] : []))
}
