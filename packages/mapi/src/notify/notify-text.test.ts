import { describe, expect, it } from 'vitest'
import { signForm } from '../signature/signed-form.ts'
import { encode, type ReadableCharset } from '../wire/charset.ts'
import {
  accepted,
  body,
  type Changes,
  check,
  lines,
  NOTIFY,
  partner,
  refused,
  signer,
  wire,
} from './testing/notify-fixture.ts'

describe('text of a notify', () => {
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
      encode(`${NOTIFY.success_details}0315002^a@b.c`, 'gbk'),
      Buffer.from('ff', 'hex'),
      encode(`^龚^20.00^S^null^200810248427067^20081024143652|${NOTIFY.success_details.replace('1^', '3^')}`, 'gbk'),
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
    expect(check(Buffer.from(signForm(form('notify_id'), signer).body))).toEqual(refused('wrong-format', 'notify_id'))
  })

  const named = (name: string, bytes: Buffer, changes: Changes, charset: 'utf-8' | 'gbk' = 'gbk') =>
    Buffer.from(signForm([...wire({ ...changes, [name]: undefined }, charset), [name, bytes]], signer).body)
  const details = (name: string) => NOTIFY.success_details.replace('龚本林', name)

  it.each([
    ['UTF-8 beside GBK', 'utf-8', 'gbk'],
    ['GBK beside UTF-8', 'gbk', 'utf-8'],
  ] as const)('BTN-10: a name in %s makes no line unreadable', (_, ofName, ofDetails) => {
    // Of two, three and four characters: an odd number of them in UTF-8 ends within a character of GBK.
    for (const payee of ['毛毛', '龚本林', '欧阳修永', '乗乗', '林', 'Mao']) {
      for (const field of ['pay_user_name', 'pay_account_no', 'zebra']) {
        for (const payer of ['星辰公司', '毛', '龚本林']) {
          const raw = named(field, encode(payer, ofName), { success_details: details(payee) }, ofDetails)
          for (const charset of ['utf-8', 'gbk', 'gb2312'] as const) {
            for (const type of [undefined, 'a; charset=utf-8', 'a; charset=gbk']) {
              const reads = lines(raw, { ...partner, charset }, type)
              expect(reads).toMatchObject([{ line: { serial: '0315001', amount: 2000 } }, { line: { result: 'F' } }])
            }
          }
        }
      }
    }
  })

  it('BTN-10: a name in UTF-8 beside details in GBK is read in its own, and the other way round', () => {
    const inUtf8 = accepted(named('pay_user_name', encode('星辰公', 'utf-8'), {}))
    expect(inUtf8).toMatchObject({ payUserName: '星辰公', charset: 'gbk' })
    const inGbk = accepted(named('pay_user_name', encode('星辰公司', 'gbk'), {}, 'utf-8'), {
      ...partner,
      charset: 'utf-8',
    })
    expect(inGbk).toMatchObject({ payUserName: '星辰公司', charset: 'utf-8' })
  })

  it('BTN-10: bytes that are valid nowhere refuse no notify, and are shown as such', () => {
    for (const field of ['pay_user_name', 'pay_account_no', 'zebra']) {
      const raw = named(field, Buffer.from('c3abff0a', 'hex'), {})
      expect(accepted(raw).fields.get(field)).toMatch(/\ufffd\n$/)
      expect(lines(raw)).toMatchObject([{ ok: true, line: { name: '龚本林' } }, { ok: true }])
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
