import { formatChinaDateTime, parseChinaDateTime, payDate } from '@payout/mapi/values/china-time'
import { UsageError } from '../terminal/errors.ts'

/** A moment for a person: `2026-11-21 03:20:31.123 UTC (11:20:31 China)`, with the day in China where it is another. */
export function formatMoment(milliseconds: number): string {
  const utc = new Date(milliseconds).toISOString()
  const china = formatChinaDateTime(milliseconds)
  const chinaShort = china.startsWith(utc.slice(0, 10)) ? china.slice(11) : china
  return `${utc.slice(0, 10)} ${utc.slice(11, 23)} UTC (${chinaShort} China)`
}

/** A moment in a line of many: its day and time, UTC: `2026-11-21 03:20:31.123`. */
export function formatUtc(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '')
}

/**
 * Reads a moment as a person writes it: `2026-11-21 11:20` or `2026-11-21 11:20:31` as it stands in Alipay's console,
 * which is China's time; or ISO 8601 with its zone (`2026-11-21T03:20:31Z`, `…+08:00`). Gives UTC milliseconds.
 * @throws UsageError when it is written otherwise
 */
export function parseMoment(text: string): number {
  const local = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?$/.exec(text.trim())
  if (local) {
    try {
      return parseChinaDateTime(`${local[1]} ${local[2]}${local[3] ?? ':00'}`)
    } catch {
      throw wrong(text)
    }
  }
  const zoned = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.exec(text.trim())
  const moment = zoned && isDay(zoned[1] ?? '') ? Date.parse(text.trim()) : Number.NaN
  if (Number.isNaN(moment)) throw wrong(text)
  return moment
}

/** Whether there is such a day: `Date.parse` takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day)
}

/** A day as a person writes it, `2010-12-18` or `20101218`, as YYYYMMDD; undefined where there is no such day. */
export function fileDateOf(text: string): string | undefined {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(text.trim())
  try {
    return match ? payDate(match.slice(1).join('')) : undefined
  } catch {
    return undefined
  }
}

function wrong(text: string): UsageError {
  return new UsageError(
    `"${text}" is no moment: write 2026-11-21 11:20 (China's time, as in Alipay's console) or 2026-11-21T03:20:00Z${stampWords(text.trim())}`,
  )
}

/** What a time stamp of digits alone would be: by how many there are. */
const STAMPS: Readonly<Record<number, readonly [unit: string, milliseconds: number]>> = {
  10: ['seconds', 1_000],
  13: ['milliseconds', 1],
  16: ['microseconds', 1 / 1_000],
  19: ['nanoseconds', 1 / 1_000_000],
}

function stampWords(text: string): string {
  const [unit, milliseconds] = (/^[0-9]+$/.test(text) && STAMPS[text.length]) || []
  if (unit === undefined || milliseconds === undefined) return ''
  return `. As ${unit} since 1970 it would be ${new Date(Number(text) * milliseconds).toISOString()}`
}
