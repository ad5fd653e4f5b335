import { describe, expect, it } from 'vitest'
import { accepted, broken, refused } from '../testing/fake-gateway.ts'
import type { GatewayReply } from './gateway.ts'
import { serviceMeaning } from './service-meaning.ts'

const services = ['query_customer_protocol', 'customer_unsign'] as const

/** What changes nothing but that one asks again: written down from sign_protocol_with_partner 1.0 and customer_unsign 1.0. */
const unsure = {
  query_customer_protocol: ['UNKNOWN_EXCEPTION', 'GENERIC_FAILURE', 'SYSTEM_ERROR'],
  customer_unsign: ['SYSTEM_ERROR', 'ILLEGAL_SYSTEM'],
} as const

function unknown(code: string) {
  return { outcome: 'unknown', code, final: false }
}

describe('serviceMeaning', () => {
  it.each(services)('%s: T is accepted, and the last word', (service) => {
    expect(serviceMeaning(service, accepted)).toEqual({ outcome: 'accepted', code: null, final: true })
  })

  it.each(unsure.query_customer_protocol)('SGN-6: %s says nothing: the question is asked again', (code) => {
    expect(serviceMeaning('query_customer_protocol', refused(code))).toEqual(unknown(code))
  })

  it.each(unsure.customer_unsign)('UNS-4: after %s the cancelling is sent again', (code) => {
    expect(serviceMeaning('customer_unsign', refused(code))).toEqual(unknown(code))
  })

  it.each([
    'TOO_MUCH_TYPE_CODE',
    'FAIL_UNFREEZE_STANDARD_BAIL',
    'ILLEGAL_ARGUMENT',
    'STATUS_TYPE_CODE',
    'ILLEGAL_SERVICE_TIME_OUT',
    'NOT_EXIST_PARTNER_TYPE_CODE',
    'FAIL_UNSIGN_BATCH_PAY_PRIVILEGE',
    'ILLEGAL_SIGN',
  ])('%s is a refusal, and the last word; it stops nobody', (code) => {
    expect(serviceMeaning('customer_unsign', refused(code))).toEqual({
      outcome: 'refused',
      code,
      final: true,
    })
  })

  it.each(services)('%s: a code of no table says nothing', (service) => {
    expect(serviceMeaning(service, refused('SOMETHING_NEW'))).toEqual(unknown('SOMETHING_NEW'))
  })

  const html = Buffer.from('<html><body>busy<br></body></html>')
  const answered = { kind: 'answered', status: 200, contentType: 'text/xml', body: html, cut: false } as const
  it.each<[string, GatewayReply, string]>([
    ['no answer', broken('TIMED_OUT'), 'TIMED_OUT'],
    [
      'another status, with a good answer in it',
      { ...answered, body: accepted.body ?? html, status: 502 },
      'HTTP_STATUS',
    ],
    ['an answer that was cut off', { ...answered, cut: true }, 'ANSWER_TOO_LARGE'],
    ['HTML', answered, 'ANSWER_NOT_XML'],
    ['nothing', { ...answered, body: Buffer.alloc(0) }, 'ANSWER_EMPTY'],
  ])('%s leaves the outcome unknown', (_what, reply, code) => {
    for (const service of services) expect(serviceMeaning(service, reply)).toEqual(unknown(code))
  })
})
