import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileDateOf, formatMoment, formatUtc, parseMoment } from './moment.ts'

describe('a moment', () => {
  it('is shown in UTC and in China, with the day in China only where it is another', () => {
    expect(formatMoment(Date.UTC(2026, 10, 21, 3, 20, 31, 123))).toBe('2026-11-21 03:20:31.123 UTC (11:20:31 China)')
    expect(formatMoment(Date.UTC(2026, 10, 21, 16, 0, 0))).toBe(
      '2026-11-21 16:00:00.000 UTC (2026-11-22 00:00:00 China)',
    )
    expect(formatUtc(Date.UTC(2026, 10, 21, 3, 20, 31, 123))).toBe('2026-11-21 03:20:31.123')
  })

  it("is read as China's time where it names no zone", () => {
    expect(parseMoment('2026-11-21 11:20')).toBe(Date.UTC(2026, 10, 21, 3, 20))
    expect(parseMoment(' 2026-11-21T11:20:31 ')).toBe(Date.UTC(2026, 10, 21, 3, 20, 31))
  })

  it('is read with its zone where it names one', () => {
    expect(parseMoment('2026-11-21T03:20:31.5Z')).toBe(Date.UTC(2026, 10, 21, 3, 20, 31, 500))
    expect(parseMoment('2026-11-21T05:20+02:00')).toBe(Date.UTC(2026, 10, 21, 3, 20))
  })

  it.each([
    '',
    'yesterday',
    '2026-02-30 10:00',
    '2026-02-30T10:00:00Z',
    '2025-02-29T10:00:00+08:00',
    '2026-04-31T10:00Z',
    '2026-11-00T10:00Z',
    '2026-11-21',
    '11:20',
    '2026-11-21 24:00',
    '2026-13-01T00:00Z',
    '2026-11-21T10:00:00+99:99',
    '-1732172400',
  ])('refuses "%s"', (text) => expect(() => parseMoment(text)).toThrow(/is no moment/))

  it.each([
    ['1732172400', 'As seconds since 1970 it would be 2024-11-21T07:00:00.000Z'],
    ['1732172400000', 'As milliseconds since 1970 it would be 2024-11-21T07:00:00.000Z'],
    ['1732172400000000', 'As microseconds since 1970 it would be 2024-11-21T07:00:00.000Z'],
  ])('refuses the time stamp %s and says which moment it would be', (text, words) => {
    expect(() => parseMoment(text)).toThrow(words)
  })

  it('reads what ISO 8601 writes', () => {
    const moments = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    fc.assert(fc.property(moments, (date) => void expect(parseMoment(date.toISOString())).toBe(date.getTime())))
  })
})

describe('the day of a return file', () => {
  it.each([
    ['2010-12-18', '20101218'],
    ['20101218', '20101218'],
    [' 2012-02-29 ', '20120229'],
    ['2011-02-29', undefined],
    ['18.12.2010', undefined],
    ['', undefined],
  ])('%j is %s', (text, date) => {
    expect(fileDateOf(text)).toBe(date)
  })
})
