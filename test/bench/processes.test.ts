import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStat } from './processes.ts'

const zeros = (count: number) => Array.from({ length: count }, () => '0')

describe('/proc/PID/stat', () => {
  it('is read as proc(5) numbers its fields, whatever the name of the program holds', () => {
    const counts = fc.nat({ max: 1e9 })
    fc.assert(
      fc.property(fc.string(), counts, counts, counts, counts, (name, parent, user, system, pages) => {
        // Fields 4, 14, 15 and 24.
        const fields = ['S', parent, ...zeros(9), user, system, ...zeros(8), pages, ...zeros(28)]
        expect(parseStat(`4711 (${name}) ${fields.join(' ')}`)).toEqual({
          parent,
          cpuSeconds: (user + system) / 100,
          rssBytes: pages * 4096,
        })
      }),
    )
  })

  it('is refused where it is none', () => {
    expect(() => parseStat('nothing')).toThrow(RangeError)
  })
})
