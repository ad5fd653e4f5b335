import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SingleFlight } from './single-flight.ts'

describe('OnceAtATime', () => {
  it('runs one piece of work a key at a time, in whatever order the pieces end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.record({ key: fc.constantFrom('a', 'b'), fails: fc.boolean() }), { maxLength: 12 }),
        async (scheduler, calls) => {
          const once = new SingleFlight<number>()
          const underWay = new Map<string, number>()
          let pieces = 0
          let firsts = 0
          const runs = calls.map(async ({ key, fails }) => {
            await scheduler.schedule(Promise.resolve(), `call ${key}`)
            const work = async () => {
              expect(underWay.get(key) ?? 0).toBe(0)
              underWay.set(key, 1)
              pieces += 1
              const piece = pieces
              await scheduler.schedule(Promise.resolve(), `work ${key}`)
              underWay.set(key, 0)
              if (fails) throw new Error(String(piece))
              return piece
            }
            const outcome = await once
              .run(key, work)
              .catch((error: Error) => ({ result: -Number(error.message), first: false }))
            if (outcome.first) firsts += 1
            expect(Math.abs(outcome.result)).toBeGreaterThan(0)
          })
          await scheduler.waitAll()
          await Promise.all(runs)
          expect(firsts).toBeLessThanOrEqual(pieces)
          expect(pieces).toBeLessThanOrEqual(calls.length)
          if (calls.length > 0) expect(pieces).toBeGreaterThan(0)
        },
      ),
    )
  })
})
