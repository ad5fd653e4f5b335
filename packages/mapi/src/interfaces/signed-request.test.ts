import { createHash } from 'node:crypto'
import { TextDecoder } from 'node:util'
import { AlipaySubmit } from 'alipay/lib/alipay_submit.class.js'
import { describe, expect, it } from 'vitest'
import { DSA_FORMS, type SigningKey, signingKey, type VerifyingKey, verifyingKey } from '../signature/key.ts'
import { DSA_PKCS8, DSA_SPKI, RSA_PKCS8, RSA_SPKI } from '../signature/testing/fixture-keys.ts'
import { batchNo } from '../values/batch-no.ts'
import { payDate } from '../values/china-time.ts'
import { fen } from '../values/fen.ts'
import { partnerId } from '../values/partner-id.ts'
import { baseString } from '../wire/base-string.ts'
import { CHARSETS, type Charset, encode } from '../wire/charset.ts'
import { parseForm } from '../wire/form.ts'
import { BATCH_TRANS_NOTIFY_NO_PWD, type BatchTransInput, batchTransParameters } from './batch-trans-notify-no-pwd.ts'
import { parseDetailData } from './detail-data.ts'
import { checkParameters } from './interface-definition.ts'
import { buildRequest } from './signed-request.ts'
import { receivedRequest, verifyReceived } from './testing/received-request.ts'

const MD5_KEY = `1${'0'.repeat(31)}`
const md5 = signingKey('MD5', MD5_KEY)
const md5Keys = [verifyingKey('MD5', MD5_KEY, 'md5')]
const input: BatchTransInput = {
  partner: partnerId('2088002464631181'),
  charset: 'gbk',
  notifyUrl: 'https://pay.example.com/notify/main',
  accountName: '毛毛',
  lines: [
    {
      serial: '1',
      account: 'a+b@example.com',
      name: '张三 & Söhne'.replace('ö', 'o'),
      amount: fen(100_115),
      memo: '50% =工资',
    },
    { serial: '2', account: '13800000000', name: '李四', amount: fen(1), memo: 'ok' },
  ],
  batchNo: batchNo('20261121001'),
  payDate: payDate('20261121'),
  email: 'biz_932@alitest.com',
}
const build = (changes: Partial<BatchTransInput> = {}, signer: SigningKey = md5) =>
  buildRequest(BATCH_TRANS_NOTIFY_NO_PWD, batchTransParameters({ ...input, ...changes }), signer)

const signers: readonly (readonly [string, SigningKey, VerifyingKey])[] = [
  ['MD5', md5, verifyingKey('MD5', MD5_KEY, 'k')],
  ['RSA', signingKey('RSA', RSA_PKCS8), verifyingKey('RSA', RSA_SPKI, 'k')],
  ...DSA_FORMS.map((dsaForm) => {
    return [`DSA ${dsaForm}`, signingKey('DSA', DSA_PKCS8, { dsaForm }), verifyingKey('DSA', DSA_SPKI, 'k')] as const
  }),
]

/** A batch of 1,000 of the longest lines that the character set can hold. */
function longestBatch(charset: Charset): BatchTransInput {
  const character = charset === 'gb2312' ? '毛' : '龘'
  return {
    ...input,
    charset,
    lines: Array.from({ length: 1000 }, (_, index) => ({
      serial: String(index).padStart(32, '0'),
      account: character.repeat(100),
      name: character.repeat(128),
      amount: fen(9_000_000_000_000 + index),
      memo: character.repeat(100),
    })),
  }
}

describe('request', () => {
  it('MAPI-5: the sign is over raw values, the body is percent-encoded', () => {
    const { body } = build({ charset: 'utf-8' })
    const base =
      '_input_charset=utf-8&account_name=毛毛&batch_fee=1001.16&batch_no=20261121001&batch_num=2' +
      '&detail_data=1^a+b@example.com^张三 & Sohne^1001.15^50% =工资|2^13800000000^李四^0.01^ok' +
      '&email=biz_932@alitest.com&notify_url=https://pay.example.com/notify/main&partner=2088002464631181' +
      '&pay_date=20261121&service=batch_trans_notify_no_pwd'
    const sent = new URLSearchParams(body)
    expect(sent.get('sign')).toBe(
      createHash('md5')
        .update(base + MD5_KEY)
        .digest('hex'),
    )
    expect(sent.get('detail_data')).toBe('1^a+b@example.com^张三 & Sohne^1001.15^50% =工资|2^13800000000^李四^0.01^ok')
    expect(body).toMatch(/^[\w.*%&=+-]+$/)
    expect(body).toContain('email=biz_932%40alitest.com')
  })

  it.each(['gbk', 'gb2312'] as const)('MAPI-6: the bytes signed and the bytes sent are those of %s', (charset) => {
    const { body } = build({ charset })
    expect(body).toContain('account_name=%C3%AB%C3%AB')
    const fields = new Map(parseForm(Buffer.from(body)))
    const icu = new TextDecoder(charset, { fatal: true })
    expect(icu.decode(fields.get('detail_data'))).toContain('^张三 & Sohne^')
    const signed = [...fields]
      .filter(([name]) => name !== 'sign' && name !== 'sign_type')
      .map(([name, value]) => `${name}=${value.toString('latin1')}`)
      .sort()
      .join('&')
    expect(fields.get('sign')?.toString()).toBe(
      createHash('md5')
        .update(signed + MD5_KEY, 'latin1')
        .digest('hex'),
    )
  })

  it('MAPI-6: a character that the charset cannot hold is refused, the parameter named', () => {
    expect(() => build({ charset: 'gb2312', accountName: '朱镕基' })).toThrow(
      expect.objectContaining({ code: 'MAPI_CHARSET_CANNOT_HOLD', field: 'account_name' }),
    )
    expect(() => build({ charset: 'gbk', accountName: '€' })).toThrow(
      expect.objectContaining({ code: 'MAPI_CHARSET_CANNOT_HOLD', field: 'account_name' }),
    )
  })

  it('MAPI-7: _input_charset is sent and signed', () => {
    const { body } = build()
    expect(new URLSearchParams(body).get('_input_charset')).toBe('gbk')
    const changed = receivedRequest(body.replace('_input_charset=gbk', '_input_charset=gb2312'))
    expect(changed.charset).toBe('gb2312')
    expect(verifyReceived(changed, md5Keys).ok).toBe(false)
  })

  it('MAPI-4: what has no value is neither sent nor signed', () => {
    const { body, parameters } = build()
    for (const name of ['buyer_account_name', 'extend_param']) {
      expect(body).not.toContain(name)
      expect(parameters.map(([name]) => name)).not.toContain(name)
    }
  })

  it.each(signers)('MAPI-10: %s requests verify from their bytes in every character set', (_, signer, key) => {
    for (const charset of CHARSETS) {
      const request = receivedRequest(build({ charset }, signer).body)
      expect(request.charset).toBe(charset)
      expect(request.parameters.get('sign_type')).toBe(signer.signType)
      expect(parseDetailData(request.parameters.get('detail_data') ?? '')).toEqual(input.lines)
      expect(verifyReceived(request, [key])).toEqual({ ok: true, key: 'k' })
      const forged = request.wire.map(([name, value]) => {
        return [name, name === 'batch_no' ? Buffer.from('20261121002') : value] as const
      })
      expect(verifyReceived({ ...request, wire: forged }, [key])).toEqual({ ok: false })
    }
  })

  it('MAPI-8: sign_type is the key’s own, in upper case; another one is refused', () => {
    const parameters = batchTransParameters(input)
    expect(() => buildRequest(BATCH_TRANS_NOTIFY_NO_PWD, [...parameters, ['sign_type', 'RSA']], md5)).toThrow(
      expect.objectContaining({ code: 'MAPI_SIGN_TYPE', field: 'sign_type' }),
    )
    // What names no sign type is not sent, whoever signs: it stands in the interface's own list.
    for (const text of ['md5', 'Rsa', 'RSA2', 'SHA1', ' MD5']) {
      expect(() => checkParameters(BATCH_TRANS_NOTIFY_NO_PWD, [...parameters, ['sign_type', text]])).toThrow(
        expect.objectContaining({ code: 'MAPI_PARAMETER_FORMAT', field: 'sign_type' }),
      )
    }
  })

  it('MAPI-8: an interface that signs sign_type is signed so, and only so verifies', () => {
    const definition = { ...BATCH_TRANS_NOTIFY_NO_PWD, signsSignType: true }
    const request = receivedRequest(buildRequest(definition, batchTransParameters(input), md5).body)
    expect(verifyReceived(request, md5Keys, { signsSignType: true }).ok).toBe(true)
    expect(verifyReceived(request, md5Keys).ok).toBe(false)
  })

  it('MAPI-11: MAPI-12: refuses an unknown, a missing or a wrong parameter before it signs', () => {
    const parameters = batchTransParameters(input)
    for (const [given, code, field] of [
      [[...parameters, ['detail_version', '1.1']], 'MAPI_PARAMETER_UNKNOWN', 'detail_version'],
      [parameters.filter(([name]) => name !== 'batch_no'), 'MAPI_PARAMETER_MISSING', 'batch_no'],
      [
        parameters.map(([name, value]) => [name, name === 'pay_date' ? '20261131' : value]),
        'MAPI_PARAMETER_FORMAT',
        'pay_date',
      ],
    ] as const) {
      expect(() => buildRequest(BATCH_TRANS_NOTIFY_NO_PWD, given as [string, string][], md5)).toThrow(
        expect.objectContaining({ code, field }),
      )
    }
  })

  it('BTN-5: signed for another day, or by another key, it keeps its batch number and all else', () => {
    const first = build()
    const differing = (again: typeof first) => {
      const values = new Map(again.parameters)
      expect(again.parameters.map(([name]) => name)).toEqual(first.parameters.map(([name]) => name))
      return first.parameters.filter(([name, value]) => values.get(name) !== value).map(([name]) => name)
    }
    expect(differing(build({ payDate: payDate('20261122') })).sort()).toEqual(['pay_date', 'sign'])
    const rsa = signingKey('RSA', RSA_PKCS8)
    expect(differing(build({}, rsa)).sort()).toEqual(['sign', 'sign_type'])
  })

  it.each(CHARSETS)('BTN-2: a batch of 1,000 of the longest lines passes in %s, and fits into 4 MiB', (charset) => {
    const batch = longestBatch(charset)
    const { body } = buildRequest(BATCH_TRANS_NOTIFY_NO_PWD, batchTransParameters(batch), md5)
    expect(body.length).toBeGreaterThan(1_900_000)
    expect(body.length).toBeLessThan(4 * 1024 * 1024)
    const request = receivedRequest(body)
    expect(verifyReceived(request, md5Keys).ok).toBe(true)
    expect(parseDetailData(request.parameters.get('detail_data') ?? '')).toEqual(batch.lines)
  })

  it('MAPI-3: MAPI-9: a port of Alipay’s own demo signs and sends the same', () => {
    const demo = new AlipaySubmit({ sign_type: 'MD5', key: MD5_KEY, input_charset: 'utf-8' })
    for (const changes of [
      {},
      { accountName: '阿迪力·买买提 "O\'Neil" <&>' },
      { extendParam: [['agent', '0']] as const },
      { lines: input.lines.slice(1) },
      longestBatch('utf-8'),
    ]) {
      const { body, parameters } = build({ ...changes, charset: 'utf-8' })
      const theirs = demo.buildRequestPara(Object.fromEntries(parameters))
      expect(theirs).toEqual(Object.fromEntries(parameters))
      const reread = parseForm(Buffer.from(demo.buildRequestParaToString(Object.fromEntries(parameters))))
      expect(new Map(reread)).toEqual(new Map(parseForm(Buffer.from(body))))
    }
  })
})

/** Signs with MD5 what a public test suite signs: all parameters, UTF-8 unless said otherwise. */
function signed(parameters: Record<string, string>, charset: Charset = 'utf-8', key = MD5_KEY): string {
  const wire = Object.entries(parameters).map(([name, value]) => [name, encode(value, charset)] as const)
  return createHash('md5').update(baseString(wire)).update(key).digest('hex')
}

describe('base string and MD5 against public vectors', () => {
  const pid = '1000000000000000'
  const batch = {
    service: 'batch_trans_notify',
    _input_charset: 'utf-8',
    partner: pid,
    pay_date: '20080107',
    notify_url: 'https://example.com/orders/20150401000-0001/notify',
    account_name: '毛毛',
    detail_data: '0315006^testture0002@126.com^常炜买家^1000.00^hello',
    batch_no: '20080107001',
    batch_num: '1',
    batch_fee: '1000.0',
    email: 'biz_932@alitest.com',
  }
  const goods = {
    _input_charset: 'utf-8',
    partner: pid,
    seller_id: pid,
    payment_type: '1',
    out_trade_no: '1',
    subject: 'test',
  }
  const shipped = {
    ...goods,
    logistics_type: 'POST',
    logistics_fee: '0',
    logistics_payment: 'SELLER_PAY',
    price: '0.01',
    quantity: '1',
  }
  const overseas = { _input_charset: 'utf-8', partner: pid, partner_trans_id: '2010121000000002' }

  it.each([
    ['59c611607daafd1337e96b22404bd521', batch],
    ['cfabb555dab27b79727fb3d4953e8924', { ...batch, service: 'batch_trans_notify_no_pwd' }],
    ['b5d30863b44acd8514a49b0320fb2aa2', { service: 'create_partner_trade_by_buyer', ...shipped }],
    ['2d296368fea70a127da939558c970bab', { service: 'trade_create_by_buyer', ...shipped }],
    [
      '682ad02280fca7d4c0fd22678fdddeef',
      { service: 'create_direct_pay_by_user', ...goods, price: '0.01', quantity: '1' },
    ],
    [
      '6530de6e3cba153cd4ca7edc48b91f96',
      { service: 'alipay.wap.create.direct.pay.by.user', ...goods, total_fee: '0.01' },
    ],
    [
      'def57a58e1ac21f70c45e41bd3697368',
      {
        service: 'refund_fastpay_by_platform_pwd',
        _input_charset: 'utf-8',
        partner: pid,
        seller_user_id: pid,
        refund_date: '2015-01-01 00:00:00',
        batch_num: '1',
        detail_data: '1^0.01^test',
        batch_no: '123456789',
        notify_url: '/some_url',
      },
    ],
    [
      'c9681fff5505fe993d1b2b8141308d0d',
      {
        service: 'forex_refund',
        _input_charset: 'utf-8',
        partner: pid,
        gmt_return: '20150101000000',
        out_return_no: '1',
        out_trade_no: '12345678980',
        return_amount: '0.01',
        currency: 'USD',
        reason: 'reason',
      },
    ],
    [
      'f24fd4d76acabf860263a40805138380',
      {
        service: 'create_forex_trade',
        _input_charset: 'utf-8',
        partner: pid,
        notify_url: 'https://example.com/notify',
        subject: 'test',
        out_trade_no: '1',
        currency: 'EUR',
        total_fee: '0.01',
      },
    ],
    ['2a7f598bbb13d02f7de819ae689f80ba', { service: 'alipay.acquire.overseas.query', ...overseas }],
    [
      '397685a0c6b2d71d0d1f374ddba331a0',
      {
        service: 'alipay.acquire.overseas.spot.refund',
        ...overseas,
        partner_refund_id: '301012133000002',
        currency: 'USD',
        refund_amount: '0.01',
        is_sync: 'Y',
      },
    ],
  ])('MAPI-3: MAPI-9: %s', (expected, parameters) => {
    expect(signed(parameters as Record<string, string>)).toBe(expected)
  })

  it('MAPI-6: GBK is signed over its own bytes, never over those of UTF-8', () => {
    const gbk = { ...batch, _input_charset: 'gbk' }
    expect(signed(gbk, 'gbk')).toBe('b3d2dd9f2fc83e418c336cbb1184a3e9')
    expect(signed(gbk, 'utf-8')).toBe('28060a6de53c43df3eef4141da9f06dd')
  })

  it('MAPI-4: empty values are left out', () => {
    const parameters = { ccc: '3333', aaa: '111', bbb: '2222', dd: '', eee: '', ggg: '1', fff: '' }
    expect(signed(parameters, 'utf-8', 'hello')).toBe('7e63e20bcc6ad2ba695305e340592ffd')
  })
})
