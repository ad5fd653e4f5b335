import { describe, expect, it } from 'vitest'
import { AgreementBench, EMAIL } from '../testing/agreement-bench.ts'
import { HOUR, NOON } from '../testing/reconciler-bench.ts'

const QUESTION = 'query_customer_protocol'
const CANCELLING = 'customer_unsign'
const NO_ANSWER = { outcome: 'unknown', code: 'SYSTEM_ERROR' } as const

const byCode = { parameters: [{ name: 'customer_code', value: 'c123' }] }
const byContract = {
  parameters: [
    { name: 'type_code', value: '1000310004' },
    { name: 'user_email', value: EMAIL },
  ],
}

describe('cancelling', () => {
  it('is sent at once with its own parameters, and told', () => {
    const bench = new AgreementBench()
    expect(bench.unsign('u')).toEqual([CANCELLING])
    expect(bench.toSign[0]?.value).toMatchObject({
      parameters: [
        { name: 'biz_type', value: '10004' },
        { name: 'user_email', value: EMAIL },
      ],
      sendBefore: NOON + 600_000,
    })
    expect(bench.answer({})).toEqual(['Unsigned u'])
    expect(bench.state).toMatchObject({ status: 'unsigned', cancelled: true, operations: [] })
  })

  it('UNS-6: an agreement is cancelled once, whatever is repeated', () => {
    const bench = new AgreementBench()
    bench.unsign('u')
    expect(bench.unsign('u')).toEqual([])
    const answer = bench.answerTo({})
    bench.give(answer)
    bench.give(answer)
    expect(bench.unsign('u')).toEqual([])
    expect(bench.unsign('v')).toEqual(['Refused v ALREADY_UNSIGNED'])
    bench.status('q')
    expect(bench.answer(false)).toEqual(['NotSigned q NOT_SIGNED'])
    expect(bench.unsign('w')).toEqual(['Refused w ALREADY_UNSIGNED'])
    expect(bench.events.filter(({ name }) => name === 'agreement.AgreementUnsigned')).toHaveLength(1)
  })

  it('UNS-3: of an account that may have several agreements each is cancelled by itself', () => {
    const account = '20881234'
    const bench = new AgreementBench(account)
    const of = (code: string) => ({
      account,
      contentHash: code,
      parameters: [
        { name: 'type_code', value: code },
        { name: 'trans_account_out', value: account },
      ],
    })
    expect(bench.unsign('u', of('TA'))).toEqual([CANCELLING])
    expect(bench.answer({})).toEqual(['Unsigned u'])
    expect(bench.unsign('v', of('TB'))).toEqual([CANCELLING])
    expect(bench.answer({})).toEqual(['Unsigned v'])
  })

  it('UNS-6: one that is known by its own number is cancelled once', () => {
    const account = '20101018000000000001'
    const bench = new AgreementBench(account)
    const changes = { account, parameters: [{ name: 'customer_code', value: account }] }
    bench.unsign('u', changes)
    expect(bench.answer({})).toEqual(['Unsigned u'])
    expect(bench.unsign('v', changes)).toEqual(['Refused v ALREADY_UNSIGNED'])
  })

  it('UNS-2: by its number it may be the signed one of the e-mail address, so nothing is known of that until Alipay is asked', () => {
    const bench = new AgreementBench()
    bench.status('q')
    expect(bench.answer(true)).toEqual(['Signed q'])
    const number = { name: 'customer_code', value: '20101018000000000001' }
    bench.unsign('u', { parameters: [number, { name: 'user_email', value: EMAIL }] })
    expect(bench.answer({})).toEqual(['Unsigned u'])
    expect(bench.state).toMatchObject({ status: 'unknown', cancelled: false })
    bench.status('r')
    expect(bench.answer(false)).toEqual(['NotSigned r NOT_SIGNED'])
  })

  it('UNS-6: one that is signed again can be cancelled again', () => {
    const bench = new AgreementBench()
    bench.unsign('u')
    bench.answer({})
    bench.status('q')
    bench.answer(true)
    expect(bench.unsign('v')).toEqual([CANCELLING])
    expect(bench.answer({})).toEqual(['Unsigned v'])
  })

  it.each([
    'TOO_MUCH_TYPE_CODE',
    'FAIL_UNFREEZE_STANDARD_BAIL',
    'ILLEGAL_ARGUMENT',
    'STATUS_TYPE_CODE',
    'ILLEGAL_SERVICE_TIME_OUT',
    'NOT_EXIST_PARTNER_TYPE_CODE',
    'FAIL_UNSIGN_BATCH_PAY_PRIVILEGE',
  ])('UNS-5: %s is told with its reason', (code) => {
    const bench = new AgreementBench()
    bench.unsign('u')
    expect(bench.answer({ outcome: 'refused', code })).toEqual([`Failed u ${code}`])
    const [event] = bench.events
    expect(event?.name === 'agreement.AgreementFailed' && event.value.explanation).toMatch(/\w{4,}/)
    expect(bench.unsign('v')).toEqual([CANCELLING])
  })

  it('UNS-4: after no answer it is on hold, and Alipay is asked: not signed means cancelled', () => {
    const bench = new AgreementBench()
    bench.unsign('u')
    expect(bench.answer(NO_ANSWER)).toEqual(['OnHold u SYSTEM_ERROR', QUESTION])
    expect(bench.sign('s')).toEqual(['Refused s AGREEMENT_BUSY'])
    expect(bench.answer(false)).toEqual(['Unsigned u'])
  })

  it('UNS-4: still signed sends the same parameters again, under another id, and says nothing twice', () => {
    const bench = new AgreementBench()
    bench.unsign('u')
    bench.answer(NO_ANSWER)
    expect(bench.answer(true)).toEqual([])
    expect(bench.untilDue()).toEqual([CANCELLING])
    const [first, , again] = bench.toSign.map(({ value }) => value)
    expect(again).toMatchObject({ parameters: first?.parameters, service: CANCELLING })
    expect(again?.requestId).not.toBe(first?.requestId)
    expect(bench.answer(NO_ANSWER)).toEqual([QUESTION])
    bench.answer(true)
    bench.untilDue()
    expect(bench.answer({})).toEqual(['Unsigned u'])
  })

  it('UNS-4: nobody knows after all that time: on hold, and then only a question is taken', () => {
    const bench = new AgreementBench()
    bench.unsign('u')
    let said: string[] = []
    while (bench.state.operations.length > 0) {
      while (bench.state.request) bench.answer(NO_ANSWER)
      said = bench.untilDue()
    }
    expect(said).toEqual(['OnHold u UNSIGN_UNKNOWN'])
    expect(bench.state.status).toBe('on_hold')
    expect(bench.unsign('v')).toEqual(['Refused v AGREEMENT_ON_HOLD'])
    bench.status('q')
    bench.answer(true)
    expect(bench.unsign('w')).toEqual([CANCELLING])
  })

  it('what was never sent is failed, not on hold: nothing was done', () => {
    const bench = new AgreementBench()
    bench.unsign('u')
    let said: string[] = []
    while (bench.state.operations.length > 0) {
      if (bench.state.request) said = bench.answer({ outcome: 'unknown', attempt: 0, code: 'NOT_SENT' })
      expect(said).toEqual([])
      said = bench.untilDue()
    }
    expect(said).toEqual(['Failed u NO_ANSWER'])
  })

  it('a request so old that egress has forgotten it may have been sent', () => {
    const bench = new AgreementBench()
    bench.unsign('u')
    expect(bench.answer({ outcome: 'unknown', attempt: 0, code: 'REQUEST_TOO_OLD' })).toEqual([
      'OnHold u REQUEST_TOO_OLD',
      QUESTION,
    ])
  })

  it.each([
    [false, 'Unsigned u'],
    [true, 'Failed u STATUS_TYPE_CODE'],
  ])(
    'UNS-5: a refusal after an attempt without answer proves nothing about that one: signed is %s',
    (isSigned, said) => {
      const bench = new AgreementBench()
      bench.unsign('u')
      expect(bench.answer({ outcome: 'refused', code: 'STATUS_TYPE_CODE', attempt: 2 })).toEqual([
        'OnHold u STATUS_TYPE_CODE',
        QUESTION,
      ])
      expect(bench.answer(isSigned)).toEqual([said])
    },
  )

  it('a question in doubt that is refused sends the same parameters again', () => {
    const bench = new AgreementBench()
    bench.unsign('u')
    bench.answer(NO_ANSWER)
    expect(bench.answer({ outcome: 'refused', code: 'ILLEGAL_PARTNER' })).toEqual([])
    expect(bench.untilDue()).toEqual([CANCELLING])
  })
})

describe('cancelling where no question can tell', () => {
  const byAccount = {
    parameters: [
      { name: 'biz_type', value: '10004' },
      { name: 'trans_account_out', value: '20881234' },
    ],
  }

  it.each([
    ['by its own number', 'c123', byCode],
    ['by the code of a contract', EMAIL, byContract],
    ['by an account that is no e-mail', '20881234', byAccount],
  ])('UNS-4: %s: the same parameters are sent again, further and further apart', (_what, account, changes) => {
    const bench = new AgreementBench(account)
    bench.unsign('u', changes)
    expect(bench.answer(NO_ANSWER)).toEqual(['OnHold u SYSTEM_ERROR'])
    const pauses: number[] = []
    for (let n = 0; n < 3; n++) {
      const before = bench.now
      expect(bench.untilDue()).toEqual([CANCELLING])
      pauses.push(bench.now - before)
      expect(bench.answer(NO_ANSWER)).toEqual([])
    }
    expect(pauses).toEqual([30_000, 60_000, 120_000])
    expect(new Set(bench.toSign.map(({ value }) => JSON.stringify(value.parameters))).size).toBe(1)
    bench.untilDue()
    expect(bench.answer({})).toEqual(['Unsigned u'])
  })

  it('a refusal in doubt ends it on hold; another command is taken, since no status could lift it', () => {
    const bench = new AgreementBench('20881234')
    bench.unsign('u', byAccount)
    expect(bench.answer({ outcome: 'refused', code: 'STATUS_TYPE_CODE', attempt: 3 })).toEqual([
      'OnHold u UNSIGN_UNKNOWN',
    ])
    expect(bench.unsign('v', byAccount)).toEqual([CANCELLING])
  })
})

describe('cancelling another agreement of the account', () => {
  it.each([
    ['by the code of another contract', byContract, 'signed'],
    ['by a number, which may be its own', byCode, 'unknown'],
  ])('UNS-6: %s: the agreement of the form can still be cancelled', (_what, changes, status) => {
    const bench = new AgreementBench()
    bench.status('q')
    bench.answer(true)
    bench.unsign('u', changes)
    expect(bench.answer({})).toEqual(['Unsigned u'])
    expect(bench.state).toMatchObject({ status, cancelled: false })
    expect(bench.unsign('v')).toEqual([CANCELLING])
    expect(bench.answer({})).toEqual(['Unsigned v'])
    expect(bench.state).toMatchObject({ status: 'unsigned', cancelled: true })
  })

  it('UNS-4: after a doubt nothing is on hold, and nothing is known of the other one', () => {
    const bench = new AgreementBench()
    bench.unsign('u', byContract)
    bench.answer(NO_ANSWER)
    expect(bench.state).toMatchObject({ status: 'on_hold', unsignInDoubt: true })
    bench.untilDue()
    expect(bench.answer({})).toEqual(['Unsigned u'])
    expect(bench.state).toMatchObject({ status: 'unknown', unsignInDoubt: false })
    expect(bench.sign('s')).toEqual(['form s'])
  })
})

describe('one request at a time', () => {
  it('a cancelling waits for the answer to a question that is under way: so nothing told later is older', () => {
    const bench = new AgreementBench()
    bench.status('q')
    expect(bench.unsign('u')).toEqual([])
    expect(bench.answer(true)).toEqual(['Signed q', CANCELLING])
    expect(bench.status('r')).toEqual([])
    expect(bench.answer({})).toEqual(['Unsigned u', QUESTION])
    expect(bench.answer(false)).toEqual(['NotSigned r NOT_SIGNED'])
  })

  it('it does not end by time while its request may still be sent: no form is made before', () => {
    const bench = new AgreementBench()
    bench.unsign('u')
    expect(bench.pass(72 * HOUR)).toEqual([])
    expect(bench.sign('s')).toEqual(['Refused s AGREEMENT_BUSY'])
    expect(bench.answer({})).toEqual(['Unsigned u'])
    expect(bench.sign('t')).toEqual(['form t'])
  })
})
