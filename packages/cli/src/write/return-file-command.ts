import type { ReturnFileRequested } from '@payout/schemas/generated/records'
import type { CommandRecord } from './command-record.ts'

/** The command to fetch a return file, keyed like its events, so that commands about one file keep their order. */
export function returnFileCommandRecord(value: ReturnFileRequested): CommandRecord {
  const subject = `${value.partner}/return-file/${value.date}`
  return { topic: 'payout.commands', key: subject, subject, record: { name: 'payout.ReturnFileRequested', value } }
}
