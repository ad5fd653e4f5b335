import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchNo, isBatchNo, laneOf, MAX_LANES, makeBatchNo } from './batch-no.ts'
import { payDate } from './china-time.ts'

const digests = fc.string().map((text) => createHash('sha256').update(text).digest())
const foreign = fc.stringMatching(/^[0-9A-Za-z]{11,32}$/).map(batchNo)
const date = payDate('20261121')

describe('batch number', () => {
  it('BTN-3: takes 11 to 32 letters and digits, upper and lower case being different', () => {
    for (const text of ['20080107001', '20100101001', 'aB3'.repeat(10), 'Z'.repeat(32)])
      expect(batchNo(text)).toBe(text)
    expect(batchNo('abcdefghijk')).not.toBe(batchNo('ABCDEFGHIJK'))
  })

  it.each([
    '2008010700',
    'a'.repeat(33),
    '20080107-001',
    '20080107 001',
    '20080107001\n',
    '２００８０１０７００１',
    '',
    '批次号批次号批次号批次号',
  ])('BTN-3: refuses %j', (text) => {
    expect(isBatchNo(text)).toBe(false)
    expect(() => batchNo(text)).toThrow(expect.objectContaining({ code: 'MAPI_BATCH_NO_FORMAT', field: 'batch_no' }))
  })

  it('BTN-3: ours is day, lane and digest', () => {
    const digest = createHash('sha256').update('batch').digest()
    // SHA-256 of "batch" as a number modulo 36^21 in base 36, computed in Python.
    expect(makeBatchNo({ payDate: date, lane: 37, digest })).toBe('202611210111lo9stijaeg8dx06swsdq')
    expect(makeBatchNo({ payDate: date, lane: 0, digest: Buffer.alloc(32) })).toBe(`20261121000${'0'.repeat(21)}`)
  })

  it('BTN-3: the lane is read from ours, for every lane and number of lanes', () => {
    fc.assert(
      fc.property(digests, fc.integer({ min: 1, max: MAX_LANES }), fc.nat(), (digest, lanes, random) => {
        const lane = random % lanes
        const number = makeBatchNo({ payDate: date, lane, digest })
        expect(isBatchNo(number)).toBe(true)
        expect(number).toHaveLength(32)
        expect(laneOf(number, lanes)).toBe(lane)
      }),
    )
  })

  it('BTN-3: a foreign number has a lane too, always the same, and all lanes get some', () => {
    fc.assert(
      fc.property(foreign, fc.integer({ min: 1, max: MAX_LANES }), (number, lanes) => {
        const lane = laneOf(number, lanes)
        return Number.isInteger(lane) && lane >= 0 && lane < lanes && laneOf(number, lanes) === lane
      }),
    )
    // printf 'lane:1:20080107001' | sha256sum, its first 48 bits modulo 12, computed in Python.
    expect(laneOf(batchNo('20080107001'), 12)).toBe(3)
    const used = new Set(
      Array.from({ length: 300 }, (_, index) => laneOf(batchNo(`2008010700${index}`.padEnd(11, 'x')), 12)),
    )
    expect(used.size).toBe(12)
  })

  it.each([
    ['a lane that does not exist', `20261121zzz${'0'.repeat(21)}`],
    ['capitals', `20261121000${'A'.repeat(21)}`],
    ['no day', `20261321000${'0'.repeat(21)}`],
    ['too short', `20261121000${'0'.repeat(20)}`],
  ])('BTN-3: a number with %s counts as foreign', (_, text) => {
    const hash = createHash('sha256').update(`lane:1:${text}`).digest('hex')
    for (const lanes of [1, 12, 64, 1000]) {
      expect(laneOf(batchNo(text), lanes)).toBe(Number(BigInt(`0x${hash.slice(0, 12)}`) % BigInt(lanes)))
    }
  })

  it.each([-1, 0.5, MAX_LANES, Number.NaN])('refuses lane %d', (lane) => {
    expect(() => makeBatchNo({ payDate: date, lane, digest: Buffer.alloc(32) })).toThrow(
      expect.objectContaining({ code: 'MAPI_BATCH_NO_LANE' }),
    )
  })

  it.each([0, -1, 1.5, MAX_LANES + 1])('refuses %d lanes', (lanes) => {
    expect(() => laneOf(batchNo('20080107001'), lanes)).toThrow(expect.objectContaining({ code: 'MAPI_BATCH_NO_LANE' }))
  })

  it('refuses a digest that is no SHA-256', () => {
    expect(() => makeBatchNo({ payDate: date, lane: 0, digest: Buffer.alloc(20) })).toThrow(
      expect.objectContaining({ code: 'MAPI_BATCH_NO_DIGEST' }),
    )
  })
})
