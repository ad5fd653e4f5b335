import { createHash } from 'node:crypto'
import { argSort, createLinkstring, paraFilter } from 'alipay/lib/alipay_core.function.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DSA_FORMS, signingKey, verifyingKey } from '../signature/key.ts'
import { signForm } from '../signature/signed-form.ts'
import { DSA_PKCS8, DSA_SPKI, RSA_PKCS8, RSA_SPKI } from '../signature/testing/fixture-keys.ts'
import { formatForm } from '../wire/form.ts'
import { notifyContentHash } from './notify.ts'
import { notifyDetails } from './notify-details.ts'
import {
  accepted,
  body,
  type Changes,
  check,
  lines,
  MD5_KEY,
  NOTIFY,
  partner,
  refused,
  signer,
  wire,
} from './testing/notify-fixture.ts'

describe('notify', () => {
  it('BTN-10: reads every field of batch_trans_notify_no_pwd 1.3 §6.2', () => {
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

  it.each(['notify_time', 'notify_type', 'notify_id', 'batch_no', 'pay_user_id'])(
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
    expect(accepted(Buffer.from(invalid)).fields.get('zebra')).toBe('\ufffd')
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
    ['pay_user_id', '2088002464631181 '],
    ['pay_user_name', '毛&success_details=1'],
    ['pay_user_name', '毛&fail_details='],
    ['pay_account_no', '1&pay_user_name=2'],
  ])('BTN-10: a well-signed %s of %j is refused', (name, value) => {
    expect(check(body({ [name]: value }))).toEqual(refused('wrong-format', name))
  })

  it.each(['pay_user_name', 'pay_account_no', 'zebra'])(
    'BTN-10: %s decides nothing: whatever it holds is kept, and the lines count',
    (name) => {
      const odd = ['毛^毛', '毛|毛', '毛\n毛', 'ë\në', 'a\r\n', 'a\tb', '\u0000', '\u0085', 'a b', ' ', '&', 'a&b=c', '&batch_no', '毛=', '\ufeffa', '\u202ea\u202c', '\u200b', '"\'<>', '星'.repeat(5000), '𠮷', '€'] // biome-ignore format: short texts
      for (const value of odd) {
        const raw = body({ [name]: value }, 'utf-8')
        const settings = { ...partner, charset: 'utf-8' as const }
        expect(accepted(raw, settings).fields.get(name)).toBe(value)
        expect(lines(raw, settings)).toMatchObject([{ line: { name: '龚本林' } }, { line: { result: 'F' } }])
      }
      for (const nothing of ['', undefined]) {
        expect(accepted(body({ [name]: nothing }))).toMatchObject({ batchNo: '20100101001' })
      }
    },
  )

  it('BTN-10: of what decides nothing the same may come twice, of what decides it may not', () => {
    const twice = (text: string) => check(Buffer.from(`${body({ zebra: '1' })}&${text}`))
    const name = 'pay_user_name=%C3%AB%C3%AB'
    expect(twice('zebra=1')).toMatchObject({ ok: true })
    expect(twice('zebra=%31&zebra=1')).toMatchObject({ ok: true })
    expect(twice(name)).toMatchObject({ ok: true })
    expect(twice('zebra=2')).toEqual(refused('duplicate-name', 'zebra'))
    expect(twice('zebra=')).toEqual(refused('duplicate-name', 'zebra'))
    for (const [field, value] of Object.entries(NOTIFY)) {
      if (field === 'pay_user_name' || field === 'pay_account_no') continue
      expect(twice(`${field}=${encodeURIComponent(value)}`)).toEqual(refused('duplicate-name', field))
    }
  })

  it('BTN-10: a byte order mark before the first name and separators behind the last one do no harm', () => {
    const raw = body()
    for (const odd of [`\ufeff${raw}`, `${raw}&`, `${raw}&&&`, `&${raw}`, `\ufeff&${raw}&`]) {
      expect(check(Buffer.from(odd))).toMatchObject({ ok: true })
    }
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
})
