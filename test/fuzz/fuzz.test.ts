import { describe, expect, it } from 'vitest'
import { fuzz, targets } from './fuzz-run.ts'

/** A small part of `npm run fuzz`, the same each time. */
describe('fuzz', () => {
  const rules = { 'XML answers': 'BTN-8', notifies: 'BTN-10' } as const
  const ruleOf = (name: string) => (name in rules ? rules[name as keyof typeof rules] : 'RFD-3')

  it.each(targets.map((target) => ({ ...target, rule: ruleOf(target.name) })))(
    '$rule: $name: nothing but a declared result, whatever comes',
    async (target) => {
      expect(await fuzz(target, { seed: 4, count: 2000 })).toBeGreaterThan(0)
    },
  )

  it('shares add up to all cases', () => {
    expect(targets.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
  })

  it('a reader that throws is found, with the seed that repeats it', async () => {
    const [target] = targets
    if (target === undefined) throw new Error('no target')
    const broken = { ...target, check: (bytes: Buffer) => void bytes.readUInt32LE(4000) }
    await expect(fuzz(broken, { seed: 4, count: 100 })).rejects.toThrow(/seed: 4/)
  })
})
