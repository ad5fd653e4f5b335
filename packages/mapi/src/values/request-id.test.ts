import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isBatchNo, laneOf, MAX_LANES } from './batch-no.ts'
import { payDate } from './china-time.ts'
import { makeRequestId } from './request-id.ts'

const day = payDate('20261121')
const poll = (number: number) =>
  makeRequestId({ day, lane: 37, about: ['query_customer_protocol', 'main', 'a-1', number] })

describe('request id', () => {
  it('is day, lane and the hash of what it is about', () => {
    // SHA-256 of ["request",1,"query_customer_protocol","main","a-1",1] modulo 36^21 in base 36, computed in Python.
    expect(poll(1)).toBe('20261121011nl1lu0y24umag3sn1zv5b')
  })

  it('each poll has its own', () => {
    expect(new Set(Array.from({ length: 1000 }, (_, number) => poll(number))).size).toBe(1000)
    const id = (about: readonly (string | number)[]) => makeRequestId({ day, lane: 0, about })
    expect(id(['a', 1])).not.toBe(id(['a', '1']))
    expect(id(['a', 'b'])).not.toBe(id(['ab']))
  })

  it('is written like a batch number, and its lane can be read from it', () => {
    const abouts = fc.array(fc.oneof(fc.string(), fc.integer()))
    fc.assert(
      fc.property(abouts, fc.integer({ min: 1, max: MAX_LANES }), fc.nat(), (about, lanes, random) => {
        const lane = random % lanes
        const id = makeRequestId({ day, lane, about })
        expect(isBatchNo(id)).toBe(true)
        expect(laneOf(id, lanes)).toBe(lane)
        expect(makeRequestId({ day, lane, about })).toBe(id)
      }),
    )
  })

  it('refuses a lane that does not exist', () => {
    expect(() => makeRequestId({ day, lane: MAX_LANES, about: [] })).toThrow(
      expect.objectContaining({ code: 'MAPI_BATCH_NO_LANE' }),
    )
  })
})
