import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAnswer } from './answer.ts'
import { MAX_ANSWER_BYTES } from './answer-xml.ts'
import { ERROR_CODES } from './error-codes.ts'

const answer = (xml: string, contentType?: string) => parseAnswer(Buffer.from(xml), contentType)
const body = (isSuccess: string, error?: string) =>
  `<alipay><is_success>${isSuccess}</is_success>${error === undefined ? '' : `<error>${error}</error>`}</alipay>`
const unknown = (reason: string, code?: string) =>
  code === undefined ? { kind: 'unknown', reason } : { kind: 'unknown', reason, code }
const accepted = { kind: 'accepted' }

describe('answer', () => {
  it.each([
    ['as batch_trans_notify_no_pwd 1.3 describes it', `<?xml version="1.0" encoding="GBK"?>${body('T', 'SUCCESS')}`],
    ['declared as UTF-8', `<?xml version="1.0" encoding="utf-8"?>\n${body('T', 'SUCCESS')}\n`],
    ['without a declaration', body('T', 'SUCCESS')],
    ['without an error', body('T')],
    ['with an empty error', body('T', '')],
    [
      'with white space between',
      `<?xml version="1.0"?>\r\n<alipay>\n <is_success>T</is_success>\n <error>\nSUCCESS </error>\n</alipay>`,
    ],
    ['with a comment and CDATA', '<alipay><!-- x --><is_success><![CDATA[T]]></is_success></alipay>'],
    ['with a byte order mark', `\ufeff<?xml version="1.0" encoding="utf-8"?>${body('T', 'SUCCESS')}`],
    [
      'that echoes the request and is signed',
      '<alipay><is_success>T</is_success><request><param name="is_success">F</param><error>X</error></request><response><x><is_success>F</is_success></x></response><sign>a</sign><sign_type>MD5</sign_type></alipay>',
    ],
  ])('BTN-8: T %s is accepted', (_, xml) => {
    expect(answer(xml)).toEqual(accepted)
  })

  it('BTN-8: an answer says that a request was taken or refused, and nothing else', () => {
    const kinds = ['T', 'F'].flatMap((flag) =>
      [...ERROR_CODES.keys(), 'SUCCESS'].map((code) => answer(body(flag, code)).kind),
    )
    expect([...new Set(kinds)].sort()).toEqual(['accepted', 'refused', 'unknown'])
  })

  it.each([...ERROR_CODES.values()].filter(({ action }) => action !== 'outcome-unknown').map(({ code }) => code))(
    'BTN-8: BTN-9: F with %s is refused',
    (code) => {
      expect(answer(`<?xml version="1.0" encoding="GBK"?>${body('F', code)}`)).toEqual({ kind: 'refused', code })
    },
  )

  it.each([
    'SYSTEM_ERROR',
    'SESSION_TIMEOUT',
    'ILLEGAL_TARGET_SERVICE',
    'ILLEGAL_ACCESS_SWITCH_SYSTEM',
    'ILLEGAL_SWITCH_SYSTEM',
    'EXTERFACE_IS_CLOSED',
    'UPLOAD_FAIL',
  ])('MAPI-19: F with %s is unknown, with its code', (code) => {
    expect(answer(body('F', code))).toEqual(unknown('system-error', code))
  })

  it.each([
    ['an unknown code', body('F', 'SOMETHING_NEW'), unknown('unknown-code', 'SOMETHING_NEW')],
    ['a code of other case', body('F', 'illegal_sign'), unknown('unknown-code', 'illegal_sign')],
    ['F without a code', body('F'), unknown('no-code')],
    ['F with an empty code', body('F', ' '), unknown('no-code')],
    ['F with SUCCESS', body('F', 'SUCCESS'), unknown('contradiction', 'SUCCESS')],
    ['T with a code', body('T', 'ILLEGAL_SIGN'), unknown('contradiction', 'ILLEGAL_SIGN')],
    ['T with an unknown code', body('T', 'NEW'), unknown('contradiction', 'NEW')],
    ['lower case', body('t', 'SUCCESS'), unknown('not-an-answer')],
    ['a Cyrillic T', body('Т', 'SUCCESS'), unknown('not-an-answer')],
    ['no flag', '<alipay><error>ILLEGAL_SIGN</error></alipay>', unknown('not-an-answer')],
    ['an empty flag', body('', 'SUCCESS'), unknown('not-an-answer')],
    ['two flags', '<alipay><is_success>F</is_success><is_success>T</is_success></alipay>', unknown('not-an-answer')],
    [
      'two codes',
      '<alipay><is_success>F</is_success><error>A</error><error>B</error></alipay>',
      unknown('not-an-answer'),
    ],
    ['an element within the flag', '<alipay><is_success>T<b/></is_success></alipay>', unknown('not-an-answer')],
    ['text in place of a code', body('F', '签名不正确'), unknown('not-an-answer')],
    ['an endless code', body('F', 'A'.repeat(65)), unknown('not-an-answer')],
    ['another root', '<html><is_success>T</is_success></html>', unknown('not-an-answer')],
    ['a root with a prefix', '<a:alipay><is_success>T</is_success></a:alipay>', unknown('not-an-answer')],
    [
      'the flag further down',
      '<alipay><response><is_success>T</is_success></response></alipay>',
      unknown('not-an-answer'),
    ],
    ['the flag above', '<is_success>T</is_success>', unknown('not-an-answer')],
    ['nothing', '', unknown('empty')],
    ['a blank', ' ', unknown('not-xml')],
    ['plain text', 'SUCCESS', unknown('not-xml')],
    ['half an XML', '<?xml version="1.0"?><alipay><is_success>T</is_success>', unknown('not-xml')],
    ['XML that breaks off in a tag', '<alipay><is_success>T</is_succ', unknown('not-xml')],
    ['two roots', `${body('T')}${body('T')}`, unknown('not-xml')],
    ['text behind the root', `${body('T')}x`, unknown('not-xml')],
    ['HTML', '<!DOCTYPE html><html><body><br></body></html>', unknown('doctype')],
    ['HTML without a document type', '<html><body><br></body></html>', unknown('not-xml')],
    ['an undeclared entity', '<alipay><is_success>&t;</is_success></alipay>', unknown('not-xml')],
    [
      'an internal entity',
      '<!DOCTYPE alipay [<!ENTITY t "T">]><alipay><is_success>&t;</is_success></alipay>',
      unknown('doctype'),
    ],
    [
      'an external entity',
      '<!DOCTYPE alipay [<!ENTITY t SYSTEM "file:///etc/passwd">]><alipay><is_success>T</is_success><error>&t;</error></alipay>',
      unknown('doctype'),
    ],
    ['a document type alone', `<!DOCTYPE alipay>${body('T', 'SUCCESS')}`, unknown('doctype')],
    ['a parameter entity', `<!DOCTYPE alipay [<!ENTITY % a "b"> %a;]>${body('T')}`, unknown('doctype')],
    ['a character set of others', `<?xml version="1.0" encoding="utf-16"?>${body('T')}`, unknown('not-text')],
    ['JSON', '{"is_success":"T"}', unknown('not-xml')],
  ])('BTN-8: %s is unknown', (_, xml, expected) => {
    expect(answer(xml)).toEqual(expected)
  })

  it('BTN-8: reads GBK by its declaration, by the content type, or by its bytes', () => {
    const gbk = (prolog: string) =>
      Buffer.concat([
        Buffer.from(`${prolog}<alipay><is_success>F</is_success><memo>`),
        Buffer.from('b3a3', 'hex'),
        Buffer.from('</memo><error>ILLEGAL_SIGN</error></alipay>'),
      ])
    const refused = { kind: 'refused', code: 'ILLEGAL_SIGN' }
    expect(parseAnswer(gbk('<?xml version="1.0" encoding="GBK"?>'))).toEqual(refused)
    expect(parseAnswer(gbk("<?xml version='1.0' encoding='gb2312' ?>"))).toEqual(refused)
    expect(parseAnswer(gbk('<?xml version="1.0"?>'), 'text/xml;charset=GBK')).toEqual(refused)
    expect(parseAnswer(gbk(''))).toEqual(refused)
    expect(parseAnswer(gbk('<?xml version="1.0" encoding="utf-8"?>'))).toEqual(unknown('not-text'))
    expect(parseAnswer(Buffer.from('<alipay><is_success>T</is_success>\xff</alipay>', 'latin1'))).toEqual(
      unknown('not-text'),
    )
  })

  it('BTN-8: what is too large is unknown', () => {
    const padding = ' '.repeat(MAX_ANSWER_BYTES - body('T').length)
    expect(answer(`${body('T')}${padding}`)).toEqual(accepted)
    expect(answer(`${body('T')}${padding} `)).toEqual(unknown('too-large'))
  })

  it('BTN-8: bytes of any kind never throw, and are never accepted without T', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.option(fc.string(), { nil: undefined }),
        (bytes, contentType) => {
          expect(parseAnswer(Buffer.from(bytes), contentType).kind).toBe('unknown')
        },
      ),
    )
  })

  it('BTN-8: a refusal that is torn, doubled or changed is never accepted', () => {
    const whole = `<?xml version="1.0" encoding="GBK"?>\n${body('F', 'NOT_ENOUGH_AMOUNT')}`
    const pieces = fc.constantFrom(
      '',
      '<',
      '>',
      '/',
      '&',
      '&amp;',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<error>',
      '</error>',
      '<!DOCTYPE a>',
      '\x00',
      '\xff',
      '"',
      '?>',
      'F',
    )
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(20), pieces, (at, cut, piece) => {
        const xml = whole.slice(0, at) + piece + whole.slice(at + cut)
        const result = parseAnswer(Buffer.from(xml, 'latin1'))
        expect(result.kind).not.toBe('accepted')
        if (result.kind === 'refused') expect(ERROR_CODES.has(result.code)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('BTN-8: half an answer is unknown, wherever it breaks off', () => {
    const whole = `<?xml version="1.0" encoding="GBK"?>${body('T', 'SUCCESS')}`
    for (let length = 0; length < whole.length; length++) expect(answer(whole.slice(0, length)).kind).toBe('unknown')
    expect(answer(whole)).toEqual(accepted)
  })

  it('BTN-8: deep nesting and long runs end', () => {
    expect(answer('<a>'.repeat(200_000)).kind).toBe('unknown')
    expect(
      answer(`<alipay>${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}<is_success>T</is_success></alipay>`),
    ).toEqual(accepted)
    expect(answer(`<alipay ${'a '.repeat(100_000)}>`).kind).toBe('unknown')
    expect(answer(`<?xml ${'encoding '.repeat(100_000)}`).kind).toBe('unknown')
    expect(answer(`<alipay>${'&amp;'.repeat(200_000)}<is_success>T</is_success></alipay>`)).toEqual(accepted)
  })
})
