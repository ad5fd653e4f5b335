import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chinaDate,
  formatChinaDateTime,
  formatChinaDateTime14,
  millisecondsToMidnight,
  parseChinaDateTime,
  parseChinaDateTime14,
  payDate,
  startOfChinaDate,
} from './china-time.ts'

/** China's clock by the time zone database; since 1992 it has been UTC+8 all year. */
const clock = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function digitsByTimeZone(milliseconds: number): string {
  const parts = new Map(clock.formatToParts(milliseconds).map(({ type, value }) => [type, value]))
  return ['year', 'month', 'day', 'hour', 'minute', 'second'].map((type) => parts.get(type as 'year')).join('')
}

const moments = fc.integer({ min: Date.UTC(1992, 0, 2), max: Date.UTC(2100, 0, 1) })

describe('China time', () => {
  it('BTN-5: the day is that of China, whatever the zone of this machine', () => {
    expect(chinaDate(Date.parse('2026-11-21T15:59:59.999Z'))).toBe('20261121')
    expect(chinaDate(Date.parse('2026-11-21T16:00:00.000Z'))).toBe('20261122')
    expect(chinaDate(Date.parse('2026-12-31T16:00:00.000Z'))).toBe('20270101')
    fc.assert(fc.property(moments, (ms) => chinaDate(ms) === digitsByTimeZone(ms).slice(0, 8)))
  })

  it('BTN-5: a day begins at midnight in China', () => {
    expect(startOfChinaDate(payDate('20261122'))).toBe(Date.parse('2026-11-21T16:00:00.000Z'))
    fc.assert(
      fc.property(moments, (ms) => {
        const start = startOfChinaDate(chinaDate(ms))
        return start <= ms && ms < start + 86_400_000 && chinaDate(start - 1) !== chinaDate(ms)
      }),
    )
  })

  it('BTN-5: counts the milliseconds until midnight in China', () => {
    expect(millisecondsToMidnight(Date.parse('2026-11-21T15:59:30.000Z'))).toBe(30_000)
    expect(millisecondsToMidnight(Date.parse('2026-11-21T16:00:00.000Z'))).toBe(86_400_000)
    expect(millisecondsToMidnight(-1)).toBe(16 * 3_600_000 + 1)
    fc.assert(
      fc.property(
        moments,
        (ms) =>
          chinaDate(ms + millisecondsToMidnight(ms)) !== chinaDate(ms) &&
          chinaDate(ms + millisecondsToMidnight(ms) - 1) === chinaDate(ms),
      ),
    )
  })

  it('BTN-11: reads and writes YYYYMMDDhhmmss in China', () => {
    expect(parseChinaDateTime14('20081024143652')).toBe(Date.parse('2008-10-24T14:36:52+08:00'))
    fc.assert(fc.property(moments, (ms) => formatChinaDateTime14(ms) === digitsByTimeZone(ms)))
    fc.assert(
      fc.property(moments, (ms) => parseChinaDateTime14(formatChinaDateTime14(ms)) === Math.floor(ms / 1000) * 1000),
    )
  })

  it('BTN-10: reads and writes notify_time, yyyy-MM-dd HH:mm:ss in China', () => {
    expect(parseChinaDateTime('2009-08-12 11:08:32')).toBe(Date.parse('2009-08-12T11:08:32+08:00'))
    expect(formatChinaDateTime(Date.parse('2009-08-12T03:08:32.987Z'))).toBe('2009-08-12 11:08:32')
    fc.assert(
      fc.property(moments, (ms) => parseChinaDateTime(formatChinaDateTime(ms)) === Math.floor(ms / 1000) * 1000),
    )
  })

  it('BTN-11: reads and writes a time alike, whatever came before it', () => {
    fc.assert(
      fc.property(moments, fc.array(fc.integer({ min: -2_500, max: 2_500 }), { minLength: 2 }), (ms, near) => {
        for (const at of near.map((after) => ms + after)) {
          const text = digitsByTimeZone(at)
          expect([formatChinaDateTime14(at), chinaDate(at)]).toEqual([text, text.slice(0, 8)])
          expect(parseChinaDateTime14(text)).toBe(Math.floor(at / 1000) * 1000)
          expect(() => parseChinaDateTime14(`${text.slice(0, 12)}60`)).toThrow()
        }
      }),
      { numRuns: 30 },
    )
  })

  it.each([
    '20260229000000',
    '20261301000000',
    '20260001000000',
    '20260100000000',
    '20260431000000',
    '20260101240000',
    '20260101006000',
    '20260101000060',
    '00500101000000',
    '2026010100000',
    '202601010000000',
    ' 20260101000000',
    '20260101000000\n',
    '2026-01-01 00:00:00',
    '',
  ])('BTN-11: refuses the time %j', (text) => {
    expect(() => parseChinaDateTime14(text)).toThrow(expect.objectContaining({ code: 'MAPI_DATE_FORMAT' }))
  })

  it.each([
    '2026-02-30 00:00:00',
    '2026-01-01T00:00:00',
    '2026-01-01 24:00:00',
    '2026-1-1 00:00:00',
    '20260101000000',
    '',
  ])('BTN-10: refuses the notify_time %j', (text) => {
    expect(() => parseChinaDateTime(text)).toThrow(expect.objectContaining({ code: 'MAPI_DATE_FORMAT' }))
  })

  it.each(['20260230', '2026011', '2026-01-01', '', '２０２６０１０１'])('BTN-5: refuses the day %j', (text) => {
    expect(() => payDate(text)).toThrow(expect.objectContaining({ code: 'MAPI_DATE_FORMAT' }))
  })

  it('takes a leap day', () => {
    expect(payDate('20280229')).toBe('20280229')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1e17, 1e17])('refuses %d as a moment', (ms) => {
    expect(() => chinaDate(ms)).toThrow(expect.objectContaining({ code: 'MAPI_DATE_FORMAT' }))
  })
})
