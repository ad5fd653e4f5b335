import { chinaDate, formatChinaDateTime14, type PayDate, startOfChinaDate } from '@payout/mapi/values/china-time'
import { DAY_MS } from '@payout/schemas/units'

/** However long nothing ran: not further back than this. */
const MOST_DAYS = 60

/** A run of a partner's schedule. */
export interface ScheduledRun {
  /** The day of the run, in China. */
  readonly today: PayDate
  /** The days whose files are fetched, latest first. */
  readonly dates: readonly PayDate[]
}

/**
 * The run that is due, if any: one a day, from the configured time on, in China. It fetches the files of the `days`
 * days before it, since banks are late, and after a longer pause those of all days since the last run.
 * @param time HH:MM in China.
 * @param lastRun the day of the last run, YYYYMMDD in China; undefined where none was.
 * @param now UTC milliseconds.
 */
export function dueRun(
  { time, days }: { readonly time: string; readonly days: number },
  lastRun: string | undefined,
  now: number,
): ScheduledRun | undefined {
  const today = chinaDate(now)
  const clock = formatChinaDateTime14(now).slice(8, 12)
  if (clock < time.replace(':', '') || (lastRun !== undefined && lastRun >= today)) return undefined
  const start = startOfChinaDate(today)
  const missed = lastRun === undefined ? 0 : Math.round((start - startOfChinaDate(lastRun as PayDate)) / DAY_MS)
  const back = Math.min(Math.max(days, missed), MOST_DAYS)
  return { today, dates: Array.from({ length: back }, (_, index) => chinaDate(start - (index + 1) * DAY_MS)) }
}
