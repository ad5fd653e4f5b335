import type { ReturnFileEvent } from '@payout/runtime/record/domain-event'
import { reportId } from '@payout/schemas/event-id'
import type { GatewayCoordinates } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'

/** Why a file that a command asks for is not fetched, or not any more. */
interface NotFetched {
  readonly reason: string
  readonly explanation: string
}

/** @param age how old it is, as `ageWords` says */
export function tooOld(age: string): NotFetched {
  return {
    reason: 'COMMAND_TOO_OLD',
    explanation: `${age}: the file was fetched then, or is asked for by a new command`,
  }
}

export const NO_PARTNER: NotFetched = {
  reason: 'UNKNOWN_PARTNER',
  explanation: 'the partners file of the reconciler does not have this partner: nobody can fetch its files',
}

/** The event of a command whose file is not fetched; the command itself stands for what caused it. */
export function notFetched(
  partner: string,
  fileDate: string,
  command: GatewayCoordinates,
  { reason, explanation }: NotFetched,
): ReturnFileEvent {
  const { timestamp } = command
  return {
    name: 'payout.PayoutReturnFileFailed',
    value: {
      // A file that is to be tried again was told under the answer's place: so each of a command's events has an id of its own.
      eventId: reportId('payout.return_file_failed', partner, `return-file/${fileDate}`, command),
      partner,
      fileDate,
      occurredAt: timestamp,
      seenAt: timestamp,
      evidence: { kind: 'command', id: placeOf(command), source: command },
      fileHash: null,
      reason,
      explanation,
      problems: [],
      problemCount: 0,
      againAt: null,
    },
  }
}
