import { eventPlaces, eventStream } from '@payout/cli/follow/event-stream'
import { type AgreementCommand, agreementCommandRecord, agreementOf } from '@payout/cli/write/agreement-command'
import { publishCommand } from '@payout/cli/write/command-record'
import type { EventLog } from '@payout/runtime/event-log/port'
import { type AgreementEvent, isAgreementEvent } from '@payout/runtime/record/domain-event'
import type { Codec } from '@payout/schemas/codec'

/** An agreement that is signed and then cancelled, to try it out. */
export interface SampleAgreement {
  readonly partner: string
  readonly email: string
  readonly sign: AgreementCommand
  readonly unsign: AgreementCommand
}

/** @param partner the alias of whose agreement it is */
export function sampleAgreement(partner: string): SampleAgreement {
  const email = 'signing.user@example.com'
  const common = { partner, requestedAt: null }
  const none = { customerCode: null, typeCode: null, transAccountOut: null }
  return {
    partner,
    email,
    sign: { name: 'agreement.AgreementSignRequested', value: { ...common, commandId: 'sample-sign', email } },
    unsign: {
      name: 'agreement.AgreementUnsignRequested',
      value: { ...common, ...none, commandId: 'sample-unsign', bizType: '10004', userEmail: email },
    },
  }
}

export interface AgreementWalkOptions {
  /** Plays the user, who consents on Alipay's page. */
  readonly consent: (formUrl: string) => Promise<unknown>
  readonly signal: AbortSignal
}

/**
 * Walks it through: sign, the user's consent, signed; unsign, unsigned. Ends early where another event comes, or the
 * signal aborts. The events show what came of it (`auditAgreement`).
 */
export async function walkAgreement(
  log: EventLog,
  codec: Codec,
  sample: SampleAgreement,
  { consent, signal }: AgreementWalkOptions,
): Promise<void> {
  const from = await eventPlaces(log, 'now', ['agreement.events'])
  await publishCommand(log, codec, agreementCommandRecord(sample.sign))
  for await (const { event } of eventStream(log, codec, { from, until: 'follow', signal })) {
    if (!isAgreementEvent(event) || !isOf(sample, event)) continue
    switch (event.name) {
      case 'agreement.AgreementFormReady':
        await consent(event.value.url)
        break
      case 'agreement.AgreementSigned':
        await publishCommand(log, codec, agreementCommandRecord(sample.unsign))
        break
      case 'agreement.AgreementOnHold':
        break
      case 'agreement.AgreementUnsigned':
      case 'agreement.AgreementNotSigned':
      case 'agreement.AgreementFailed':
      case 'agreement.AgreementRefused':
        return
    }
  }
}

function isOf({ partner, sign }: SampleAgreement, { value }: AgreementEvent): boolean {
  return value.partner === partner && (value.agreementId === null || value.agreementId === agreementOf(sign))
}
