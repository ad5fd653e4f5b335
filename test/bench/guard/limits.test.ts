import { describe, expect, it } from 'vitest'
import { type Limited, limits, verdicts } from './limits.ts'

const all = Object.keys(limits) as Limited[]
const kept: ReadonlyMap<Limited, readonly number[]> = new Map(all.map((name) => [name, [limits[name]]]))

function keptBut(name: Limited, values: readonly number[]): ReadonlyMap<Limited, readonly number[]> {
  return new Map([...kept, [name, values]])
}

describe('the limits of what a payout costs', () => {
  it('are kept by what is at them', () => {
    expect(verdicts(kept).map(({ isKept }) => isKept)).toEqual(all.map(() => true))
  })

  it.each(all)('are not kept where one is passed in every burst: %s', (name) => {
    const limit = limits[name]
    const passed = verdicts(keptBut(name, [limit * 1.01, limit * 2]))
    expect(passed.filter(({ isKept }) => !isKept)).toEqual([{ name, value: limit * 1.01, limit, isKept: false }])
  })

  it('are kept where one burst keeps them', () => {
    const name = 'CPU of signer'
    const passed = verdicts(keptBut(name, [limits[name] * 3, limits[name] / 2]))
    expect(passed.every(({ isKept }) => isKept)).toBe(true)
  })

  it.each([[[]], [[Number.NaN]]])('are not kept by what was not measured: %j', (values) => {
    const [first] = verdicts(keptBut('CPU of signer', values))
    expect(first).toMatchObject({ name: 'CPU of signer', value: undefined, isKept: false })
  })
})
