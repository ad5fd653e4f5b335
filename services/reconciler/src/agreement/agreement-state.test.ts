import { describe, expect, it } from 'vitest'
import { AgreementBench, EMAIL } from '../testing/agreement-bench.ts'
import { HOUR, NOON } from '../testing/reconciler-bench.ts'

const MINUTE = 60_000
const QUESTION = 'query_customer_protocol'

/** An agreement that is signed. */
function signed(): AgreementBench {
  const bench = new AgreementBench()
  bench.sign('s')
  bench.untilDue()
  bench.answer(true)
  return bench
}

describe('signing', () => {
  it('SGN-5: the outcome is asked for, after a form was made, and told once; the form is withdrawn', () => {
    const bench = new AgreementBench()
    expect(bench.sign('s')).toEqual(['form s'])
    expect(bench.toSign[0]).toMatchObject({
      kind: 'form',
      value: {
        version: 1,
        expiresAt: NOON + 30 * MINUTE,
        withdrawn: false,
        parameters: [{ name: 'email', value: EMAIL }],
      },
    })
    expect(bench.pass(15_000)).toEqual([QUESTION])
    expect(bench.toSign[1]).toMatchObject({
      value: {
        parameters: [
          { name: 'biz_type', value: '10004' },
          { name: 'user_email', value: EMAIL },
        ],
        sendBefore: bench.now + MINUTE,
      },
    })
    expect(bench.answer(true)).toEqual(['Signed s', 'withdrawn s'])
    expect(bench.events[0]?.value).toMatchObject({
      version: 2,
      chargeAgent: true,
      refundCharge: true,
      evidence: { kind: 'answer', source: { topic: 'gateway.answers' } },
    })
    expect(bench.state).toMatchObject({ status: 'signed', request: null, operations: [] })
    expect(bench.pass(48 * HOUR)).toEqual([])
  })

  it('SGN-5: questions back off, go on after the form has expired, and the last answer is told when the time is over', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    const asked: number[] = []
    while (bench.state.operations.length > 0) {
      const before = bench.now
      const said = bench.untilDue()
      if (said.includes(QUESTION)) {
        asked.push(bench.now - before)
        bench.answer(false)
      } else expect(said).toEqual(['NotSigned s NOT_SIGNED', 'withdrawn s'])
    }
    expect(asked.slice(0, 10)).toEqual(
      [15, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600].map((seconds) => seconds * 1_000),
    )
    expect(bench.now).toBe(NOON + 24 * HOUR)
    expect(bench.events[0]?.value).toMatchObject({
      chargeAgent: false,
      evidence: { kind: 'time', id: String(NOON + 24 * HOUR), source: { topic: 'agreement.commands', offset: 0 } },
    })
    expect(new Set(bench.toSign.map(({ value }) => value.requestId)).size).toBe(bench.toSign.length - 1)
  })

  it('automatic payment alone is not signed: automatic refund decides', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    bench.untilDue()
    const body =
      '<alipay><is_success>T</is_success><charge_agent>T</charge_agent><refund_charge>F</refund_charge></alipay>'
    expect(bench.answer({ body: Buffer.from(body) })).toEqual([])
    bench.pass(0)
    expect(bench.state.operations[0]?.seen).toEqual({ chargeAgent: true, refundCharge: false })
  })

  it('failed where nobody answered in all that time', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    let said: string[] = []
    while (bench.state.operations.length > 0) {
      said = bench.untilDue()
      if (said.includes(QUESTION)) bench.answer({ outcome: 'unknown', attempt: 0, code: 'NOT_SENT' })
    }
    expect(said).toEqual(['Failed s NO_ANSWER', 'withdrawn s'])
    expect(bench.state.status).toBe('unknown')
  })

  it('the last word is waited for, however late: what it tells may be that it is signed', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    bench.untilDue()
    expect(bench.pass(72 * HOUR)).toEqual([])
    expect(bench.answer(true)).toEqual(['Signed s', 'withdrawn s'])
  })

  it('MAPI-18: an answer that comes twice, or is not the last word, or is to no question, does nothing', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    bench.untilDue()
    const before = bench.state
    bench.answer({ outcome: 'unknown', final: false })
    bench.give({ ...bench.answerTo(true), requestId: 'another' })
    expect(bench.state).toBe(before)
    const answer = bench.answerTo(true)
    expect(bench.give(answer)).toEqual(['Signed s', 'withdrawn s'])
    expect(bench.give(answer)).toEqual([])
  })

  it('a question that Alipay refuses for good ends it: nobody can know', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    bench.untilDue()
    expect(bench.answer({ outcome: 'refused', code: 'ILLEGAL_PARTNER' })).toEqual([
      'Failed s ILLEGAL_PARTNER',
      'withdrawn s',
    ])
  })

  it('the same command again, while it is open, makes the form again and begins anew; afterwards nothing', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    for (let n = 0; n < 6; n++) {
      bench.untilDue()
      bench.answer(false)
    }
    bench.now = NOON + HOUR
    expect(bench.sign('s')).toEqual(['form s'])
    const [first, again] = bench.toSign.filter(({ kind }) => kind === 'form').map(({ value }) => value)
    expect(again).toMatchObject({ version: 2, expiresAt: bench.now + 30 * MINUTE })
    expect(again?.requestId).not.toBe(first?.requestId)
    expect(bench.state.operations[0]).toMatchObject({ nextAt: bench.now + 15_000, giveUpAt: bench.now + 24 * HOUR })
    bench.untilDue()
    expect(bench.answer(true)).toEqual(['Signed s', 'withdrawn s'])
    expect(bench.toSign.at(-1)?.value).toMatchObject({ requestId: again?.requestId, withdrawn: true })
    expect(bench.sign('s')).toEqual([])
  })

  it('another one while it is open is refused, and so is its id with other content', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    expect(bench.sign('t')).toEqual(['Refused t AGREEMENT_BUSY'])
    expect(bench.unsign('u')).toEqual(['Refused u AGREEMENT_BUSY'])
    expect(bench.sign('s', { contentHash: 'other' })).toEqual(['Refused s ID_TAKEN'])
    // A refusal is the end of its command, and has no version.
    expect(bench.sign('t')).toEqual([])
    expect(bench.state.version).toBe(1)
  })
})

describe('the status', () => {
  it.each([
    [true, 'Signed q'],
    [false, 'NotSigned q NOT_SIGNED'],
  ])('is asked at once, and told: %s', (isSigned, said) => {
    const bench = new AgreementBench()
    expect(bench.status('q')).toEqual([QUESTION])
    expect(bench.answer(isSigned)).toEqual([said])
  })

  it('one answer tells all that had asked; who asked later gets one that was asked for later', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    expect(bench.status('q1')).toEqual([QUESTION])
    expect(bench.status('q2')).toEqual([])
    expect(bench.status('q3')).toEqual([])
    expect(bench.answer(false)).toEqual(['NotSigned q1 NOT_SIGNED', QUESTION])
    expect(bench.answer(true)).toEqual(['Signed s', 'Signed q2', 'Signed q3', 'withdrawn s'])
    const versions = bench.events.map(({ value }) => 'version' in value && value.version)
    expect(versions).toEqual([2, 3, 4, 5])
  })

  it('is asked again after no answer, and given up', () => {
    const bench = new AgreementBench()
    bench.status('q')
    let said: string[] = []
    for (let n = 0; n < 1_000 && !said.includes('Failed q NO_ANSWER'); n++) {
      if (bench.state.request) bench.answer({ outcome: 'unknown' })
      said = bench.untilDue()
    }
    expect(said).toEqual(['Failed q NO_ANSWER'])
    expect(bench.now).toBe(NOON + 24 * HOUR)
  })

  it('an answer that says T and can not be read tells nothing', () => {
    const bench = new AgreementBench()
    bench.status('q')
    expect(bench.answer({ body: null })).toEqual([])
    expect(bench.state.operations[0]?.lastCode).toBe('ANSWER_UNREADABLE')
  })
})

describe('many commands', () => {
  it('are remembered as long as they could come again: the state stays small', () => {
    const bench = new AgreementBench()
    for (let n = 0; n < 1_200; n++) {
      bench.status(`q${n}`)
      bench.answer(false)
      bench.now += MINUTE
    }
    expect(bench.state.commands).toHaveLength(500)
    bench.now += 41 * 24 * HOUR
    bench.status('last')
    expect(bench.state.commands).toHaveLength(1)
  })

  it('that wait for one answer are bounded', () => {
    const bench = new AgreementBench()
    for (let n = 0; n < 100; n++) bench.status(`q${n}`)
    expect(bench.status('more')).toEqual(['Refused more AGREEMENT_BUSY'])
  })

  it('signings and cancellings are never forgotten before their time: above a bound further ones are refused', () => {
    const bench = signed()
    for (let n = 0; n < 999; n++) {
      bench.sign(`s${n}`)
      bench.untilDue()
      bench.answer(true)
    }
    expect(bench.sign('more')).toEqual(['Refused more TOO_MANY_COMMANDS'])
    expect(bench.sign('s')).toEqual([])
  })
})
