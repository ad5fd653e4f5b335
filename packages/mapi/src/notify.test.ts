import { createHash } from 'node:crypto'
import { argSort, createLinkstring, paraFilter } from 'alipay/lib/alipay_core.function.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WireParameter } from './base-string.ts'
import { encode, type ReadableCharset } from './charset.ts'
import { formatForm } from './form.ts'
import { type NotifyPartner, notifyContentHash, parseNotify, verifyNotify } from './notify.ts'
import { notifyDetails } from './notify-details.ts'
import { signForm } from './request.ts'
import { DSA_PKCS8, DSA_SPKI, RSA_PKCS8, RSA_SPKI } from './signature/fixture-keys.ts'
import { DSA_FORMS, signingKey, verifyingKey } from './signature/key.ts'

const MD5_KEY = 'n0tify'.padEnd(32, 'x')
const signer = signingKey('MD5', MD5_KEY)
const partner: NotifyPartner = { signType: 'MD5', charset: 'gbk', keys: [verifyingKey('MD5', MD5_KEY, 'current')] }

/** The parameters of seed 3 §6.2, with the batch notify's own type. */
const NOTIFY = {
  notify_time: '2009-08-12 11:08:32',
  notify_type: 'batch_trans_notify',
  notify_id: '70fec0c2730b27528665af4517c27b95',
  sign_type: 'MD5',
  batch_no: '20100101001',
  pay_user_id: '2088002464631181',
  pay_user_name: '毛毛',
  pay_account_no: '20880024646311810156',
  success_details: '0315001^gonglei1@handsome.com.cn^龚本林^20.00^S^null^200810248427067^20081024143652|',
  fail_details:
    '0315006^xinjie_xj@163.com^星辰公司1^20.00^F^TXN_RESULT_TRANSFER_OUT_CAN_NOT_EQUAL_IN^200810248427065^20081024143651|',
} as const

type Changes = Readonly<Record<string, string | undefined>>

/** Texts of a notify as bytes, with changes; undefined takes a parameter out. */
function wire(changes: Changes = {}, charset: 'utf-8' | 'gbk' | 'gb2312' = 'gbk'): WireParameter[] {
  return Object.entries({ ...NOTIFY, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, encode(value, charset)] as const],
  )
}

const body = (changes?: Changes, charset?: 'utf-8' | 'gbk' | 'gb2312') =>
  Buffer.from(signForm(wire(changes, charset), signer).body)

function check(raw: Buffer, settings: NotifyPartner = partner, contentType?: string) {
  const form = parseNotify(raw, contentType)
  return form.ok ? verifyNotify(form, settings) : form
}

function accepted(raw: Buffer, settings?: NotifyPartner, contentType?: string) {
  const result = check(raw, settings, contentType)
  if (!result.ok) throw new Error(`refused: ${result.reason} ${result.field}`)
  return result
}

/** The lines of its details. */
function lines(raw: Buffer, settings?: NotifyPartner, contentType?: string) {
  const form = parseNotify(raw, contentType)
  return notifyDetails(form.ok ? form.fields : [], accepted(raw, settings, contentType).charset)
}

const refused = (reason: string, field?: string) =>
  field === undefined ? { ok: false, reason } : { ok: false, reason, field }

describe('notify', () => {
  it('BTN-10: reads every field of seed 3 §6.2', () => {
    expect(accepted(body())).toMatchObject({
      notifyId: '70fec0c2730b27528665af4517c27b95',
      notifyTime: Date.parse('2009-08-12T11:08:32+08:00'),
      batchNo: '20100101001',
      payUserId: '2088002464631181',
      payUserName: '毛毛',
      payAccountNo: '20880024646311810156',
      charset: 'gbk',
      charsetSource: 'partner',
      key: 'current',
    })
    expect(lines(body()).map((read) => read.ok && read.line.serial)).toEqual(['0315001', '0315006'])
  })

  it('BTN-10: verifies what Alipay’s own demo computes over the same parameters', () => {
    for (const changes of [
      {},
      { fail_details: undefined },
      { fail_details: '' },
      { extra: 'a&b=c +%41' },
    ] as Changes[]) {
      const texts = Object.fromEntries(
        Object.entries({ ...NOTIFY, ...changes }).filter(([, value]) => value !== undefined),
      ) as Record<string, string>
      const base = createLinkstring(argSort(paraFilter(texts)))
      const sign = createHash('md5')
        .update(base + MD5_KEY)
        .digest('hex')
      const raw = Buffer.from(new URLSearchParams({ ...texts, sign }).toString())
      expect(check(raw, { ...partner, charset: 'utf-8' }).ok).toBe(true)
    }
  })

  it.each([
    ['RSA', signingKey('RSA', RSA_PKCS8), verifyingKey('RSA', RSA_SPKI, 'k')],
    ...DSA_FORMS.map((dsaForm) => {
      return [`DSA ${dsaForm}`, signingKey('DSA', DSA_PKCS8, { dsaForm }), verifyingKey('DSA', DSA_SPKI, 'k')] as const
    }),
  ] as const)('BTN-10: verifies %s, with several keys during a rotation', (_, signs, key) => {
    const raw = Buffer.from(signForm(wire({ sign_type: signs.signType }), signs).body)
    const settings = { ...partner, signType: signs.signType, keys: [...partner.keys, key] }
    expect(check(raw, settings)).toMatchObject({ ok: true, key: 'k' })
    expect(check(raw, { ...settings, keys: partner.keys })).toEqual(refused('bad-signature'))
  })

  it('BTN-10: success_details or fail_details may be absent or empty', () => {
    for (const nothing of [undefined, '']) {
      expect(lines(body({ fail_details: nothing }))).toMatchObject([{ ok: true, line: { result: 'S' } }])
      expect(lines(body({ success_details: nothing }))).toMatchObject([{ ok: true, line: { result: 'F' } }])
    }
  })

  it.each(['notify_time', 'notify_type', 'notify_id', 'batch_no', 'pay_user_id', 'pay_user_name', 'pay_account_no'])(
    'BTN-10: refuses a notify without %s',
    (name) => {
      expect(check(body({ [name]: undefined }))).toEqual(refused('missing-field', name))
      expect(check(body({ [name]: '' }))).toEqual(refused('missing-field', name))
    },
  )

  it('BTN-10: refuses a notify without sign or sign_type, and one of another sign type', () => {
    expect(check(Buffer.from(formatForm(wire())))).toEqual(refused('missing-field', 'sign'))
    expect(check(Buffer.from(`${formatForm(wire())}&sign=`))).toEqual(refused('missing-field', 'sign'))
    expect(check(body({ sign_type: undefined }))).toEqual(refused('missing-field', 'sign_type'))
    for (const type of ['RSA', 'md5', 'MD5 ']) expect(check(body({ sign_type: type }))).toEqual(refused('sign-type'))
    expect(check(body(), { ...partner, signType: 'RSA' })).toEqual(refused('sign-type'))
  })

  it('BTN-10: every parameter that arrived takes part, known or not', () => {
    expect(accepted(body({ zebra: '1', _a: '毛' })).fields.get('zebra')).toBe('1')
    const plus = (text: string) => Buffer.from(`${body()}&${text}`)
    expect(check(plus('zebra=1'))).toEqual(refused('bad-signature'))
    expect(check(plus('route=/notify'))).toEqual(refused('bad-signature'))
    expect(check(plus('zebra='))).toMatchObject({ ok: true })
    expect(check(plus('&&'))).toMatchObject({ ok: true })
  })

  it('BTN-10: one changed byte anywhere, and it is refused', () => {
    const raw = body()
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.integer({ min: 1, max: 255 }), (at, xor) => {
        const changed = Buffer.from(raw)
        changed[at] = (changed[at] ?? 0) ^ xor
        // A hex digit of a percent sequence may change its case: the value stays the same.
        fc.pre(changed.toString('latin1').toUpperCase() !== raw.toString('latin1').toUpperCase())
        // A blank may be written + or as itself.
        fc.pre(changed.toString('latin1').replaceAll(' ', '+') !== raw.toString('latin1'))
        expect(check(changed).ok).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('BTN-10: bytes are verified, not text: nothing is trimmed, decoded twice or normalised', () => {
    for (const value of [' x ', '%41', '+', '\ufeffx', 'a\r\nb', '&amp;', 'e\u0301']) {
      const raw = body({ zebra: value }, 'utf-8')
      expect(accepted(raw, { ...partner, charset: 'utf-8' }).fields.get('zebra')).toBe(value)
    }
    const invalid = signForm([...wire(), ['zebra', Buffer.from([0xff])]], signer).body
    expect(check(Buffer.from(invalid))).toEqual(refused('unreadable-text'))
  })

  it('BTN-12: forged text is refused for its signature, before anything is read from it', () => {
    const forged = formatForm([
      ...wire({ notify_id: 'x'.repeat(500), batch_no: '!' }),
      ['sign', Buffer.from('0'.repeat(32))],
    ])
    expect(check(Buffer.from(forged))).toEqual(refused('bad-signature'))
    const unreadable = formatForm([...wire(), ['zebra', Buffer.from([0xff])], ['sign', Buffer.from('0'.repeat(32))]])
    expect(check(Buffer.from(unreadable))).toEqual(refused('bad-signature'))
  })

  it('BTN-12: a key of another kind than sign_type is not tried', () => {
    const rsa = { ...partner, signType: 'RSA' as const }
    const sign = signForm(wire({ sign_type: 'RSA' }), signer).body
    expect(check(Buffer.from(sign), { ...rsa, keys: [...partner.keys, verifyingKey('RSA', RSA_SPKI, 'k')] })).toEqual(
      refused('bad-signature'),
    )
  })

  it('BTN-12: another partner’s key does not verify', () => {
    const other = { ...partner, keys: [verifyingKey('MD5', 'o'.repeat(32), 'other')] }
    expect(check(body(), other)).toEqual(refused('bad-signature'))
    expect(check(body(), { ...partner, keys: [] })).toEqual(refused('bad-signature'))
  })

  it.each([
    ['a=1&a=2', refused('duplicate-name', 'a')],
    ['a=%', refused('not-a-form')],
    ['{"a": 1}', refused('not-a-form')],
    ['<xml a="1"/>', refused('not-a-form')],
    ['--boundary\r\nContent-Disposition: form-data; name="a"', refused('not-a-form')],
    [Array.from({ length: 101 }, (_, index) => `a${index}=1`).join('&'), refused('too-many-fields')],
    [`a=${'1'.repeat(4 * 1024 * 1024)}`, refused('too-large')],
    ['', refused('missing-field', 'sign_type')],
    ['hello', refused('missing-field', 'sign_type')],
  ])('BTN-10: refuses %.30j', (text, expected) => {
    expect(check(Buffer.from(text))).toEqual(expected)
  })

  it.each([
    ['application/x-www-form-urlencoded; text/html; charset=UTF-8'],
    ['text/plain'],
    ['garbage'],
    [''],
    [undefined],
  ])('BTN-10: takes the content type %j', (contentType) => {
    expect(check(body({}, 'utf-8'), { ...partner, charset: 'utf-8' }, contentType).ok).toBe(true)
  })

  const euro = Buffer.from('a2e3', 'hex') // € in GB18030 only
  it.each<[string, Changes, 'utf-8' | 'gbk' | 'gb2312', string | undefined, ReadableCharset, string]>([
    ['a signed _input_charset', { _input_charset: 'UTF-8' }, 'utf-8', 'a; charset=gbk', 'utf-8', 'signed'],
    ['the content type', {}, 'utf-8', 'a; charset=utf-8', 'utf-8', 'content-type'],
    ['the partner’s setting', {}, 'gbk', undefined, 'gbk', 'partner'],
    [
      'the partner’s setting, where the content type names what does not fit',
      {},
      'gbk',
      'a; charset=utf-8',
      'gbk',
      'partner',
    ],
    [
      'the partner’s setting, where the content type names nothing known',
      {},
      'gbk',
      'a; charset=latin1',
      'gbk',
      'partner',
    ],
    ['UTF-8, where the rest does not fit', { pay_user_name: '毛😀' }, 'utf-8', 'a; charset=gb2312', 'utf-8', 'utf-8'],
    [
      'the partner’s GBK, where what calls itself gb2312 is more',
      { pay_user_name: '朱镕基' },
      'gbk',
      'a; charset=gb2312',
      'gbk',
      'partner',
    ],
  ])('BTN-10: the text is read in %s', (_, changes, charset, contentType, expected, source) => {
    const notify = accepted(body(changes, charset), partner, contentType)
    expect(notify).toMatchObject({
      charset: expected,
      charsetSource: source,
      payUserName: changes.pay_user_name ?? '毛毛',
    })
  })

  it('BTN-10: the text is read in GB18030, where nothing else fits', () => {
    const raw = Buffer.from(signForm([...wire(), ['zebra', euro]], signer).body)
    const notify = accepted(raw, { ...partner, charset: 'utf-8' })
    expect(notify).toMatchObject({ charset: 'gb18030', charsetSource: 'gb18030', payUserName: '毛毛' })
    expect(notify.fields.get('zebra')).toBe('€')
  })

  it('BTN-11: a line that can’t be read does not refuse a well-signed notify: the other lines count', () => {
    const damaged = Buffer.concat([
      encode(`${NOTIFY.success_details}0315002^a@b.c^龚`, 'gbk'),
      Buffer.from('ff', 'hex'),
      encode(`^20.00^S^null^200810248427067^20081024143652|${NOTIFY.success_details.replace('1^', '3^')}`, 'gbk'),
    ])
    const form = (name: string) => [...wire({ [name]: undefined }), [name, damaged] as const]
    const raw = Buffer.from(signForm(form('success_details'), signer).body)
    for (const contentType of [undefined, 'a; charset=utf-8', 'a; charset=gbk']) {
      expect(accepted(raw, partner, contentType)).toMatchObject({
        payUserName: '毛毛',
        charset: 'gbk',
        charsetSource: contentType?.endsWith('gbk') ? 'content-type' : 'partner',
      })
      expect(lines(raw, partner, contentType)).toMatchObject([
        { ok: true, line: { serial: '0315001', name: '龚本林' } },
        { ok: false, why: 'charset', list: 'success_details', serial: '0315002' },
        { ok: true, line: { serial: '0315003', name: '龚本林' } },
        { ok: true, line: { serial: '0315006', name: '星辰公司1' } },
      ])
    }
    const again = Buffer.from(signForm(form('success_details').reverse(), signer).body)
    expect(accepted(again).contentHash).toBe(accepted(raw).contentHash)
    for (const name of ['pay_user_name', 'pay_account_no', 'notify_id']) {
      expect(check(Buffer.from(signForm(form(name), signer).body))).toEqual(refused('unreadable-text'))
    }
  })

  it('BTN-11: of several character sets that have one damaged line, the first is taken', () => {
    const fields = [
      ...wire({ success_details: undefined }, 'utf-8'),
      ['success_details', Buffer.from('31e9', 'hex')] as const,
    ]
    const raw = Buffer.from(signForm(fields, signer).body)
    expect(accepted(raw, partner, 'a; charset=utf-8')).toMatchObject({
      charset: 'utf-8',
      charsetSource: 'content-type',
    })
    expect(accepted(raw, { ...partner, charset: 'utf-8' })).toMatchObject({
      charset: 'utf-8',
      charsetSource: 'partner',
    })
  })

  it.each([
    ['notify_time', '2009-08-12'],
    ['notify_time', '2009-02-30 00:00:00'],
    ['notify_type', 'trade_status_sync'],
    ['notify_id', 'a b'],
    ['notify_id', 'a&b'],
    ['notify_id', 'x'.repeat(129)],
    ['batch_no', '2010010100'],
    ['batch_no', '20100101001&pay=1'],
    ['pay_user_id', '1088002464631181'],
    ['pay_user_name', '毛^毛'],
    ['pay_user_name', '毛\n毛'],
    ['pay_account_no', 'a b'],
    ['pay_account_no', 'a|b'],
  ])('BTN-10: a well-signed %s of %j is refused', (name, value) => {
    expect(check(body({ [name]: value }))).toEqual(refused('wrong-format', name))
  })

  it.each([
    '70fec0c2730b27528665af4517c27b95',
    '13f1e773aeb299e26eb5d02bbb71219d50',
    'RqPnCoPT3K9%2Fvwbh3I%2BFioE227%2BPfNMl8jwyZqMliXQWxhOCmQ5MQO%2FWd93rvCB%2BaiGq',
  ])('BTN-10: takes the notify_id %j', (notifyId) => {
    expect(accepted(body({ notify_id: notifyId })).notifyId).toBe(notifyId)
  })

  it('BTN-10: split in other places, the signature holds and the fields do not', () => {
    // The same signed string with success_details, or all that follows a field, swallowed by another value.
    const whole = body()
    const sign = new URLSearchParams(whole.toString('latin1')).get('sign') ?? ''
    const all = new Map(wire())
    const text = (name: string) => all.get(name) ?? Buffer.alloc(0)
    const swallow = (into: string, swallowed: string) => {
      const joined = Buffer.concat([text(into), Buffer.from(`&${swallowed}=`), text(swallowed)])
      const split = [...all]
        .filter(([name]) => name !== swallowed)
        .map(([name, value]) => [name, name === into ? joined : value] as const)
      return Buffer.from(formatForm([...split, ['sign', Buffer.from(sign)]]))
    }
    expect(check(whole).ok).toBe(true)
    for (const [into, swallowed] of [
      ['pay_user_name', 'success_details'],
      ['batch_no', 'fail_details'],
      ['notify_id', 'notify_time'],
      ['pay_account_no', 'pay_user_id'],
    ] as const) {
      const result = check(swallow(into, swallowed))
      expect(result).toMatchObject({
        ok: false,
        reason: expect.stringMatching(/^(wrong-format|missing-field)$/) as string,
      })
    }
    // A parameter that nobody knows swallows the details that follow it.
    const unknown = signForm(
      [...wire({ success_details: undefined }), ['pay_zzz', Buffer.from('1&success_details=x')]],
      signer,
    )
    expect(check(Buffer.from(unknown.body))).toEqual(refused('wrong-format', 'pay_zzz'))
  })

  it('BTN-10: a payee may be called what looks like a parameter', () => {
    const success = '1^a@b.c^A&batch_no=B^20.00^S^^200810248427067^20081024143652|'
    expect(lines(body({ success_details: success }))[0]).toMatchObject({ line: { name: 'A&batch_no=B' } })
  })

  it('the content hash stays the same for a notify that is sent again, and changes with anything else', () => {
    const hash = (changes: Changes) => accepted(body(changes)).contentHash
    const first = hash({})
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(hash({ notify_time: '2009-08-12 11:10:32' })).toBe(first)
    expect(hash({ zebra: '' })).toBe(first)
    expect(notifyContentHash([...wire({ sign_type: 'RSA', sign: 'other' })].reverse())).toBe(first)
    for (const changes of [
      { notify_id: 'other' },
      { zebra: '1' },
      { fail_details: undefined },
      { pay_user_name: '毛' },
    ]) {
      expect(hash(changes)).not.toBe(first)
    }
  })

  it('the content hash tells apart what joins to the same string', () => {
    const hash = (list: Record<string, string>) =>
      notifyContentHash(Object.entries(list).map(([name, value]) => [name, Buffer.from(value)]))
    expect(
      new Set([hash({ a: '1&b=2' }), hash({ a: '1', b: '2' }), hash({ a: '1;1:b=1:2' }), hash({ a: '1;1:b=:2' })]).size,
    ).toBe(4)
  })

  it('BTN-10: bytes of any kind are refused and never throw', () => {
    const pieces = fc.constantFrom(
      'sign',
      'sign_type',
      '=',
      '&',
      'MD5',
      'notify_id',
      '%',
      '%41',
      '\xff',
      '\x00',
      '+',
      'a',
    )
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
      fc.array(pieces, { maxLength: 40 }).map((list) => Buffer.from(list.join(''), 'latin1')),
    )
    fc.assert(
      fc.property(bodies, fc.option(fc.string(), { nil: undefined }), (raw, contentType) => {
        expect(check(raw, partner, contentType).ok).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('BTN-10: whatever is signed, it is read or refused by name, and never throws', () => {
    const names = fc.constantFrom(...Object.keys(NOTIFY), '_input_charset', 'zebra')
    const change = fc.dictionary(names, fc.oneof(fc.constant(''), fc.stringMatching(/^[ -~毛^|&]{0,12}$/)))
    fc.assert(
      fc.property(change, (changes) => {
        const result = check(body({ ...changes, sign_type: 'MD5' }))
        if (!result.ok) expect(['missing-field', 'wrong-format']).toContain(result.reason)
        else notifyDetails(wire(changes), result.charset)
      }),
      { numRuns: 500 },
    )
  })

  it.each(['utf-8', 'gbk', 'gb2312'] as const)(
    'BTN-10: a notify of 1,000 of the longest lines passes in %s',
    (charset) => {
      const character = charset === 'gb2312' ? '毛' : '龘'
      const row = (index: number) =>
        `${String(index).padStart(32, '0')}^${character.repeat(100)}^${character.repeat(128)}^90000000000.00^S^null^${'9'.repeat(21)}^20261121120000|`
      const success = Array.from({ length: 1000 }, (_, index) => row(index)).join('')
      const raw = body({ success_details: success, fail_details: undefined }, charset)
      expect(raw.length).toBeLessThan(4 * 1024 * 1024)
      const read = lines(raw, { ...partner, charset })
      expect(read).toHaveLength(1000)
      expect(read.every(({ ok }) => ok)).toBe(true)
    },
  )
})
