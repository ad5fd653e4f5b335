import { withoutPersonal } from '@payout/mapi/text/personal-text'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import type { AgreementEvent, PayoutEvent, ReturnFileEvent } from '@payout/runtime/record/domain-event'
import type { Coordinates } from '@payout/runtime/redis/port'
import { outcomeId, reportId } from '@payout/schemas/event-id'
import type { ReturnFileRequested } from '@payout/schemas/generated/records'
import type { AgreementAsk } from '../agreement/agreement-command.ts'
import type { Ask } from './command.ts'
import type { Refusal } from './payout-check.ts'

/** An alias has at most 32 characters and an id 64: what is longer is neither, and may be too large for an event. */
const MAX_SHOWN = 100
/** So much is looked at: what is personal, and begins in what is shown, ends within it. */
const MAX_READ = 10 * MAX_SHOWN

/**
 * What upstream wrote in the place of an id, alias or date, as events may show it: nothing personal (MAPI-14), and its beginning where it is long; no half of a
 * character, which no event can hold. Ids of events are made of the whole.
 * @param known names and accounts that may have slipped into the place
 */
function shown(text: string, known: readonly string[] = []): string {
  const masked = withoutPersonal(text.slice(0, MAX_READ), known)
  return masked.length > MAX_SHOWN || text.length > MAX_READ
    ? `${masked.slice(0, MAX_SHOWN).toWellFormed()}…`
    : masked.toWellFormed()
}

type Payee = Pick<Ask, 'payeeName' | 'payeeAccount'>

function payeeOf({ payeeName, payeeAccount }: Partial<Payee>): string[] {
  return [payeeName, payeeAccount].filter((known) => known !== undefined)
}

/** The part of an event that says that it comes of a command. */
function ofCommand(source: Coordinates) {
  const { topic, partition, offset, timestamp } = source
  return {
    occurredAt: timestamp,
    seenAt: timestamp,
    evidence: { kind: 'command', id: `${topic}/${partition}@${offset}`, source },
  } as const
}

/** The outcome of a payout that can't be paid: version 1 and the last, since nothing is ever sent for it (S6.1). */
export function failedBeforeSending(ask: Ask, { code, explanation }: Refusal): PayoutEvent {
  const { partner, payoutId, coordinates, contentHash } = ask
  const payee = payeeOf(ask)
  return {
    name: 'payout.PayoutFailed',
    value: {
      eventId: outcomeId('payout.failed', partner, payoutId),
      payoutId: isPayoutId(payoutId) ? payoutId : shown(payoutId, payee),
      partner: shown(partner, payee),
      version: 1,
      ...ofCommand(coordinates),
      batchNo: null,
      serial: null,
      reason: code,
      explanation,
      contentHash,
      standing: { status: 'failed', final: true, closed: true, mismatches: [], returned: false },
    },
  }
}

/** A command is refused; the payout that holds the id, if there is one, is untouched. */
export function refused(
  ask: Pick<Ask, 'partner' | 'payoutId' | 'coordinates'> & Partial<Payee>,
  { code, explanation }: Refusal,
  heldBy: Coordinates | null,
): PayoutEvent {
  const { partner, payoutId, coordinates } = ask
  const payee = payeeOf(ask)
  return {
    name: 'payout.PayoutRefused',
    value: {
      eventId: reportId('payout.refused', partner, payoutId, coordinates),
      payoutId: isPayoutId(payoutId) ? payoutId : shown(payoutId, payee),
      partner: shown(partner, payee),
      ...ofCommand(coordinates),
      reason: code,
      explanation,
      heldBy,
      // The signer does not know how the payout stands that holds the id.
      standing: null,
    },
  }
}

/** A return file is not fetched, since the command that asks for it is not valid. */
export function returnFileFailed(
  { partner, date }: Pick<ReturnFileRequested, 'partner' | 'date'>,
  coordinates: Coordinates,
  { code, explanation }: Refusal,
): ReturnFileEvent {
  return {
    name: 'payout.PayoutReturnFileFailed',
    value: {
      eventId: reportId('payout.return_file_failed', partner, date, coordinates),
      partner: shown(partner),
      fileDate: shown(date),
      ...ofCommand(coordinates),
      fileHash: null,
      reason: code,
      explanation,
      problems: [],
      problemCount: 0,
      againAt: null,
    },
  }
}

/** A command about an agreement is not valid: it never reaches the agreement, and changes nothing there. */
export function agreementFailed(
  { partner, commandId, coordinates }: AgreementAsk,
  { code, explanation }: Refusal,
  agreementId: string | null,
): AgreementEvent {
  return {
    name: 'agreement.AgreementFailed',
    value: {
      eventId: reportId('agreement.failed', partner, `${agreementId ?? 'command'}/${commandId}`, coordinates),
      agreementId,
      commandId: isPayoutId(commandId) ? commandId : shown(commandId),
      partner: shown(partner),
      version: null,
      ...ofCommand(coordinates),
      reason: code,
      explanation,
    },
  }
}
