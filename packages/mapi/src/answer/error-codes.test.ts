import { describe, expect, it } from 'vitest'
import { parseAnswer } from './answer.ts'
import { type Action, ERROR_CODES } from './error-codes.ts'

/** Tables 10-1 and 10-2 of batch_trans_notify_no_pwd 1.3, read again for this test, with the action that each code has. */
const TABLE_10_1 = {
  'fix-request': [
    'batchFeeIllegal',
    'batchFeesIsNull',
    'detailDataIsNull',
    'TOTAL_NUMS_LIMIT',
    'REASON_NOT_NULL',
    'emailIsNull',
    'baccountNameIsNull',
    'batchNoIsNull',
    'MAX_SINGLE_FEE',
    'BATCH_MONEY_ADD_NOT_MATCH_AMOUNT',
    'MAX_SINGLE_FEE_FOR_CERT',
    'BATCH_NO_ERROR',
    'BATCH_COUNT_ADD_NOT_MATCH_AMOUNT',
    'batchNumsIsNull',
    'payDateIsNull',
    'ILLEGAL_ARGUMENT',
    'ILLEGAL_DIGEST_TYPE',
    'ILLEGAL_DIGEST',
    'ILLEGAL_FILE_FORMAT',
  ],
  'fix-contract': [
    'ACCOUNT_NOT_MATCH',
    'USER_NOT_EXIST',
    'USER_BLOCKED',
    'ERROR_SELF_CERTIFY_LEVEL_LIMIT',
    'SELLER_NOT_CERTIFY',
    'PAY_EMAIL_NAME_NOT_MATCH',
    'partnerORPayEmailError',
    'PROFILE_BATCH_PAYMENT',
    'ILLEGAL_SIGN',
    'ILLEGAL_DYN_MD5_KEY',
    'ILLEGAL_ENCRYPT',
    'ILLEGAL_SERVICE',
    'ILLEGAL_USER',
    'ILLEGAL_PARTNER',
    'ILLEGAL_EXTERFACE',
    'ILLEGAL_PARTNER_EXTERFACE',
    'ILLEGAL_SECURITY_PROFILE',
    'ILLEGAL_AGENT',
    'ILLEGAL_SIGN_TYPE',
    'ILLEGAL_CHARSET',
    'ILLEGAL_CLIENT_IP',
    'HAS_NO_PRIVILEGE',
    'ILLEGAL_ENCODING',
    'ILLEGAL_REQUEST_REFERER',
    'ILLEGAL_ANTI_PHISHING_KEY',
    'ANTI_PHISHING_KEY_TIMEOUT',
    'ILLEGAL_EXTER_INVOKE_IP',
  ],
  'top-up': ['NOT_ENOUGH_AMOUNT'],
  'already-submitted': ['BATCH_NO_NOT_UNIQUE', 'TRANS_NO_NOT_UNIQUE'],
  'outcome-unknown': ['UPLOAD_FAIL'],
} as const

const TABLE_10_2 = [
  'SYSTEM_ERROR',
  'SESSION_TIMEOUT',
  'ILLEGAL_TARGET_SERVICE',
  'ILLEGAL_ACCESS_SWITCH_SYSTEM',
  'ILLEGAL_SWITCH_SYSTEM',
  'EXTERFACE_IS_CLOSED',
]

const business = (Object.keys(TABLE_10_1) as Action[]).flatMap((action) =>
  TABLE_10_1[action].map((code) => [code, action] as const),
)

describe('error codes', () => {
  it.each(business)('BTN-9: %s means %s', (code, action) => {
    const entry = ERROR_CODES.get(code)
    expect(entry).toMatchObject({ code, table: '10-1', action })
    expect(entry?.meaning).toMatch(/^[a-z]/)
    expect(entry?.original).toMatch(/\p{Script=Han}/u)
  })

  it.each(TABLE_10_2)('MAPI-19: BTN-9: %s means that the outcome is unknown', (code) => {
    expect(ERROR_CODES.get(code)).toMatchObject({ table: '10-2', action: 'outcome-unknown', stopsPartner: false })
  })

  it('BTN-9: there are 50 codes in table 10-1, 6 in table 10-2, and no others', () => {
    expect(business).toHaveLength(50)
    expect([...ERROR_CODES.keys()].sort()).toEqual([...business.map(([code]) => code), ...TABLE_10_2].sort())
  })

  it('BTN-9: contract, account, key and balance stop the partner, nothing else does', () => {
    for (const { action, stopsPartner } of ERROR_CODES.values()) {
      expect(stopsPartner).toBe(action === 'fix-contract' || action === 'top-up')
    }
    for (const code of ['ILLEGAL_SIGN', 'NOT_ENOUGH_AMOUNT', 'USER_BLOCKED', 'HAS_NO_PRIVILEGE']) {
      expect(ERROR_CODES.get(code)?.stopsPartner).toBe(true)
    }
  })

  it('BTN-9: says what Alipay has already', () => {
    const duplicates = [...ERROR_CODES.values()].filter(({ duplicate }) => duplicate !== null)
    expect(duplicates.map(({ code, duplicate }) => [code, duplicate])).toEqual([
      ['BATCH_NO_NOT_UNIQUE', 'batch'],
      ['TRANS_NO_NOT_UNIQUE', 'serial'],
    ])
  })

  it.each(['SOMETHING_NEW', '', 'SUCCESS', 'illegal_sign', 'ILLEGAL_SIGN_', 'toString', '__proto__', 'emaillsNull'])(
    'BTN-9: the unknown code %j counts as outcome unknown',
    (code) => {
      const xml = `<alipay><is_success>F</is_success><error>${code}</error></alipay>`
      expect(parseAnswer(Buffer.from(xml)).kind).toBe('unknown')
      expect(ERROR_CODES.has(code)).toBe(false)
    },
  )

  it('BTN-9: names are compared exactly', () => {
    expect(ERROR_CODES.has('ILLEGAL_SIGN ')).toBe(false)
  })
})
