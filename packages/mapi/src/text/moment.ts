import { DAY_MS } from '@payout/schemas/units'

/** The last millisecond (UTC) of a year with four digits, in China too. */
export const LAST_MOMENT = Date.parse('9999-12-31T15:59:59.999Z')

/** How many milliseconds one of each has, for those that are taken for milliseconds by mistake. */
const OTHER_UNITS = [
  ['seconds', 1_000],
  ['microseconds', 1 / 1_000],
  ['nanoseconds', 1 / 1_000_000],
] as const

/** How far from where it is expected a moment may be that is meant: ten years. */
const NEAR_MS = 10 * 366 * DAY_MS

/**
 * How a time stamp was read, and, where it would fit in another unit, that it is probably written in that one:
 * `1732172400, read as milliseconds, is 1970-01-21T01:09:32.400Z; as seconds it would be 2024-11-21T07:00:00.000Z:
 * write milliseconds`.
 * @param value what was taken for UTC milliseconds
 * @param expected a moment near which it should be; UTC milliseconds
 */
export function describeMoment(value: number, expected: number): string {
  const isMoment = Number.isFinite(value) && Math.abs(value) <= LAST_MOMENT
  const read = `${value}, read as milliseconds, is ${isMoment ? isoMoment(value) : 'no moment before the year 10000'}`
  if (Math.abs(value - expected) <= NEAR_MS) return read
  const meant = OTHER_UNITS.find(([, milliseconds]) => Math.abs(value * milliseconds - expected) <= NEAR_MS)
  if (meant === undefined) return read
  const [unit, milliseconds] = meant
  return `${read}; as ${unit} it would be ${isoMoment(Math.round(value * milliseconds))}: write milliseconds`
}

/** A moment in UTC, ISO 8601; `milliseconds` within four-digit years. */
export function isoMoment(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
