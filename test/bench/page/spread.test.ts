import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Figure } from '../figure.ts'
import { numberWords, spreadWords, valueWords } from './figure-words.ts'
import { goalValue, ratios, reachesGoal, spread } from './spread.ts'

const figure: Figure = { id: 'x', title: 'x', unit: 'ms', better: 'lower', ours: [10, 20, 40] }
const bare = { label: 'bare', values: [5, 5, 5] }
const atLeastHalf = { of: 'ratio', limit: 0.5, text: '' } as const

describe('the spread of rounds', () => {
  it('is the middle, the lowest and the highest', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, lowest: 1, highest: 3 })
    expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, lowest: 1, highest: 4 })
    expect(() => spread([])).toThrow(RangeError)
  })

  it('does not depend on the order of the rounds, and has as many values below the median as above', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const { median, lowest, highest } = spread(values)
        expect(spread(values.toReversed())).toEqual({ median, lowest, highest })
        expect(values.filter((value) => value < median).length).toBeLessThanOrEqual(values.length / 2)
        expect(values.filter((value) => value > median).length).toBeLessThanOrEqual(values.length / 2)
        expect(values.every((value) => value >= lowest && value <= highest)).toBe(true)
      }),
    )
  })
})

describe('ours beside the bare tool', () => {
  it('is compared round by round, and more is better', () => {
    expect(ratios({ ...figure, bare })).toEqual([0.5, 0.25, 0.125])
    expect(ratios({ ...figure, bare, better: 'higher' })).toEqual([2, 4, 8])
    expect(ratios(figure)).toBeUndefined()
  })

  it.each([
    ['no goal', figure, undefined, undefined],
    ['a ratio that is kept', { ...figure, bare, ours: [10, 9, 8], goal: atLeastHalf }, true, 10],
    ['a ratio that is not kept', { ...figure, bare, goal: atLeastHalf }, false, 10],
    ['a ratio where higher is better', { ...figure, bare, better: 'higher', goal: atLeastHalf }, true, 2.5],
    ['a value that is low enough', { ...figure, goal: { of: 'ours', limit: 20, text: '' } }, true, 20],
    ['a value that is not', { ...figure, goal: { of: 'ours', limit: 19, text: '' } }, false, 19],
    [
      'a value that is high enough',
      { ...figure, better: 'higher', goal: { of: 'ours', limit: 20, text: '' } },
      true,
      20,
    ],
  ] satisfies [string, Figure, boolean | undefined, number | undefined][])('has %s', (_, tried, reached, drawn) => {
    expect(reachesGoal(tried)).toBe(reached)
    expect(goalValue(tried)).toBe(drawn)
  })
})

describe('words', () => {
  it.each([
    [0, '0'],
    [0.0123, '0.012'],
    [0.999, '1.00'],
    [9.876, '9.88'],
    [98.76, '98.8'],
    [1234.5, '1,235'],
  ])('writes %d as %s', (value, words) => {
    expect(numberWords(value)).toBe(words)
  })

  it('puts the unit behind, and the spread in parentheses', () => {
    expect(valueWords(1200, '/s')).toBe('1,200/s')
    expect(spreadWords({ median: 2, lowest: 1, highest: 3 }, 'ms')).toBe('2.00 ms (1.00–3.00)')
    expect(spreadWords({ median: 2, lowest: 2, highest: 2 }, 'ms')).toBe('2.00 ms')
  })
})
