import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchNo, laneOf, MAX_LANES } from '../values/batch-no.ts'
import { laneOfReturnedBatch, laneOfReturnFiles } from './lane.ts'

describe('lanes of return files', () => {
  it('a partner has one lane for its files', () => {
    // The first 48 bits of SHA-256("lane:1:return-files/" + alias) modulo the number of lanes, computed in Python.
    expect(laneOfReturnFiles('main', 12)).toBe(7)
    expect(laneOfReturnFiles('main', 64)).toBe(11)
    expect(laneOfReturnFiles('second', 12)).toBe(11)
  })

  it('RFD-6: the rows of a batch number are in its own lane, those of a file name in that of the name', () => {
    expect(laneOfReturnedBatch('202611210111lo9stijaeg8dx06swsdq', 64)).toBe(37)
    expect(laneOfReturnedBatch('20080107001', 12)).toBe(laneOf(batchNo('20080107001'), 12))
    // Computed in Python, as above, of "lane:1:" and the text.
    expect(laneOfReturnedBatch('20080107001', 12)).toBe(3)
    expect(laneOfReturnedBatch('bptb_20101220_4178', 12)).toBe(2)
  })

  it('RFD-6: whatever stands in the column has a lane', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: MAX_LANES }), (text, lanes) => {
        for (const lane of [laneOfReturnedBatch(text, lanes), laneOfReturnFiles(text, lanes)]) {
          expect(Number.isInteger(lane) && lane >= 0 && lane < lanes).toBe(true)
        }
      }),
    )
  })

  it.each([0, 1.5, MAX_LANES + 1])('refuses %d lanes', (lanes) => {
    const error = expect.objectContaining({ code: 'MAPI_BATCH_NO_LANE' })
    expect(() => laneOfReturnFiles('main', lanes)).toThrow(error)
    expect(() => laneOfReturnedBatch('bptb_20101220_4178', lanes)).toThrow(error)
  })
})
