import { laneOfReturnFiles } from '@payout/mapi/return-file/lane'
import { isBatchNo, laneOf } from '@payout/mapi/values/batch-no'
import type { Codec } from '@payout/schemas/codec'
import { UsageError } from '../terminal/errors.ts'
import { type FoundRecord, FoundRecords, type ReadableLog, type SearchLimits } from './found-records.ts'
import { describeForReturn, type ReturnSubject, rowPlace } from './return-entry.ts'
import { entryOf, type StoryEntry } from './story-entry.ts'

/** What is looked for. */
export interface ReturnSearch extends SearchLimits {
  /** Alipay's own serial of the withdrawal. */
  readonly withdrawalSerial: string
  /** The partner's alias; without it the serial must belong to one partner only. */
  readonly partner?: string | undefined
}

export interface ReturnStory {
  readonly subject: Pick<ReturnSubject, 'partner' | 'withdrawalSerial'>
  /** Oldest first. */
  readonly entries: readonly StoryEntry[]
}

/** Events that can be about a payout that came back, by their `ce_type`. */
const EVENT_TYPES = ['payout.returned', 'payout.mismatched', 'payout.return_file_read', 'payout.return_file_failed']

/**
 * Finds every record about one payout that came back: the rows of return files that name its withdrawal serial, in all
 * lanes; from these the files, their requests and their events.
 * @returns undefined where nothing is known of the serial
 * @throws UsageError when several partners have one of this serial
 */
export async function findReturn(
  log: ReadableLog,
  codec: Codec,
  search: ReturnSearch,
): Promise<ReturnStory | undefined> {
  const { withdrawalSerial } = search
  const found = new FoundRecords(log, codec, search)
  const lanes = await found.partitionsOf('gateway.answers')
  await found.scan('gateway.answers', lanes, found.begin, { isWanted: (each) => rowsOf(each, search).length > 0 })
  const rows = found.all.flatMap((each) => rowsOf(each, search))
  const partner = onlyPartner(rows, search)
  if (partner === undefined) return undefined
  const subject: ReturnSubject = {
    partner,
    withdrawalSerial,
    fileDates: new Set(rows.map(({ fileDate }) => fileDate)),
    requestIds: new Set(rows.map(({ requestId }) => requestId)),
    rowPlaces: new Set(found.all.flatMap((each) => rowPlacesOf(each, withdrawalSerial))),
  }
  await readFiles(found, subject, lanes.length)
  return {
    subject: { partner, withdrawalSerial },
    entries: found.inOrder.flatMap(
      ({ record, named }) => entryOf(record, named, describeForReturn(named, subject)) ?? [],
    ),
  }
}

function rowsOf({ named: { name, value } }: FoundRecord, { partner, withdrawalSerial }: ReturnSearch) {
  if (name !== 'gateway.GatewayReturnRows') return []
  if (partner !== undefined && value.partner !== partner) return []
  return value.rows.some((row) => row.withdrawalSerial === withdrawalSerial) ? [value] : []
}

function rowPlacesOf({ record, named: { name, value } }: FoundRecord, withdrawalSerial: string): string[] {
  if (name !== 'gateway.GatewayReturnRows') return []
  return value.rows.flatMap((row, line) =>
    row.withdrawalSerial === withdrawalSerial ? [rowPlace({ ...record, line })] : [],
  )
}

function onlyPartner(rows: readonly { readonly partner: string }[], search: ReturnSearch): string | undefined {
  const partners = [...new Set(rows.map(({ partner }) => partner))].sort()
  if (partners.length > 1) {
    const { withdrawalSerial } = search
    throw new UsageError(
      `several partners have a withdrawal ${withdrawalSerial}: name one with --partner (${partners.join(', ')})`,
    )
  }
  return partners[0]
}

/**
 * What led to the files, and what was said of them. Nothing of a file is older than the day before its first request,
 * whose number tells it.
 */
async function readFiles(found: FoundRecords, subject: ReturnSubject, lanes: number): Promise<void> {
  const wanted = { isWanted: ({ named }: FoundRecord) => describeForReturn(named, subject) !== undefined }
  const firstRow = found.beginAt(found.all.map(({ record }) => record.timestamp))
  await found.scan('payout.events', await found.partitionsOf('payout.events'), firstRow, {
    ...wanted,
    mayBeWanted: ({ headers }) => EVENT_TYPES.includes(headers.ce_type ?? ''),
  })
  const fileLane = laneOfReturnFiles(subject.partner, lanes)
  const requestLanes = [...subject.requestIds].filter(isBatchNo).map((id) => laneOf(id, lanes))
  const theirs = [...new Set([fileLane, ...requestLanes])]
  for (const topic of ['gateway.commands', 'gateway.to-sign', 'gateway.requests', 'gateway.attempts'] as const)
    await found.scan(topic, theirs, found.begin, wanted)
  await found.scan('gateway.answers', theirs, found.begin, wanted)
  const sources = found.all.flatMap(({ named: { name, value } }) =>
    name === 'gateway.GatewayReturnFileCommand' ? [value.source] : [],
  )
  await found.readPlaces(sources, 'payout.commands', wanted)
}
