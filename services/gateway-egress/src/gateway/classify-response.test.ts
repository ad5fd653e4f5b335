import { ERROR_CODES } from '@payout/mapi/answer/error-codes'
import { describe, expect, it } from 'vitest'
import { accepted, broken, refused } from '../testing/fake-gateway.ts'
import { type AnswerPolicy, classifyBatchResponse, classifyServiceResponse } from './classify-response.ts'
import type { GatewayReply } from './gateway.ts'

const policy: AnswerPolicy = { resend: 'identical', balanceStopMs: undefined }
const NOW = 1_000_000

/** The codes of batch_trans_notify_no_pwd 1.3 §10 by what they mean here, written down from the document. */
const systemErrors = [
  'SYSTEM_ERROR', 'SESSION_TIMEOUT', 'ILLEGAL_TARGET_SERVICE', 'ILLEGAL_ACCESS_SWITCH_SYSTEM', 'ILLEGAL_SWITCH_SYSTEM', 'EXTERFACE_IS_CLOSED',
] // biome-ignore format: a list of words
const submittedBefore = ['BATCH_NO_NOT_UNIQUE', 'TRANS_NO_NOT_UNIQUE']
const requestIsWrong = [
  'batchFeeIllegal', 'batchFeesIsNull', 'detailDataIsNull', 'TOTAL_NUMS_LIMIT', 'REASON_NOT_NULL', 'emailIsNull', 'baccountNameIsNull',
  'batchNoIsNull', 'MAX_SINGLE_FEE', 'BATCH_MONEY_ADD_NOT_MATCH_AMOUNT', 'MAX_SINGLE_FEE_FOR_CERT', 'BATCH_NO_ERROR',
  'BATCH_COUNT_ADD_NOT_MATCH_AMOUNT', 'batchNumsIsNull', 'payDateIsNull', 'ILLEGAL_ARGUMENT', 'ILLEGAL_DIGEST_TYPE', 'ILLEGAL_DIGEST',
  'ILLEGAL_FILE_FORMAT',
] // biome-ignore format: a list of words
const partnerIsWrong = [
  'ACCOUNT_NOT_MATCH', 'USER_NOT_EXIST', 'USER_BLOCKED', 'ERROR_SELF_CERTIFY_LEVEL_LIMIT', 'SELLER_NOT_CERTIFY', 'PAY_EMAIL_NAME_NOT_MATCH',
  'partnerORPayEmailError', 'PROFILE_BATCH_PAYMENT', 'ILLEGAL_SIGN', 'ILLEGAL_DYN_MD5_KEY', 'ILLEGAL_ENCRYPT', 'ILLEGAL_SERVICE', 'ILLEGAL_USER',
  'ILLEGAL_PARTNER', 'ILLEGAL_EXTERFACE', 'ILLEGAL_PARTNER_EXTERFACE', 'ILLEGAL_SECURITY_PROFILE', 'ILLEGAL_AGENT', 'ILLEGAL_SIGN_TYPE',
  'ILLEGAL_CHARSET', 'ILLEGAL_CLIENT_IP', 'HAS_NO_PRIVILEGE', 'ILLEGAL_ENCODING', 'ILLEGAL_REQUEST_REFERER', 'ILLEGAL_ANTI_PHISHING_KEY',
  'ANTI_PHISHING_KEY_TIMEOUT', 'ILLEGAL_EXTER_INVOKE_IP',
] // biome-ignore format: a list of words

function classification(reply: GatewayReply, changes: Partial<AnswerPolicy> = {}) {
  return classifyBatchResponse(reply, { ...policy, ...changes }, NOW)
}

describe('classifyBatchResponse', () => {
  it('BTN-8: T means accepted, and no more', () => {
    expect(classification(accepted)).toEqual({ outcome: 'accepted', code: null, final: true, stop: undefined })
  })

  it.each(systemErrors)('MAPI-19: %s leaves the outcome unknown, and the batch in doubt', (code) => {
    expect(classification(refused(code))).toEqual({ outcome: 'unknown', code, final: false, stop: undefined })
  })

  it.each(submittedBefore)('BTN-9: %s is a refusal that stops nobody', (code) => {
    expect(classification(refused(code))).toEqual({ outcome: 'refused', code, final: true, stop: undefined })
  })

  it.each(requestIsWrong)('BTN-9: %s is a refusal of this request only', (code) => {
    expect(classification(refused(code))).toEqual({ outcome: 'refused', code, final: true, stop: undefined })
  })

  it.each(partnerIsWrong)('BTN-9: %s is a refusal that stops the partner until a person lets it go on', (code) => {
    expect(classification(refused(code), { balanceStopMs: 5 })).toEqual({
      outcome: 'refused',
      code,
      final: true,
      stop: {},
    })
  })

  it('BTN-9: NOT_ENOUGH_AMOUNT stops the partner, for a time where one is configured', () => {
    const code = 'NOT_ENOUGH_AMOUNT'
    expect(classification(refused(code))).toEqual({ outcome: 'refused', code, final: true, stop: {} })
    expect(classification(refused(code), { balanceStopMs: 60_000 }).stop).toEqual({ until: NOW + 60_000 })
  })

  it('BTN-9: UPLOAD_FAIL and a code of no table leave the outcome unknown', () => {
    for (const code of ['UPLOAD_FAIL', 'SOMETHING_NEW']) {
      expect(classification(refused(code))).toEqual({ outcome: 'unknown', code, final: false, stop: undefined })
    }
  })

  it('BTN-9: every code of the tables is in one of these lists', () => {
    const lists = [
      ...systemErrors,
      ...submittedBefore,
      ...requestIsWrong,
      ...partnerIsWrong,
      'NOT_ENOUGH_AMOUNT',
      'UPLOAD_FAIL',
    ]
    expect(new Set(lists).size).toBe(lists.length)
    expect([...ERROR_CODES.keys()].toSorted()).toEqual(lists.toSorted())
  })

  it('S5.4: no answer leaves the outcome unknown, also where the connection was refused', () => {
    for (const code of ['TIMED_OUT', 'CONNECTION_RESET', 'CONNECTION_REFUSED', 'NO_ANSWER'] as const) {
      expect(classification(broken(code))).toEqual({ outcome: 'unknown', code, final: false, stop: undefined })
    }
  })

  it.each([
    ['a status other than 200', { status: 500 }, 'HTTP_STATUS'],
    ['a redirect, with a good answer in it', { status: 302 }, 'HTTP_STATUS'],
    ['an answer that was cut off', { cut: true }, 'ANSWER_TOO_LARGE'],
    ['nothing', { body: Buffer.alloc(0) }, 'ANSWER_EMPTY'],
    ['half an XML', { body: Buffer.from('<?xml version="1.0"?><alipay><is_success>T</is_succ') }, 'ANSWER_NOT_XML'],
    ['HTML', { body: Buffer.from('<html><body>busy<br></body></html>') }, 'ANSWER_NOT_XML'],
    [
      'a document type',
      { body: Buffer.from('<!DOCTYPE a [<!ENTITY x "T">]><alipay><is_success>&x;</is_success></alipay>') },
      'ANSWER_HAS_DOCTYPE',
    ],
    ['F without a code', { body: Buffer.from('<alipay><is_success>F</is_success></alipay>') }, 'ANSWER_WITHOUT_CODE'],
  ])('%s leaves the outcome unknown', (_what, changes, code) => {
    const good = {
      kind: 'answered',
      status: 200,
      contentType: 'text/xml',
      body: accepted.body ?? Buffer.alloc(0),
      cut: false,
    } as const
    expect(classification({ ...good, ...changes })).toEqual({ outcome: 'unknown', code, final: false, stop: undefined })
  })

  it('with resend never an unknown answer is the last word', () => {
    expect(classification(broken('TIMED_OUT'), { resend: 'never' }).final).toBe(true)
    expect(classification(refused('SYSTEM_ERROR'), { resend: 'never' }).final).toBe(true)
  })
})

const services = ['query_customer_protocol', 'customer_unsign'] as const

/**
 * What changes nothing but that one asks again: written down from sign_protocol_with_partner 1.0 and customer_unsign
 * 1.0.
 */
const unsure = {
  query_customer_protocol: ['UNKNOWN_EXCEPTION', 'GENERIC_FAILURE', 'SYSTEM_ERROR'],
  customer_unsign: ['SYSTEM_ERROR', 'ILLEGAL_SYSTEM'],
} as const

function unknown(code: string) {
  return { outcome: 'unknown', code, final: false }
}

describe('classifyServiceResponse', () => {
  it.each(services)('%s: T is accepted, and the last word', (service) => {
    expect(classifyServiceResponse(service, accepted)).toEqual({ outcome: 'accepted', code: null, final: true })
  })

  it.each(unsure.query_customer_protocol)('SGN-6: %s says nothing: the question is asked again', (code) => {
    expect(classifyServiceResponse('query_customer_protocol', refused(code))).toEqual(unknown(code))
  })

  it.each(unsure.customer_unsign)('UNS-4: after %s the cancelling is sent again', (code) => {
    expect(classifyServiceResponse('customer_unsign', refused(code))).toEqual(unknown(code))
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
    expect(classifyServiceResponse('customer_unsign', refused(code))).toEqual({
      outcome: 'refused',
      code,
      final: true,
    })
  })

  it.each(services)('%s: a code of no table says nothing', (service) => {
    expect(classifyServiceResponse(service, refused('SOMETHING_NEW'))).toEqual(unknown('SOMETHING_NEW'))
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
    for (const service of services) expect(classifyServiceResponse(service, reply)).toEqual(unknown(code))
  })
})
