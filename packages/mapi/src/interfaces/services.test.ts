import { AlipaySubmit } from 'alipay/lib/alipay_submit.class.js'
import { describe, expect, it } from 'vitest'
import { type SigningKey, signingKey, verifyingKey } from '../signature/key.ts'
import { DSA_PKCS8, DSA_SPKI, RSA_PKCS8, RSA_SPKI } from '../signature/testing/fixture-keys.ts'
import { HAS_OPENSSL, opensslVerify } from '../signature/testing/openssl.ts'
import { partnerId } from '../values/partner-id.ts'
import { baseString } from '../wire/base-string.ts'
import { CHARSETS, type Charset } from '../wire/charset.ts'
import { parseForm } from '../wire/form.ts'
import type { Parameter } from '../wire/parameter.ts'
import { checkBusinessParameters, interfaceOf, isServiceName, serviceParameters } from './services.ts'
import { buildRequest } from './signed-request.ts'
import { receivedRequest, verifyReceived } from './testing/received-request.ts'

const MD5_KEY = `1${'0'.repeat(31)}`
const md5 = signingKey('MD5', MD5_KEY)
const partner = partnerId('2088002007018916')

type Service = Parameters<typeof interfaceOf>[0]
const EMAIL = 'user@example.com'
const CALLS: readonly (readonly [Service, readonly Parameter[]])[] = [
  ['sign_protocol_with_partner', [['email', EMAIL]]],
  [
    'query_customer_protocol',
    [
      ['biz_type', '10004'],
      ['user_email', EMAIL],
    ],
  ],
  [
    'customer_unsign',
    [
      ['biz_type', '10004'],
      ['user_email', EMAIL],
    ],
  ],
  [
    'customer_unsign',
    [
      ['type_code', '20880020070189161000310004'],
      ['trans_account_out', '20880020070189160156'],
    ],
  ],
  [
    'bptb_refund_file',
    [
      ['date', '20081024'],
      ['biz_type', 'd_sale'],
    ],
  ],
]
const build = (
  service: Service,
  business: readonly Parameter[],
  {
    charset = 'utf-8',
    signer = md5,
    of = partner,
  }: { charset?: Charset; signer?: SigningKey; of?: typeof partner } = {},
) => {
  const definition = interfaceOf(service)
  return buildRequest(definition, serviceParameters({ definition, partner: of, charset }, business), signer)
}
const signOf = (request: { readonly body: string }) => new URLSearchParams(request.body).get('sign')

describe('services', () => {
  it('RFD-1: signs the sample of bptb_refund_file 1.3 §7.1.2', () => {
    const sample = { charset: 'gb2312', of: partnerId('2088002464631181') } as const
    const request = build(
      'bptb_refund_file',
      [
        ['date', '20100302'],
        ['biz_type', 'd_sale'],
      ],
      sample,
    )
    expect(baseString(parseForm(Buffer.from(request.body))).toString()).toBe(
      '_input_charset=gb2312&biz_type=d_sale&date=20100302&partner=2088002464631181&service=bptb_refund_file',
    )
    // openssl md5 over that string and the key.
    expect(signOf(request)).toBe('ea5b30d884ab2129226e3446d88b84eb')
  })

  // openssl md5 over the string to sign, in its character set, and the key.
  it.each([
    ['SGN-2', '7446b58bb704b8cda917793d4b62f4d4', 'utf-8', ...(CALLS[0] ?? [])],
    ['SGN-2', '690d3fb155470803aa02153669b70cac', 'gbk', 'sign_protocol_with_partner', [['email', '张三@example.com']]],
    ['SGN-5', 'b2428b5c7f2a0db264c1c39e77be1cf0', 'utf-8', ...(CALLS[1] ?? [])],
    ['UNS-2', '4acbbed2969a85c09505a5b33603c2b8', 'utf-8', ...(CALLS[2] ?? [])],
    ['UNS-1', 'd35b99bada45d159a630519ca8fe3787', 'utf-8', ...(CALLS[3] ?? [])],
  ] as [string, string, Charset, Service, Parameter[]][])(
    '%s: the MD5 sign %s is OpenSSL’s (%s)',
    (_, expected, charset, service, business) => {
      expect(signOf(build(service, business, { charset }))).toBe(expected)
    },
  )

  it.each(CALLS)('MAPI-3: MAPI-9: a port of Alipay’s own demo signs and sends the same for %s', (service, business) => {
    const demo = new AlipaySubmit({ sign_type: 'MD5', key: MD5_KEY, input_charset: 'utf-8' })
    const { body, parameters } = build(service, business)
    expect(demo.buildRequestPara(Object.fromEntries(parameters))).toEqual(Object.fromEntries(parameters))
    const theirs = parseForm(Buffer.from(demo.buildRequestParaToString(Object.fromEntries(parameters))))
    expect(new Map(theirs)).toEqual(new Map(parseForm(Buffer.from(body))))
  })

  it.each(CALLS)('SGN-2: %s sends its own parameters, sign_type and sign, and nothing else', (service, business) => {
    for (const charset of CHARSETS) {
      const { parameters } = build(service, [...business].reverse(), { charset })
      const names = parameters.map(([name]) => name)
      expect(names.slice(0, 4)).toEqual(['service', 'partner', '_input_charset', 'sign_type'])
      expect(names.at(-1)).toBe('sign')
      expect(names.slice(4, -1).sort()).toEqual(business.map(([name]) => name).sort())
      expect(new Map(parameters).get('_input_charset')).toBe(charset)
    }
  })

  it.each(CALLS)('MAPI-10: %s verifies from its bytes, with RSA and DSA', (service, business) => {
    const keys = [verifyingKey('RSA', RSA_SPKI, 'rsa'), verifyingKey('DSA', DSA_SPKI, 'dsa')]
    for (const signer of [signingKey('RSA', RSA_PKCS8), signingKey('DSA', DSA_PKCS8, { dsaForm: 'der' })]) {
      const request = receivedRequest(build(service, business, { signer }).body)
      expect(verifyReceived(request, keys)).toEqual({ ok: true, key: signer.signType.toLowerCase() })
      expect(HAS_OPENSSL, 'openssl is needed for this test').toBe(true)
      const signature = Buffer.from(request.parameters.get('sign') ?? '', 'base64')
      const publicKey = signer.signType === 'RSA' ? RSA_SPKI : DSA_SPKI
      expect(opensslVerify(baseString(request.wire), signature, publicKey)).toBe(true)
    }
  })

  it('UNS-4: sent again, the cancelling is the same to the byte', () => {
    const [service, business] = CALLS[2] ?? ['customer_unsign', []]
    for (const signer of [md5, signingKey('RSA', RSA_PKCS8)]) {
      expect(build(service, business, { signer })).toEqual(build(service, [...business].reverse(), { signer }))
    }
  })

  it('MAPI-4: what has no value is left out', () => {
    const { body } = build('bptb_refund_file', [
      ['date', '20081024'],
      ['biz_type', ''],
    ])
    expect(body).not.toContain('biz_type')
  })

  it.each(CALLS)('MAPI-12: %s is checked before there is a key', (service, business) => {
    for (const charset of CHARSETS) {
      expect(() => checkBusinessParameters(interfaceOf(service), business, charset)).not.toThrow()
    }
  })

  it.each([
    ['sign_protocol_with_partner', [['email', '13800000000']], 'MAPI_SIGNER_IS_MOBILE', 'email'],
    ['sign_protocol_with_partner', [['email', '']], 'MAPI_PARAMETER_MISSING', 'email'],
    ['sign_protocol_with_partner', [['email', 'user']], 'MAPI_PARAMETER_FORMAT', 'email'],
    ['sign_protocol_with_partner', [['email', '朱镕基@example.com']], 'MAPI_CHARSET_CANNOT_HOLD', 'email'],
    [
      'sign_protocol_with_partner',
      [
        ['email', EMAIL],
        ['password', 'x'],
      ],
      'MAPI_PARAMETER_UNKNOWN',
      'password',
    ],
    [
      'sign_protocol_with_partner',
      [
        ['email', EMAIL],
        ['partner', partner],
      ],
      'MAPI_PARAMETER_TWICE',
      'partner',
    ],
    [
      'sign_protocol_with_partner',
      [
        ['email', EMAIL],
        ['email', ''],
      ],
      'MAPI_PARAMETER_TWICE',
      'email',
    ],
    ['customer_unsign', [], 'MAPI_UNSIGN_KIND_MISSING', 'type_code'],
    ['customer_unsign', [['type_code', '1']], 'MAPI_UNSIGN_ACCOUNT_MISSING', 'trans_account_out'],
    [
      'customer_unsign',
      [
        ['biz_type', '1'],
        ['user_email', EMAIL],
      ],
      'MAPI_UNSIGN_BIZ_TYPE',
      'biz_type',
    ],
    ['bptb_refund_file', [['date', '20080230']], 'MAPI_PARAMETER_FORMAT', 'date'],
  ] as [Service, Parameter[], string, string][])(
    'MAPI-12: MAPI-6: %s with %j is refused without a key, as it would be with one',
    (service, business, code, field) => {
      const definition = interfaceOf(service)
      expect(() => checkBusinessParameters(definition, business, 'gb2312')).toThrow(
        expect.objectContaining({ code, field }),
      )
      const charset = 'gb2312'
      expect(() => build(service, business, { charset })).toThrow(expect.objectContaining({ code, field }))
    },
  )

  it('knows the services that the pipeline itself calls by their names, exactly', () => {
    for (const name of ['query_customer_protocol', 'customer_unsign', 'bptb_refund_file'] as const) {
      expect(isServiceName(name)).toBe(true)
      expect(interfaceOf(name).service).toBe(name)
    }
    for (const name of ['sign_protocol_with_partner', 'batch_trans_notify_no_pwd', 'Customer_unsign', '', 'toString']) {
      expect(isServiceName(name)).toBe(false)
    }
    expect(interfaceOf('sign_protocol_with_partner').service).toBe('sign_protocol_with_partner')
  })
})
