import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Figure } from '../figure.ts'
import { benchmarksPage, withFigures, wrapped } from './benchmarks-page.ts'
import { type Measurement, merged } from './measurement.ts'

const figure: Figure = {
  id: 'pay-cpu',
  title: 'CPU a payout',
  unit: 'µs',
  better: 'lower',
  ours: [10, 12, 20],
  bare: { label: 'the bare tool', values: [5, 6, 10] },
  goal: { of: 'ratio', limit: 0.6, text: 'at least 0.6' },
  table: { head: ['process', 'µs'], rows: [['signer', '7']] },
}
const measurement: Measurement = {
  bench: 'pay',
  about: 'Pays.',
  day: '2026-11-30',
  commit: 'abc1234',
  rounds: 3,
  surroundings: { cores: '2', Node: '24.0.0' },
  figures: [figure],
}

describe('the page', () => {
  const page = benchmarksPage([measurement], { 'pay-cpu': 'it does more.' })

  it('has a row, a picture and the further rows of each figure', () => {
    expect(page).toContain(
      '| CPU a payout | 12.0 µs (10.0–20.0) | 6.00 µs (5.00–10.0): the bare tool | 0.500 | at least 0.6 | no |',
    )
    expect(page).toContain('![CPU a payout](benchmarks/pay-cpu.svg)')
    expect(page).toContain('| signer | 7 |')
  })

  it('says when, at which commit, in how many rounds, and where', () => {
    expect(page).toContain('Pays. Measured on 2026-11-30 at commit abc1234, in 3 rounds.')
    expect(page).toContain('Of pay:\n\n| what | which |\n| --- | --- |\n| cores | 2 |\n| Node | 24.0.0 |')
  })

  it('gives the reason where a goal is not reached, and nowhere else', () => {
    expect(page).toContain('Why the goal is not reached: it does more.')
    const reached = { ...measurement, figures: [{ ...figure, ours: [5, 6, 10] }] }
    expect(benchmarksPage([reached], { 'pay-cpu': 'it does more.' })).not.toContain('Why')
  })

  it('has a table for each machine', () => {
    const elsewhere = { ...measurement, bench: 'sign', surroundings: { cores: '4' } }
    const both = benchmarksPage([measurement, elsewhere, { ...measurement, bench: 'read' }], {})
    expect(both).toContain('Of pay, read:')
    expect(both).toContain('Of sign:')
  })
})

describe('README.md', () => {
  it('shows the chosen figures between its marks', () => {
    const readme = 'before\n<!-- benchmarks -->\nold\n<!-- /benchmarks -->\nafter\n'
    const written = withFigures(readme, [measurement], ['no-more', 'pay-cpu'])
    expect(written).toMatch(
      /^before\n<!-- benchmarks -->\n\n\| figure .*\n.*\n\| CPU a payout .*\n\n<!-- \/bench.*\nafter\n$/,
    )
    expect(withFigures(written, [measurement], ['pay-cpu'])).toBe(written)
  })

  it('needs its marks', () => {
    expect(() => withFigures('nothing', [], [])).toThrow(RangeError)
  })
})

describe('measurements', () => {
  it('stay where another bench was run, in the order of the names', () => {
    const old = [
      { ...measurement, bench: 'b' },
      { ...measurement, bench: 'gone' },
    ]
    const fresh = [{ ...measurement, bench: 'a' }]
    expect(merged(old, fresh, ['a', 'b']).map(({ bench }) => bench)).toEqual(['a', 'b'])
    const [again] = merged(old, [{ ...measurement, bench: 'b', day: 'today' }], ['a', 'b'])
    expect(again?.day).toBe('today')
  })
})

describe('wrapped words', () => {
  it('keep to 120 columns and lose none', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,40}$/)), (words) => {
        const text = wrapped(words.join(' '))
        expect(text.split('\n').every((line) => line.length <= 120)).toBe(true)
        expect(text.split(/\s/).filter((word) => word !== '')).toEqual(words)
      }),
    )
  })
})
