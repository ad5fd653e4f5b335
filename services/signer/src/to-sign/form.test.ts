import { createHash } from 'node:crypto'
import { agreementId, laneOfAgreement } from '@payout/mapi/values/agreement-id'
import { payDate } from '@payout/mapi/values/china-time'
import { makeRequestId } from '@payout/mapi/values/request-id'
import { reportId } from '@payout/schemas/event-id'
import type { GatewayFormToSign } from '@payout/schemas/generated/records'
import { describe, expect, it } from 'vitest'
import { AgreementBench, EMAIL } from '../testing/agreement-bench.ts'
import { LANES } from '../testing/fake-log.ts'
import { acme, FORM_URL, NOON, PARTNER_ID, partner, SECRET } from '../testing/signer-bench.ts'

const ID = agreementId('acme', EMAIL)
const LANE = laneOfAgreement(ID, LANES)
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const source = { topic: 'agreement.commands', partition: 2, offset: 7, line: 0, timestamp: NOON - 500 } as const

function toSign(changes: Partial<GatewayFormToSign> = {}): GatewayFormToSign {
  return {
    partner: 'acme',
    requestId: makeRequestId({ day: payDate('20261121'), lane: LANE, about: ['form', 1] }),
    agreementId: ID,
    commandId: 'c1',
    parameters: [{ name: 'email', value: EMAIL }],
    version: 4,
    expiresAt: NOON + 1_800_000,
    withdrawn: false,
    source,
    ...changes,
  }
}

async function signed(changes: Partial<GatewayFormToSign> = {}, bench = new AgreementBench()): Promise<AgreementBench> {
  bench.toSign('gateway.GatewayFormToSign', toSign(changes), LANE, { traceparent: TRACE })
  await bench.runToSign(LANE)
  return bench
}

describe('a form that has to be signed', () => {
  it('SGN-1, SGN-2: it holds the parameters of the interface and nothing else, signed as they stand there', async () => {
    const { forms } = await signed()
    const text = `_input_charset=gbk&email=${EMAIL}&partner=${PARTNER_ID}&service=sign_protocol_with_partner`
    expect(forms).toMatchObject([{ charset: 'gbk', requestId: toSign().requestId, agreementId: ID, commandId: 'c1' }])
    expect(forms[0]?.parameters.map(({ name, value }) => [name, value])).toEqual([
      ['service', 'sign_protocol_with_partner'],
      ['partner', PARTNER_ID],
      ['_input_charset', 'gbk'],
      ['sign_type', 'MD5'],
      ['email', EMAIL],
      ['sign', createHash('md5').update(`${text}${SECRET}`).digest('hex')],
    ])
  })

  it.each([
    [
      'MAPI-11: a parameter that the interface does not have',
      [{ name: 'password', value: 'x' }],
      'MAPI_PARAMETER_UNKNOWN',
    ],
    [
      'MAPI-11: where the user would come back to',
      [{ name: 'return_url', value: 'https://x' }],
      'MAPI_PARAMETER_UNKNOWN',
    ],
    ['SGN-4: a mobile number', [{ name: 'email', value: '13800138000' }], 'MAPI_SIGNER_IS_MOBILE'],
  ])('%s is signed by nobody, and is reported to the reconciler', async (_what, parameters, code) => {
    const bench = new AgreementBench()
    const rest = parameters.some(({ name }) => name === 'email') ? [] : toSign().parameters
    await signed({ parameters: [...rest, ...parameters] }, bench)
    expect(bench.forms).toEqual([])
    const [report] = bench.log.all('gateway.commands')
    expect(bench.codec.decode(report?.value ?? null, ['gateway.GatewayServiceNotSigned']).value).toMatchObject({ code })
  })

  it('goes to gateway.forms and agreement.events in one transaction, with an address that nobody can guess', async () => {
    const bench = await signed()
    const [form] = bench.log.all('gateway.forms')
    expect(form?.partition).toBe(LANE)
    expect(form?.key?.toString()).toBe(`acme/${ID}/c1`)
    const [{ token, expiresAt, signedAt } = { token: '', expiresAt: 0, signedAt: 0 }] = bench.forms
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(token).toMatch(/^[\w-]{43}$/)
    expect([expiresAt, signedAt]).toEqual([NOON + 1_800_000, NOON])
    expect(bench.agreementEvents).toEqual([
      {
        name: 'agreement.AgreementFormReady',
        value: {
          eventId: reportId('agreement.form_ready', 'acme', `${ID}/${toSign().requestId}`, source),
          agreementId: ID,
          commandId: 'c1',
          partner: 'acme',
          version: 4,
          occurredAt: source.timestamp,
          seenAt: source.timestamp,
          evidence: { kind: 'command', id: 'agreement.commands/2@7', source },
          url: `${FORM_URL}/agreement/acme/${token}`,
          expiresAt,
        },
      },
    ])
    expect(bench.log.commits.map(({ length }) => length)).toEqual([2])
    expect(bench.log.all('agreement.events')[0]?.key?.toString()).toBe(`acme/${ID}`)
  })

  it('MAPI-17: form and event can be searched by their ids, and go on with the trace', async () => {
    const bench = await signed()
    expect(bench.log.all('gateway.forms')[0]?.headers).toMatchObject({
      ce_id: `acme/${toSign().requestId}`,
      ce_type: 'gateway.form',
      ce_subject: `acme/${ID}/c1`,
      traceparent: TRACE,
    })
    expect(bench.log.all('agreement.events')[0]?.headers).toMatchObject({
      ce_type: 'agreement.form_ready',
      traceparent: TRACE,
    })
  })

  it('MAPI-14: neither e-mail nor partner id nor key is in the event or a log line', async () => {
    const bench = await signed()
    const [event] = bench.log.all('agreement.events')
    for (const text of [String(event?.value), ...bench.lines]) {
      for (const secret of [EMAIL, PARTNER_ID, SECRET]) expect(text).not.toContain(secret)
    }
  })

  it('made again it has another address under the same key', async () => {
    const bench = await signed()
    await signed(
      { version: 5, requestId: makeRequestId({ day: payDate('20261121'), lane: LANE, about: ['form', 2] }) },
      bench,
    )
    expect(new Set(bench.forms.map(({ token }) => token)).size).toBe(2)
    expect(new Set(bench.log.all('gateway.forms').map(({ key, partition }) => `${key} ${partition}`)).size).toBe(1)
    expect(new Set(bench.agreementEvents.map(({ value }) => value.eventId)).size).toBe(2)
  })

  it('MAPI-6: it is signed in the bytes of the character set that it names', async () => {
    const utf8 = partner({ ...acme, charset: 'utf-8' })
    const { forms } = await signed(
      { parameters: [{ name: 'email', value: '张@example.com' }] },
      new AgreementBench({}, [utf8]),
    )
    const text = `_input_charset=utf-8&email=张@example.com&partner=${PARTNER_ID}&service=sign_protocol_with_partner`
    expect(forms[0]?.parameters.at(-1)).toEqual({
      name: 'sign',
      value: createHash('md5').update(`${text}${SECRET}`, 'utf8').digest('hex'),
    })
  })
})

describe('a form that is withdrawn', () => {
  it('is taken away under its key, without an event, even where the partner or FORM_URL is gone', async () => {
    const bench = await signed({ withdrawn: true }, new AgreementBench({ formUrl: undefined }, []))
    expect(bench.log.all('gateway.forms')).toMatchObject([
      { partition: LANE, key: Buffer.from(`acme/${ID}/c1`), value: null },
    ])
    expect(bench.agreementEvents).toEqual([])
  })

  it('after it was signed, in their order', async () => {
    const bench = new AgreementBench()
    bench.toSign('gateway.GatewayFormToSign', toSign(), LANE)
    await signed({ withdrawn: true }, bench)
    expect(bench.log.all('gateway.forms').map(({ value }) => value === null)).toEqual([false, true])
  })
})

describe('what can not be signed', () => {
  it.each([
    ['the partner is gone', {}, [], 'SIGNER_PARTNER_MISSING'],
    ['the key is gone', {}, [partner({ signingKey: undefined })], 'SIGNER_KEY_MISSING'],
    ['FORM_URL is gone', { formUrl: undefined }, [acme], 'SIGNER_FORM_URL_MISSING'],
  ])('%s: it is reported to the reconciler, and the lane goes on', async (_what, settings, partners, code) => {
    const bench = await signed({}, new AgreementBench(settings, partners))
    expect(bench.forms).toEqual([])
    expect(bench.agreementEvents).toEqual([])
    expect(bench.log.committedOffset('gateway.to-sign', LANE)).toBe(1)
    const [report] = bench.log.all('gateway.commands')
    expect(bench.codec.decode(report?.value ?? null, ['gateway.GatewayServiceNotSigned']).value).toMatchObject({
      partner: 'acme',
      requestId: toSign().requestId,
      service: 'sign_protocol_with_partner',
      agreementId: ID,
      code,
    })
  })

  it('a crash before the commit, and nobody has seen the address: the next session makes another', async () => {
    const bench = new AgreementBench()
    bench.log.beforeCommit = () => {
      throw new Error('the process ends')
    }
    await expect(signed({}, bench)).rejects.toThrow('the process ends')
    expect(bench.written).toBe('')
    bench.log.beforeCommit = () => undefined
    await bench.runToSign(LANE)
    expect(bench.forms).toHaveLength(1)
    expect(bench.agreementEvents).toHaveLength(1)
  })
})
