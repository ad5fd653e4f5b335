import { MapiError } from '@payout/mapi/error'
import { laneOfReturnFiles } from '@payout/mapi/return-file/lane'
import { chinaDate, payDate } from '@payout/mapi/values/china-time'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { ReturnFileEvent } from '@payout/runtime/record/domain-event'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { ReturnFileRequested } from '@payout/schemas/generated/records'
import type { SignerParts } from '../signer-parts.ts'
import { coordinatesOf, traceparentOf } from './command.ts'
import { returnFileFailed } from './refusal-events.ts'

/** A command to fetch a return file on its way to the reconciler, in the lane of its partner's return files; or the event that says why it is none. */
export function returnFileRecord(
  asked: ReturnFileRequested,
  record: LogRecord,
  parts: Pick<SignerParts, 'codec' | 'rules' | 'settings' | 'source' | 'clock'>,
): { readonly record: OutgoingRecord } | { readonly refusal: ReturnFileEvent } {
  const { partner, date } = asked
  const coordinates = coordinatesOf(record)
  const fault = faultOf(asked, parts)
  if (fault !== undefined) {
    const explanation = `the command is not taken: ${fault}`
    return { refusal: returnFileFailed(asked, coordinates, { code: 'INVALID_RETURN_FILE_COMMAND', explanation }) }
  }
  const { topic, partition, offset, timestamp } = coordinates
  const subject = `${partner}/return-file/${date}`
  return {
    record: {
      topic: 'gateway.commands',
      partition: laneOfReturnFiles(partner, parts.settings.lanes),
      key: subject,
      value: parts.codec.encode('gateway.GatewayReturnFileCommand', { partner, fileDate: date, source: coordinates }),
      headers: cloudEventHeaders({
        id: `${subject}/${topic}/${partition}@${offset}`,
        type: eventType('gateway.GatewayReturnFileCommand'),
        source: parts.source,
        subject,
        time: timestamp,
        traceparent: traceparentOf(record),
      }),
    },
  }
}

function faultOf(
  { partner, date }: ReturnFileRequested,
  { rules, clock }: Pick<SignerParts, 'rules' | 'clock'>,
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
