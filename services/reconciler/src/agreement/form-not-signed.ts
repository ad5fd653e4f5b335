import type { GatewayCoordinates, GatewayServiceNotSigned } from '@payout/schemas/generated/records'
import type { AgreementTurn } from './agreement-turn.ts'

/** A form can't be signed: the command that waits for it ends. One that has another form meanwhile, or has ended, is not touched. */
export function takeFormNotSigned(
  turn: AgreementTurn,
  { requestId, code, explanation, at }: GatewayServiceNotSigned,
  source: GatewayCoordinates,
): void {
  const operation = turn.state.operations.find(({ form }) => form?.requestId === requestId)
  if (!operation) return
  turn.end(
    operation,
    { kind: 'answer', id: `${requestId}/0`, source, occurredAt: at },
    {
      event: 'failed',
      reason: code,
      explanation: `no page could be made for the user, and nothing was sent: ${explanation}. Mend that, and send a new command`,
    },
  )
  turn.change({ status: operation.doubted ? 'on_hold' : 'unknown' })
}
