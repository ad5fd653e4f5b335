import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InFlightBytes, type Reservation } from './in-flight-bytes.ts'
import { RefusalError } from './refusal.ts'

/** Who has gone for others. */
function gone(reservations: readonly Reservation[]): number[] {
  return reservations.flatMap(({ sentAway }, who) => (sentAway ? [who] : []))
}

describe('InFlightBytes', () => {
  it('never holds more than its bound, and gives back exactly what was taken', () => {
    const step = fc.oneof(
      fc.record({ who: fc.nat(4), grow: fc.nat(120) }),
      fc.record({ who: fc.nat(4), release: fc.constant(true) }),
      fc.record({ who: fc.nat(4), whole: fc.constant(true) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const bytes = new InFlightBytes(100)
        const held = [0, 0, 0, 0, 0]
        const isSending = held.map(() => true)
        const reservations: Reservation[] = held.map(() => bytes.reserve())
        for (const { who, ...what } of steps) {
          const reservation = reservations[who]
          const fixed = held.reduce((sum, each, at) => sum + (at === who || !isSending[at] ? each : 0), 0)
          if ('release' in what) {
            reservation?.release()
            held[who] = 0
            isSending[who] = false
          } else if ('whole' in what) {
            reservation?.whole()
            isSending[who] = false
          } else if (reservation?.sentAway || fixed + what.grow > 100) {
            expect(() => reservation?.grow(what.grow)).toThrow(RefusalError)
          } else {
            reservation?.grow(what.grow)
            held[who] = (held[who] ?? 0) + what.grow
          }
          for (const at of gone(reservations)) {
            // Who was sent away was still sending, and holds nothing any more.
            if (held[at] !== 0) expect(isSending[at]).toBe(true)
            held[at] = 0
          }
          expect(bytes.bytes).toBe(held.reduce((sum, each) => sum + each))
          expect(bytes.bytes).toBeLessThanOrEqual(100)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('sends away whoever has been sending for longest, and nobody whose body is whole', () => {
    const bytes = new InFlightBytes(100)
    const senders = [bytes.reserve(), bytes.reserve(), bytes.reserve()]
    const [whole, slow, slower] = senders
    whole?.grow(40)
    whole?.whole()
    slow?.grow(30)
    slower?.grow(30)
    const honest = bytes.reserve()
    honest.grow(20)
    expect(gone(senders)).toEqual([1])
    expect(bytes.bytes).toBe(90)
    honest.grow(40)
    expect(gone(senders)).toEqual([1, 2])
    expect(() => honest.grow(1)).toThrow(RefusalError)
  })

  it('sends nobody away in vain', () => {
    const bytes = new InFlightBytes(100)
    const [whole, slow, late] = [bytes.reserve(), bytes.reserve(), bytes.reserve()]
    whole.grow(90)
    whole.whole()
    slow.grow(10)
    expect(() => late.grow(11)).toThrow(RefusalError)
    expect(slow.sentAway).toBeUndefined()
  })
})
