import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InFlightBytes, type Reservation } from './in-flight-bytes.ts'
import { RefusalError } from './refusal.ts'

describe('InFlightBytes', () => {
  it('never holds more than its bound, and gives back exactly what was taken', () => {
    const step = fc.oneof(
      fc.record({ who: fc.nat(4), grow: fc.nat(120) }),
      fc.record({ who: fc.nat(4), release: fc.constant(true) }),
    )
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const bytes = new InFlightBytes(100)
        const held = [0, 0, 0, 0, 0]
        const reservations: Reservation[] = held.map(() => bytes.reserve())
        for (const { who, ...what } of steps) {
          const reservation = reservations[who]
          const total = held.reduce((sum, each) => sum + each)
          if ('release' in what) {
            reservation?.release()
            held[who] = 0
          } else if (total + what.grow > 100) {
            expect(() => reservation?.grow(what.grow)).toThrow(RefusalError)
          } else {
            reservation?.grow(what.grow)
            held[who] = (held[who] ?? 0) + what.grow
          }
          expect(bytes.bytes).toBe(held.reduce((sum, each) => sum + each))
        }
      }),
    )
  })
})
