import type { ReturnFileEvent } from '@payout/runtime/record/domain-event'
import { reportId } from '@payout/schemas/event-id'
import type {
  GatewayCoordinates,
  GatewayReturnFile,
  GatewayReturnFileState,
  GatewayServiceAnswer,
} from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'

/** Why a file is not fetched, or not any more. */
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

/** The partner was taken out of the partners file. */
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
      // That a file is tried again was reported with the answer's coordinates: so each of a command's events has an id
      // of its own.
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

/** The event of a file that was taken. */
export function readEvent(
  state: GatewayReturnFileState,
  answer: GatewayServiceAnswer,
  { rows, totalFen, setAside, problems, problemCount }: GatewayReturnFile,
  fileHash: string,
  source: GatewayCoordinates,
): ReturnFileEvent {
  return {
    name: 'payout.PayoutReturnFileRead',
    value: {
      ...head('payout.return_file_read', state, answer, source),
      fileHash,
      rows: rows ?? 0,
      totalFen: totalFen ?? 0,
      setAside,
      problems,
      problemCount,
    },
  }
}

/**
 * The event of a file that an answer did not bring.
 * @param againAt when it is asked for again, UTC milliseconds; null where it is not.
 */
export function failedEvent(
  state: GatewayReturnFileState,
  answer: GatewayServiceAnswer,
  { reason, explanation }: NotFetched,
  source: GatewayCoordinates,
  againAt: number | null,
): ReturnFileEvent {
  return {
    name: 'payout.PayoutReturnFileFailed',
    value: {
      ...head('payout.return_file_failed', state, answer, source),
      fileHash: answer.file?.hash ?? null,
      reason,
      explanation,
      problems: answer.file?.problems ?? [],
      problemCount: answer.file?.problemCount ?? 0,
      againAt,
    },
  }
}

function head(
  type: string,
  { partner, fileDate }: GatewayReturnFileState,
  { requestId, attempt, file, answeredAt }: GatewayServiceAnswer,
  source: GatewayCoordinates,
) {
  const hash = file?.hash ?? null
  return {
    eventId: reportId(type, partner, `return-file/${fileDate}`, source),
    partner,
    fileDate,
    occurredAt: answeredAt,
    seenAt: answeredAt,
    evidence:
      hash === null
        ? ({ kind: 'answer', id: `${requestId}/${attempt}`, source } as const)
        : ({ kind: 'return_file', id: hash, source } as const),
  }
}
