import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePlace, placeOf } from './place.ts'
import { topicNames } from './topics.ts'

const MAX = { partition: 999_999_999, offset: 999_999_999_999_999 }

const anyPlace = fc.record({
  topic: fc.constantFrom(...topicNames),
  partition: fc.nat(MAX.partition),
  offset: fc.maxSafeNat().map((offset) => offset % (MAX.offset + 1)),
})

describe('a place', () => {
  it('is topic, partition and offset', () => {
    expect(placeOf({ topic: 'payout.commands', partition: 3, offset: 17 })).toBe('payout.commands/3@17')
  })

  it('is read as it was written, whatever it is', () => {
    fc.assert(
      fc.property(anyPlace, (place) => {
        expect(parsePlace(placeOf(place))).toEqual(place)
      }),
    )
  })

  it('of two records is never the same', () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, (one, other) => {
        const same = one.topic === other.topic && one.partition === other.partition && one.offset === other.offset
        expect(placeOf(one) === placeOf(other)).toBe(same)
      }),
    )
  })

  it.each([
    '',
    '3@17',
    'payout.commands@17',
    'payout.commands/3',
    'payout.commands-3/17',
    'payout.nowhere/3@17',
    ' payout.commands/3@17',
    'payout.commands/3@17#2',
    'payout.commands/-3@17',
    'payout.commands/3@1.5',
    'payout.commands/1000000000@0',
    'payout.commands/0@1000000000000000',
  ])('is not %j', (text) => {
    expect(parsePlace(text)).toBeUndefined()
  })
})
