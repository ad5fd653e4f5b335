import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Figure } from '../figure.ts'
import { figurePicture } from './figure-picture.ts'

const figure: Figure = {
  id: 'x',
  title: 'CPU of <one> & "two"',
  unit: 'µs',
  better: 'lower',
  ours: [10, 12, 20],
  bare: { label: 'bare', values: [4, 5, 6] },
  goal: { of: 'ratio', limit: 0.5, text: 'at least half of bare' },
}

const numbers = (picture: string, pattern: RegExp) => [...picture.matchAll(pattern)].map(([, number]) => Number(number))

describe('the picture of a figure', () => {
  it('has a bar for each median, a line for the spread, and the goal in the unit of the values', () => {
    const picture = figurePicture(figure)
    // The longest value ends at 560 and the bars begin at 210: 17.5 for each µs.
    expect(numbers(picture, /<rect .* width="([\d.]+)"/g)).toEqual([12 * 17.5, 5 * 17.5])
    expect(picture).toContain('<line class="range" x1="385" y1="50" x2="560" y2="50"/>')
    expect(picture).toContain('<line class="goal" x1="385" y1="34" x2="385" y2="108"/>')
    expect(picture).toContain('>12.0 µs<')
    expect(picture).toContain('>goal: at least half of bare<')
  })

  it('escapes what XML would read as its own', () => {
    expect(figurePicture(figure)).toContain('<title>CPU of &lt;one&gt; &amp; &quot;two&quot;</title>')
  })

  it('follows the light or the dark of its page', () => {
    expect(figurePicture(figure)).toContain('@media(prefers-color-scheme:dark)')
  })

  it('stays within its frame for any values', () => {
    const value = fc.double({ min: 0, max: 1e12, noNaN: true })
    const values = fc.array(value, { minLength: 1, maxLength: 9 })
    fc.assert(
      fc.property(values, values, value, (ours, bare, limit) => {
        const goal = { of: 'ours', limit, text: 'a goal' } as const
        const picture = figurePicture({ ...figure, ours, bare: { label: 'bare', values: bare }, goal })
        for (const x of numbers(picture, / x[12]?="([^"]*)"/g)) {
          expect(x).toBeGreaterThanOrEqual(12)
          expect(x).toBeLessThanOrEqual(568)
        }
      }),
    )
  })
})
