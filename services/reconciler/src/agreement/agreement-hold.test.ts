import { describe, expect, it } from 'vitest'
import { AgreementBench } from '../testing/agreement-bench.ts'

const QUESTION = 'query_customer_protocol'

describe('a code that the user saw on the page', () => {
  it.each(['UNKNOWN_EXCEPTION', 'GENERIC_FAILURE', 'SYSTEM_ERROR'])(
    'SGN-6: %s puts it on hold, stops what follows, and asks',
    (code) => {
      const bench = new AgreementBench()
      bench.sign('s')
      expect(bench.status('q', code)).toEqual([`OnHold s ${code}`, QUESTION])
      expect(bench.state.status).toBe('on_hold')
      expect(bench.sign('s')).toEqual([])
      expect(bench.answer(true)).toEqual(['Signed s', 'Signed q', 'withdrawn s'])
    },
  )

  it("SGN-6: the hold is lifted by Alipay's word, and by none that was asked for before", () => {
    const bench = new AgreementBench()
    bench.sign('s')
    bench.untilDue()
    expect(bench.status('q', 'SYSTEM_ERROR')).toEqual(['OnHold s SYSTEM_ERROR'])
    expect(bench.answer(false)).toEqual([QUESTION])
    expect(bench.state.status).toBe('on_hold')
    expect(bench.answer(false)).toEqual(['NotSigned q NOT_SIGNED'])
    expect(bench.state.status).toBe('form_ready')
    expect(bench.sign('s')).toEqual(['form s'])
  })

  it('SGN-6: without an open signing it is on hold too, and nothing begins before the answer', () => {
    const bench = new AgreementBench()
    expect(bench.status('q', 'SYSTEM_ERROR')).toEqual(['OnHold q SYSTEM_ERROR', QUESTION])
    expect(bench.sign('s')).toEqual(['Refused s AGREEMENT_ON_HOLD'])
    expect(bench.unsign('u')).toEqual(['Refused u AGREEMENT_ON_HOLD'])
    expect(bench.answer(false)).toEqual(['NotSigned q NOT_SIGNED'])
    expect(bench.sign('s2')).toEqual(['form s2'])
  })

  it.each([
    ['SGN-7', 'MERCHANT_SIGN_NOT_FOUND'],
    ['SGN-7', 'REFUND_SIGN_PLAT_ERROR'],
    ['SGN-7', 'MERCHANT_SIGN_STATUS_NOT_NORMAL'],
    ['SGN-7', 'MERCHANT_UNSIGN'],
    ['SGN-7', 'OUT_OF_MERCHANT_SERVICE_DATE_RANGE'],
    ['SGN-8', 'CHARGE_MUST_HAVE_PAY_METHOD'],
    ['SGN-8', 'REFUND_CHARGE_MUST_CHOSE_ONE'],
    ['SGN-8', 'ILLEGAL_SIGN'],
  ])('%s: %s ends the signing, takes its form away, and the status is asked as usual', (_rule, code) => {
    const bench = new AgreementBench()
    bench.sign('s')
    expect(bench.status('q', code)).toEqual([`Failed s ${code}`, 'withdrawn s', QUESTION])
    expect(bench.answer(false)).toEqual(['NotSigned q NOT_SIGNED'])
    expect(bench.sign('s2')).toEqual(['form s2'])
  })

  it('a code that nobody knows changes nothing', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    expect(bench.status('q', 'WHAT_IS_THIS')).toEqual([QUESTION])
  })
})

describe('what is on hold where the contract has no question', () => {
  const REFUSED = { outcome: 'refused', code: 'ILLEGAL_PARTNER_EXTERFACE' } as const

  it('SGN-6: is lifted when the question is refused: no answer would ever lift it', () => {
    const bench = new AgreementBench()
    bench.status('q', 'SYSTEM_ERROR')
    expect(bench.answer(REFUSED)).toEqual(['Failed q ILLEGAL_PARTNER_EXTERFACE'])
    expect(bench.state.status).toBe('unknown')
    expect(bench.sign('s')).toEqual(['form s'])
  })

  it('SGN-6: and so is a signing in doubt, at once or after nobody answered in all that time', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    bench.status('q', 'SYSTEM_ERROR')
    expect(bench.answer(REFUSED)).toContain('Failed s ILLEGAL_PARTNER_EXTERFACE')
    expect(bench.state.status).toBe('unknown')
    bench.sign('t')
    bench.status('r', 'SYSTEM_ERROR')
    while (bench.state.operations.length > 0) {
      while (bench.state.request) bench.answer({ outcome: 'unknown' })
      bench.untilDue()
    }
    expect(bench.state.status).toBe('on_hold')
    bench.status('p')
    bench.answer(REFUSED)
    expect(bench.state.status).toBe('unknown')
  })

  it.each(['ILLEGAL_SIGN', 'WHAT_IS_THIS'])('a refusal that may end lifts nothing: %s', (code) => {
    const bench = new AgreementBench()
    bench.status('q', 'SYSTEM_ERROR')
    bench.answer({ outcome: 'refused', code })
    expect(bench.state.status).toBe('on_hold')
  })

  it('UNS-4: a cancelling in doubt stays on hold: only how it stands lifts it', () => {
    const bench = new AgreementBench()
    bench.unsign('u')
    while (bench.state.operations.length > 0) {
      while (bench.state.request) bench.answer({ outcome: 'unknown', code: 'SYSTEM_ERROR' })
      bench.untilDue()
    }
    bench.status('q', 'SYSTEM_ERROR')
    bench.answer(REFUSED)
    expect(bench.state.status).toBe('on_hold')
    bench.status('r')
    bench.answer(true)
    bench.status('p', 'SYSTEM_ERROR')
    bench.answer(REFUSED)
    expect(bench.state.status).toBe('unknown')
  })
})
