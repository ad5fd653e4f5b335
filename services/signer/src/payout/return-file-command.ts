import { MapiError } from '@payout/mapi/error'
import { laneOfReturnFiles } from '@payout/mapi/return-file/lane'
import { chinaDate, payDate } from '@payout/mapi/values/china-time'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import type { ReturnFileEvent } from '@payout/runtime/record/domain-event'
import type { Coordinates } from '@payout/runtime/redis/port'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import { reportId } from '@payout/schemas/event-id'
import type { ReturnFileRequested } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import { ofCommand, type Refusal, shown } from '../command/refusal.ts'
import type { SignerDependencies } from '../signer-dependencies.ts'
import { traceparentOf } from '../task/traceparent.ts'

/**
 * What comes of a command to fetch a return file.
 * @returns the command for the reconciler, in the lane of the partner's return files; or the event that says why the
 *   command is refused.
 */
export function returnFileRecord(
  requested: ReturnFileRequested,
  record: LogRecord,
  dependencies: Pick<SignerDependencies, 'codec' | 'rules' | 'settings' | 'source' | 'clock'>,
): { readonly record: OutgoingRecord } | { readonly refusal: ReturnFileEvent } {
  const { partner, date } = requested
  const coordinates = coordinatesOf(record)
  const fault = faultOf(requested, dependencies)
  if (fault !== undefined) {
    const explanation = `the command is not taken: ${fault}`
    return { refusal: returnFileFailed(requested, coordinates, { code: 'INVALID_RETURN_FILE_COMMAND', explanation }) }
  }
  const { timestamp } = coordinates
  const subject = `${partner}/return-file/${date}`
  return {
    record: {
      topic: 'gateway.commands',
      partition: laneOfReturnFiles(partner, dependencies.settings.lanes),
      key: subject,
      value: dependencies.codec.encode('gateway.GatewayReturnFileCommand', {
        partner,
        fileDate: date,
        source: coordinates,
      }),
      headers: cloudEventHeaders({
        id: `${subject}/${placeOf(coordinates)}`,
        type: eventType('gateway.GatewayReturnFileCommand'),
        source: dependencies.source,
        subject,
        time: timestamp,
        traceparent: traceparentOf(record),
      }),
    },
  }
}

/** The event that says why the file is not fetched: the command is not valid. */
function returnFileFailed(
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

function faultOf(
  { partner, date }: ReturnFileRequested,
  { rules, clock }: Pick<SignerDependencies, 'rules' | 'clock'>,
): string | undefined {
  if (!rules.partner(partner)) return 'the partners file has no partner of this alias'
  try {
    const today = chinaDate(clock.now())
    return payDate(date) > today ? `date ${date} lies in the future: in China it is ${today}` : undefined
  } catch (error) {
    if (!(error instanceof MapiError)) throw error
    return `date is ${error.message}`
  }
}
