import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from './error-codes.ts'
import { GATEWAY_CODES } from './gateway-codes.ts'

/** What stands in tables 10-1 and 10-2 of batch_trans_notify_no_pwd 1.3 and in tables 8-1 and 8-2 of bptb_refund_file 1.3, read again for this test. */
const KEY = ['ILLEGAL_SIGN', 'ILLEGAL_DYN_MD5_KEY', 'ILLEGAL_ENCRYPT', 'ILLEGAL_SECURITY_PROFILE', 'ILLEGAL_SIGN_TYPE']
const CONTRACT = [
  ...KEY,
  'ILLEGAL_SERVICE',
  'ILLEGAL_USER',
  'ILLEGAL_PARTNER',
  'ILLEGAL_EXTERFACE',
  'ILLEGAL_PARTNER_EXTERFACE',
  'ILLEGAL_AGENT',
  'ILLEGAL_CHARSET',
  'ILLEGAL_CLIENT_IP',
  'HAS_NO_PRIVILEGE',
  'ILLEGAL_ENCODING',
  'ILLEGAL_REQUEST_REFERER',
  'ILLEGAL_ANTI_PHISHING_KEY',
  'ANTI_PHISHING_KEY_TIMEOUT',
  'ILLEGAL_EXTER_INVOKE_IP',
]
const REQUEST = ['ILLEGAL_ARGUMENT', 'ILLEGAL_DIGEST_TYPE', 'ILLEGAL_DIGEST', 'ILLEGAL_FILE_FORMAT']
const SYSTEM = [
  'SYSTEM_ERROR',
  'SESSION_TIMEOUT',
  'ILLEGAL_TARGET_SERVICE',
  'ILLEGAL_ACCESS_SWITCH_SYSTEM',
  'ILLEGAL_SWITCH_SYSTEM',
  'EXTERFACE_IS_CLOSED',
]

describe('codes of the gateway itself', () => {
  it('RFD-8: are those that both documents have, 29 of them', () => {
    expect([...GATEWAY_CODES.keys()].sort()).toEqual([...CONTRACT, ...REQUEST, ...SYSTEM].sort())
    expect(GATEWAY_CODES.size).toBe(29)
  })

  it.each([
    ['fix-contract', CONTRACT],
    ['fix-request', REQUEST],
    ['outcome-unknown', SYSTEM],
  ] as const)('RFD-8: MAPI-19: what means %s', (action, codes) => {
    for (const code of codes) {
      expect(GATEWAY_CODES.get(code)).toEqual({
        code,
        action,
        aboutKey: KEY.includes(code),
        meaning: ERROR_CODES.get(code)?.meaning,
      })
    }
  })
})
