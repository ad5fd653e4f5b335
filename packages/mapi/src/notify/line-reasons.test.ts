import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../answer/error-codes.ts'
import { LINE_FAILURES } from './line-reasons.ts'

describe('reasons that mean "not paid"', () => {
  it('none is about the serial, which an earlier copy of the line may have used', () => {
    expect([...LINE_FAILURES.keys()].filter((code) => /SERIAL|TRANS_NO|REPEAT|UNIQUE/.test(code))).toEqual([])
  })

  it('none is a code of a whole batch, and none says that something broke', () => {
    const codes = [...LINE_FAILURES.keys()]
    expect(codes.filter((code) => ERROR_CODES.has(code))).toEqual([])
    expect(codes.filter((code) => /SYSTEM_ERROR|UNKNOWN|TIMEOUT/.test(code))).toEqual([])
  })

  it('all are codes, none is words', () => {
    for (const code of LINE_FAILURES.keys()) expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/)
  })
})
