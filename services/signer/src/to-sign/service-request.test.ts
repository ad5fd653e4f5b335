import { createHash } from 'node:crypto'
import { payDate } from '@payout/mapi/values/china-time'
import { makeRequestId } from '@payout/mapi/values/request-id'
import type { GatewayServiceToSign } from '@payout/schemas/generated/records'
import { describe, expect, it } from 'vitest'
import { AgreementBench } from '../testing/agreement-bench.ts'
import { NOON, PARTNER_ID, partner, SECRET } from '../testing/signer-bench.ts'

const LANE = 2
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

function toSign(changes: Partial<GatewayServiceToSign> = {}): GatewayServiceToSign {
  return {
    partner: 'acme',
    requestId: makeRequestId({ day: payDate('20261121'), lane: LANE, about: ['query', 1] }),
    service: 'bptb_refund_file',
    parameters: [{ name: 'date', value: '20261120' }],
    sendBefore: NOON + 60_000,
    ...changes,
  }
}

async function signed(changes: Partial<GatewayServiceToSign>[], bench = new AgreementBench()): Promise<AgreementBench> {
  for (const change of changes)
    bench.toSign('gateway.GatewayServiceToSign', toSign(change), LANE, { traceparent: TRACE })
  await bench.runToSign(LANE)
  return bench
}

const given = (parameters: Record<string, string>) =>
  Object.entries(parameters).map(([name, value]) => ({ name, value }))

describe('a request of another service', () => {
  it.each([
    [
      'RFD-1: a return file',
      'bptb_refund_file',
      given({ date: '20261120', biz_type: 'd_sale' }),
      'biz_type=d_sale&date=20261120',
    ],
    [
      'SGN-5: a question',
      'query_customer_protocol',
      given({ biz_type: '10004', user_email: 'zhang@example.com' }),
      'biz_type=10004',
    ],
    [
      'UNS-3: a cancelling, with all that was given',
      'customer_unsign',
      given({ customer_code: '7', type_code: '8', trans_account_out: 'zhang@example.com' }),
      'customer_code=7',
    ],
  ])(
    '%s is signed with its own parameters and nothing else (MAPI-11)',
    async (_what, service, parameters, beginning) => {
      const bench = await signed([{ service, parameters }])
      const [request] = bench.serviceRequests
      expect(request).toEqual({
        partner: 'acme',
        requestId: toSign().requestId,
        service,
        charset: 'gbk',
        body: expect.any(Buffer),
        sendBefore: NOON + 60_000,
        signedAt: NOON,
        cause: { topic: 'gateway.to-sign', partition: LANE, offset: 0, line: 0, timestamp: NOON },
      })
      const sent = new URLSearchParams(String(request?.body))
      const names = ['service', 'partner', '_input_charset', 'sign_type', ...parameters.map(({ name }) => name), 'sign']
      expect([...sent.keys()].toSorted()).toEqual(names.toSorted())
      const text = [...sent]
        .filter(([name]) => name !== 'sign' && name !== 'sign_type')
        .map(([name, value]) => `${name}=${value}`)
        .toSorted()
        .join('&')
      expect(text).toContain(`_input_charset=gbk&${beginning}`)
      expect(text).toContain(`partner=${PARTNER_ID}`)
      expect(sent.get('sign')).toBe(createHash('md5').update(`${text}${SECRET}`).digest('hex'))
    },
  )

  it('MAPI-17: stays in the lane that its id names, can be searched by it, and goes on with the trace', async () => {
    const { log } = await signed([{}])
    const [record] = log.all('gateway.requests')
    expect(record?.partition).toBe(LANE)
    expect(record?.key?.toString()).toBe(`acme/${toSign().requestId}`)
    expect(record?.headers).toMatchObject({
      ce_id: `acme/${toSign().requestId}`,
      ce_type: 'gateway.service_request',
      ce_subject: `acme/${toSign().requestId}`,
      traceparent: TRACE,
    })
  })

  it('UNS-4: the same parameters make the same request, whenever it is signed', async () => {
    const unsign = { service: 'customer_unsign', parameters: given({ customer_code: '7' }) }
    const bench = await signed([unsign])
    bench.clock.at += 600_000
    await signed([{ ...unsign, requestId: toSign().requestId.replace(/.$/, '0') }], bench)
    const [first, again] = bench.serviceRequests
    expect(again?.requestId).not.toBe(first?.requestId)
    expect(again?.body).toEqual(first?.body)
  })

  it('what is past its time is signed all the same: egress says the last word', async () => {
    const { serviceRequests } = await signed([{ sendBefore: NOON - 1 }])
    expect(serviceRequests).toMatchObject([{ sendBefore: NOON - 1 }])
  })
})

describe('what can not be signed', () => {
  it.each([
    ['a service that nobody knows', { service: 'single_trade_query' }, undefined, 'SIGNER_SERVICE_UNKNOWN'],
    [
      'the interface that only a browser calls',
      { service: 'sign_protocol_with_partner' },
      undefined,
      'SIGNER_SERVICE_UNKNOWN',
    ],
    [
      'MAPI-11: a foreign parameter',
      { parameters: given({ date: '20261120', email: 'x' }) },
      undefined,
      'MAPI_PARAMETER_UNKNOWN',
    ],
    [
      'MAPI-12: a day that does not exist',
      { parameters: given({ date: '20261131' }) },
      undefined,
      'MAPI_PARAMETER_FORMAT',
    ],
    ['a partner that is gone', { partner: 'gone' }, undefined, 'SIGNER_PARTNER_MISSING'],
    ['a key that is gone', {}, [partner({ signingKey: undefined })], 'SIGNER_KEY_MISSING'],
    ['a character that the charset lacks', { service: 'query_customer_protocol', parameters: given({ biz_type: '10004', user_email: '𠮷@example.com' }) }, undefined, 'MAPI_CHARSET_CANNOT_HOLD'],
  ])('%s: it is reported to the reconciler, and the lane goes on', async (_what, changes, partners, code) => {
    const bench = await signed(
      [{ partner: 'other' }, changes, { partner: 'other' }],
      new AgreementBench({}, [...(partners ?? [partner({})]), partner({ alias: 'other' })]),
    )
    expect(bench.serviceRequests.map((request) => request.partner)).toEqual(['other', 'other'])
    expect(bench.log.committedOffset('gateway.to-sign', LANE)).toBe(3)
    const [report] = bench.log.all('gateway.commands')
    expect(report?.partition).toBe(LANE)
    expect(bench.codec.decode(report?.value ?? null, ['gateway.GatewayServiceNotSigned']).value).toMatchObject({
      requestId: toSign().requestId,
      service: toSign(changes).service,
      agreementId: null,
      code,
      cause: { topic: 'gateway.to-sign', offset: 1 },
    })
  }) // biome-ignore format: a table

  it('an id that names no lane is a defect: the lane waits', async () => {
    await expect(signed([{ requestId: 'short' }])).rejects.toMatchObject({ code: 'MAPI_BATCH_NO_FORMAT' })
  })
})
