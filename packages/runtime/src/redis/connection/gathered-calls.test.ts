import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatheredCalls } from './gathered-calls.ts'

describe('GatheredCalls', () => {
  it('gives each item its own answer, whatever comes together, in calls of at most so many', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 5 }), fc.integer({ min: 1, max: 20 }), async (turns, most) => {
        const calls: number[] = []
        const gathered = new GatheredCalls<number, string>(async (items) => {
          calls.push(items.length)
          return items.map(String)
        }, most)
        const answers: Promise<string>[] = []
        for (const count of turns) {
          for (let item = 0; item < count; item++) answers.push(gathered.add(answers.length))
          await new Promise(setImmediate)
        }
        expect(await Promise.all(answers)).toEqual(answers.map((_, at) => String(at)))
        const expected = turns.flatMap((count) =>
          Array.from({ length: Math.ceil(count / most) }, (_, at) => Math.min(most, count - at * most)),
        )
        expect(calls).toEqual(expected)
      }),
    )
  })

  it('fails all that went together, and goes on with what comes later', async () => {
    let isAway = true
    const gathered = new GatheredCalls<string, string>(async (items) => {
      if (isAway) throw new Error('away')
      return items
    }, 10)
    const first = await Promise.allSettled([gathered.add('a'), gathered.add('b')])
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    isAway = false
    expect(await gathered.add('c')).toBe('c')
  })

  it('fails all where an answer is missing, for none can be told from another', async () => {
    const gathered = new GatheredCalls<string, string>(async () => ['one'], 10)
    const both = await Promise.allSettled([gathered.add('a'), gathered.add('b')])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})
