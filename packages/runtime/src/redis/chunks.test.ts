import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { callInChunks } from './chunks.ts'

describe('calls for a list of any length', () => {
  it('answer each item once, in order, with no call over its limits', async () => {
    const items = fc.array(fc.record({ id: fc.nat(), characters: fc.nat(5_000_000) }), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 7 }), async (items, most) => {
        const call = async (chunk: readonly { id: number; characters: number }[]) => {
          expect(chunk.length).toBeLessThanOrEqual(most)
          const sum = chunk.reduce((total, { characters }) => total + characters, 0)
          expect(chunk.length === 1 || sum <= 4_000_000).toBe(true)
          // Later calls end first.
          await new Promise((resolve) => setImmediate(resolve))
          return chunk.map(({ id }) => id)
        }
        expect(await callInChunks(items, call, { most, characters: ({ characters }) => characters })).toEqual(
          items.map(({ id }) => id),
        )
      }),
    )
  })

  it('are 1,000 items each, and at most four at a time', async () => {
    let underWay = 0
    const sizes: number[] = []
    const call = async (chunk: readonly number[]) => {
      underWay++
      expect(underWay).toBeLessThanOrEqual(4)
      sizes.push(chunk.length)
      await new Promise((resolve) => setImmediate(resolve))
      underWay--
      return chunk
    }
    const items = Array.from({ length: 9_001 }, (_, i) => i)
    expect(await callInChunks(items, call)).toEqual(items)
    expect(sizes).toEqual([...Array(9).fill(1000), 1])
  })

  it('reject when one of them does', async () => {
    const call = async (chunk: readonly number[]) => {
      if (chunk.includes(1500)) throw new Error('second')
      return chunk
    }
    await expect(
      callInChunks(
        Array.from({ length: 3000 }, (_, i) => i),
        call,
      ),
    ).rejects.toThrow('second')
  })
})
