import { createHash } from 'node:crypto'
import type { Charset } from '@payout/mapi/wire/charset'
import type { GatewayForm } from '@payout/schemas/generated/records'
import { bytesToSign, MD5_KEY, NAMES } from './alipay-notify.ts'

export const TOKEN = 'Kf3vT8mZq0WJ1xYd-5uRb7_hNcAeLgPsoV2tI9rQwE4'

/**
 * A signed form, made with Node's crypto alone: the signature is over the bytes of the charset, which Python encoded.
 * `memo` is a text that only these bytes can carry; the interface has no such parameter, so that the page shows what it
 * does with any.
 */
export function signedForm(charset: Charset, more: Partial<GatewayForm> = {}): GatewayForm {
  const plain = {
    service: 'sign_protocol_with_partner',
    partner: '2088002464631181',
    _input_charset: charset,
    email: 'buyer&co@example.com',
  }
  const base = bytesToSign({ ...plain, memo: NAMES[charset].bytes })
  const sign = createHash('md5').update(base).update(MD5_KEY).digest('hex')
  const parameters = Object.entries({ ...plain, memo: NAMES[charset].text, sign_type: 'MD5', sign })
  return {
    partner: 'shop',
    requestId: '20261121000000000000000000000001',
    agreementId: 'a'.repeat(24),
    commandId: 'sign-1',
    token: TOKEN,
    charset,
    parameters: parameters.map(([name, value]) => ({ name, value })),
    expiresAt: Date.UTC(2026, 10, 21, 3, 30, 0),
    signedAt: Date.UTC(2026, 10, 21, 3, 0, 0),
    ...more,
  }
}
