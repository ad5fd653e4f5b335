import { eventPlaces, eventStream } from '@payout/cli/follow/event-stream'
import { ReturnWatch } from '@payout/cli/follow/return-watch'
import { publishCommand } from '@payout/cli/write/command-record'
import { returnFileCommandRecord } from '@payout/cli/write/return-file-command'
import type { ReturnFileRow } from '@payout/mapi/return-file/row'
import { chinaDate } from '@payout/mapi/values/china-time'
import { fen } from '@payout/mapi/values/fen'
import type { EventLog } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import { DAY_MS } from '@payout/schemas/units'

/** A return file, to try it out. */
export interface SampleReturnFile {
  readonly partner: string
  /** YYYYMMDD. */
  readonly date: string
  readonly rows: readonly ReturnFileRow[]
}

const REASONS = ['账户不存在', '户名不符', '账户已销户'] as const
const NAMES = ['毛毛', '朱镕基', '北京某某贸易有限公司'] as const

/**
 * The file of the day before `now`: three payouts of a file that was uploaded elsewhere.
 * @param now UTC milliseconds
 */
export function sampleReturnFile(partner: string, now: number): SampleReturnFile {
  const yesterday = now - DAY_MS
  const date = chinaDate(yesterday)
  const rows = REASONS.map((reason, index) => ({
    batchNo: 'november-wages',
    serial: `wage${index + 1}`,
    payeeName: NAMES[index] ?? '',
    payeeAccount: `62220202000${String(index + 1).padStart(8, '0')}`,
    bank: '中国工商银行',
    province: '浙江省',
    city: '杭州市',
    branch: '西湖支行',
    amountFen: fen(100_000 + index),
    corporate: index === 2,
    memo: '工资',
    withdrawalSerial: `${date}0000000${index + 1}`,
    // Whole seconds, as the file writes them.
    returnedAt: Math.trunc(yesterday / 1000) * 1000,
    reason,
  }))
  return { partner, date, rows }
}

/**
 * Asks for the file, and follows its events until all its rows are reported, or it is not taken, or the signal aborts.
 * The events show what came of it (`auditReturnFile`).
 */
export async function fetchReturnFile(
  log: EventLog,
  codec: Codec,
  { partner, date }: SampleReturnFile,
  signal: AbortSignal,
): Promise<void> {
  const watch = new ReturnWatch(partner, date)
  const from = await eventPlaces(log, 'now', ['payout.events'])
  await publishCommand(log, codec, returnFileCommandRecord({ partner, date, requestedAt: null }))
  for await (const { event } of eventStream(log, codec, { from, until: 'follow', signal })) {
    watch.take(event)
    if (watch.isWhole || watch.failure !== undefined) return
  }
}
