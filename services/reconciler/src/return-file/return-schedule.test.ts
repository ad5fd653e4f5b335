import { describe, expect, it } from 'vitest'
import { dueRun } from './return-schedule.ts'

const SCHEDULE = { time: '09:30', days: 3 }
const at = (text: string) => Date.parse(`${text}+08:00`)

describe('the schedule of return files', () => {
  it("is due once a day, from its time on, in China's time", () => {
    expect(dueRun(SCHEDULE, undefined, at('2026-11-21T09:29:59'))).toBeUndefined()
    const run = dueRun(SCHEDULE, undefined, at('2026-11-21T09:30:00'))
    expect(run).toEqual({ today: '20261121', dates: ['20261120', '20261119', '20261118'] })
    expect(dueRun(SCHEDULE, run?.today, at('2026-11-21T23:59:59'))).toBeUndefined()
    expect(dueRun(SCHEDULE, run?.today, at('2026-11-22T09:29:00'))).toBeUndefined()
    expect(dueRun(SCHEDULE, run?.today, at('2026-11-22T10:00:00'))?.dates[0]).toBe('20261121')
  })

  it('goes back over the end of a month and a year, and over 29 February', () => {
    expect(dueRun(SCHEDULE, undefined, at('2027-01-02T12:00:00'))?.dates).toEqual(['20270101', '20261231', '20261230'])
    expect(dueRun(SCHEDULE, undefined, at('2028-03-01T12:00:00'))?.dates).toEqual(['20280229', '20280228', '20280227'])
  })

  it('after a longer pause every day since the last run is fetched, sixty at the most', () => {
    const missed = dueRun(SCHEDULE, '20261110', at('2026-11-21T12:00:00'))
    expect([missed?.dates.length, missed?.dates.at(-1)]).toEqual([11, '20261110'])
    expect(dueRun(SCHEDULE, '20260101', at('2026-11-21T12:00:00'))?.dates).toHaveLength(60)
  })
})
