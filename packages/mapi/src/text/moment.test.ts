import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeMoment } from './moment.ts'

const NOW = Date.parse('2024-11-21T07:00:00.000Z')

describe('a time stamp in words', () => {
  it.each([
    [NOW, '1732172400000, read as milliseconds, is 2024-11-21T07:00:00.000Z'],
    [
      1_732_172_400,
      '1732172400, read as milliseconds, is 1970-01-21T01:09:32.400Z; as seconds it would be 2024-11-21T07:00:00.000Z: write milliseconds',
    ],
    [
      1_732_172_400_000_000,
      '1732172400000000, read as milliseconds, is no moment before the year 10000; as microseconds it would be 2024-11-21T07:00:00.000Z: write milliseconds',
    ],
    [
      1_732_172_400_000_000_000,
      '1732172400000000000, read as milliseconds, is no moment before the year 10000; as nanoseconds it would be 2024-11-21T07:00:00.000Z: write milliseconds',
    ],
    [0, '0, read as milliseconds, is 1970-01-01T00:00:00.000Z'],
    [-1, '-1, read as milliseconds, is 1969-12-31T23:59:59.999Z'],
    [Number.NaN, 'NaN, read as milliseconds, is no moment before the year 10000'],
    [Number.POSITIVE_INFINITY, 'Infinity, read as milliseconds, is no moment before the year 10000'],
    [4_102_444_800_000, '4102444800000, read as milliseconds, is 2100-01-01T00:00:00.000Z'],
  ])('%d', (value, words) => {
    expect(describeMoment(value, NOW)).toBe(words)
  })

  it('tells any number, and never throws', () => {
    fc.assert(
      fc.property(fc.double(), fc.integer({ min: 0, max: 4e12 }), (value, expected) => {
        expect(describeMoment(value, expected)).toContain(', read as milliseconds, is ')
      }),
    )
  })
})
