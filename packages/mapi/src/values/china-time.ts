import { DAY_MS, HOUR_MS, SECOND_MS } from '@payout/schemas/units'
import { MapiError } from '../error.ts'

/** A calendar day in China, written YYYYMMDD. */
export type PayDate = string & { readonly __brand: 'PayDate' }

/** China Standard Time is UTC+8. There has been no summer time since 1991, long before this protocol. */
const OFFSET_MS = 8 * HOUR_MS

/** The first and the last millisecond (UTC) whose year has four digits in China. */
const FIRST = Date.parse('1000-01-01T00:00:00.000+08:00')
const LAST = Date.parse('9999-12-31T23:59:59.999+08:00')

/**
 * The day in China at a moment (UTC milliseconds), as `pay_date` wants it (BTN-5).
 * @throws MapiError MAPI_DATE_FORMAT for a moment that has no four-digit year.
 */
export function chinaDate(milliseconds: number): PayDate {
  return formatChinaDateTime14(milliseconds).slice(0, 8) as PayDate
}

/**
 * Takes a text as a day, YYYYMMDD.
 * @throws MapiError MAPI_DATE_FORMAT if it is written otherwise or no such day exists.
 */
export function payDate(text: string): PayDate {
  const match = /^(\d{4})(\d\d)(\d\d)$/.exec(text)
  if (match === null) throw wrongDate('YYYYMMDD')
  moment(match, 'YYYYMMDD')
  return text as PayDate
}

/** The first millisecond (UTC) of a day in China. */
export function startOfChinaDate(date: PayDate): number {
  return parseChinaDateTime14(`${date}000000`)
}

/** How many milliseconds are left until the next day begins in China: 1 to 86,400,000. */
export function millisecondsToMidnight(milliseconds: number): number {
  const sinceMidnight = (((milliseconds + OFFSET_MS) % DAY_MS) + DAY_MS) % DAY_MS
  return DAY_MS - sinceMidnight
}

/** What was read last, and what was written last: the lines of a batch have the same time, or nearly. */
let lastRead: { readonly text: string; readonly moment: number } | undefined
let lastWritten: { readonly second: number; readonly iso: string } | undefined

/**
 * Reads the time of a notify's line, YYYYMMDDhhmmss in China, as UTC milliseconds (BTN-11).
 * @throws MapiError MAPI_DATE_FORMAT if it is written otherwise or no such moment exists.
 */
export function parseChinaDateTime14(text: string): number {
  if (text === lastRead?.text) return lastRead.moment
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (match === null) throw wrongDate('YYYYMMDDhhmmss')
  lastRead = { text, moment: moment(match, 'YYYYMMDDhhmmss') }
  return lastRead.moment
}

/** Writes UTC milliseconds as YYYYMMDDhhmmss in China; milliseconds are cut off. */
export function formatChinaDateTime14(milliseconds: number): string {
  return chinaIso(milliseconds).replace(/[-T:]/g, '')
}

/**
 * Reads `notify_time`, yyyy-MM-dd HH:mm:ss in China, as UTC milliseconds (batch_trans_notify_no_pwd 1.3 §6.2).
 * @throws MapiError MAPI_DATE_FORMAT if it is written otherwise or no such moment exists.
 */
export function parseChinaDateTime(text: string): number {
  const match = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(text)
  if (match === null) throw wrongDate('yyyy-MM-dd HH:mm:ss')
  return moment(match, 'yyyy-MM-dd HH:mm:ss')
}

/** Writes UTC milliseconds as yyyy-MM-dd HH:mm:ss in China; milliseconds are cut off. */
export function formatChinaDateTime(milliseconds: number): string {
  return chinaIso(milliseconds).replace('T', ' ')
}

/** yyyy-MM-ddTHH:mm:ss in China. */
function chinaIso(milliseconds: number): string {
  if (!(milliseconds >= FIRST && milliseconds <= LAST)) {
    throw new MapiError(
      'MAPI_DATE_FORMAT',
      `${milliseconds} is no moment of the years 1000 to 9999: give UTC milliseconds`,
    )
  }
  const second = Math.floor(milliseconds / SECOND_MS)
  if (second === lastWritten?.second) return lastWritten.iso
  lastWritten = { second, iso: new Date(milliseconds + OFFSET_MS).toISOString().slice(0, 19) }
  return lastWritten.iso
}

/**
 * The moment of year, month, day and perhaps hour, minute, second; what does not exist (30 February, 24:00) is refused.
 */
function moment(parts: RegExpExecArray, format: string): number {
  const [year, month, day, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number)
  if (year === undefined || month === undefined || day === undefined || year < 1000) throw wrongDate(format)
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  // Date.UTC carries what is too large over into the next unit, up to the day: then the parts don't come back.
  const exists =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  if (!exists) throw wrongDate(format)
  return date.getTime() - OFFSET_MS
}

function wrongDate(format: string): MapiError {
  return new MapiError('MAPI_DATE_FORMAT', `not an existing date or time in China, written ${format}`)
}
