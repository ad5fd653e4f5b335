import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ReturnFileAction, returnFileFailure, returnFileFailureOf } from './return-file-failure.ts'

const HTML_TYPE = 'text/html;charset=gb2312'
const failure = (text: string, contentType?: string) => returnFileFailure(Buffer.from(text), contentType)
const means = (code: string, action: ReturnFileAction) => ({ code, action, explanation: expect.any(String) as string })

const ARGUMENT = means('DOWNLOAD_ILLEGAL_ARGUMENT', 'fix-request')
const NOT_MADE = means('FILE_NOT_MADE', 'later')
const FAILED = means('DOWNLOAD_FAILED', 'nothing-for-date')
const WITHOUT_CODE = means('FAILURE_WITHOUT_CODE', 'unknown')

/** Tables 8-1 and 8-2 of bptb_refund_file 1.3, read again for this test, with the action that each code has. */
const CODES = {
  later: ['PARTNER_SESSION_TIMEOUT', 'MAX_VISIT_LIMIT'],
  'fix-request': ['ILLEGAL_ARGUMENT', 'ILLEGAL_DIGEST_TYPE', 'ILLEGAL_DIGEST', 'ILLEGAL_FILE_FORMAT'],
  'fix-contract': [
    'BIZ_PRODUCT_ILLEGAL',
    'PARTNER_NOT_MATCH',
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
    'NO_SIGN_PRODUCT',
  ],
  unknown: [
    'SYSTEM_ERROR',
    'SESSION_TIMEOUT',
    'ILLEGAL_TARGET_SERVICE',
    'ILLEGAL_ACCESS_SWITCH_SYSTEM',
    'ILLEGAL_SWITCH_SYSTEM',
    'EXTERFACE_IS_CLOSED',
  ],
} as const
const codes = Object.entries(CODES).flatMap(([action, list]) =>
  list.map((code) => [code, action as ReturnFileAction] as const),
)

describe('failure in place of a return file', () => {
  it('RFD-8: tables 8-1 and 8-2 have 28 and 6 codes', () => {
    expect(codes).toHaveLength(34)
    expect(new Set(codes.map(([code]) => code)).size).toBe(34)
  })

  it.each(codes)('RFD-8: %s means %s: by itself, in XML, in HTML, in a record', (code, action) => {
    const expected = means(code, action)
    for (const text of [
      code,
      `\r\n ${code}\n`,
      `error_code=${code}`,
      `<?xml version="1.0" encoding="GBK"?><alipay><is_success>F</is_success><error>${code}</error></alipay>`,
      `<html><head><title>错误</title></head><body><p class="ILLEGAL_SIGN">错误代码：${code}！</p></body></html>`,
      `<!DOCTYPE html><html><body><br>${code}</body></html>`,
      `<error_code>${code}</error_code>`,
    ]) {
      expect(failure(text, HTML_TYPE)).toEqual(expected)
      expect(failure(text)).toEqual(expected)
    }
    expect(returnFileFailureOf(code)).toEqual(expected)
  })

  // The bytes are those of Python's gb2312 codec, for the words of table 8-1 and for full-width punctuation in them.
  it.each([
    ['cec4bcfecfc2d4d8caa7b0dc21b7c7b7a8c7ebc7f3b2cecafda1a3', ARGUMENT],
    ['cec4bcfec9fab3c9d2ecb3a32cc7ebc9d4baf3d4d9cad421', NOT_MADE],
    ['cec4bcfec9fab3c9d2ecb3a3a3acc7ebc9d4baf3d4d9cad4a3a1', NOT_MADE],
    ['cec4bcfecfc2d4d8caa7b0dc21cec4bcfecfc2d4d8caa7b0dc21', FAILED],
  ])('RFD-2: RFD-8: the GB2312 bytes %s are a failure, whatever the content type says', (hex, expected) => {
    const bytes = Buffer.from(hex, 'hex')
    for (const contentType of [
      HTML_TYPE,
      'text/html; charset=GBK',
      'text/html',
      'text/html;charset=utf-8',
      'text/html;charset=klingon',
      'application/octet-stream;charset=iso-8859-1',
      undefined,
    ]) {
      expect(returnFileFailure(bytes, contentType)).toEqual(expected)
    }
  })

  it.each([
    ['文件下载失败!非法请求参数。', ARGUMENT],
    ['文件下载失败！ 非法请求参数', ARGUMENT],
    ['文件生成异常，请稍后再试！', NOT_MADE],
    ['文件生成异常, 请稍后再试!', NOT_MADE],
    ['文件下载失败! 文件下载失败!', FAILED],
    ['  文件下载失败！\u3000文件下载失败！\r\n', FAILED],
    ['<html><body>文件下载失败!<br>文件下载失败!</body></html>', FAILED],
    ['<title>文件下载失败!</title><p>文件下载失败!非法请求参数。</p>', ARGUMENT],
    ['<p>文件&nbsp;生成异常</p><!-- 文件下载失败!文件下载失败! --><p>请稍后再试</p>', NOT_MADE],
  ])('RFD-8: %j', (text, expected) => {
    expect(failure(text, 'text/html;charset=utf-8')).toEqual(expected)
    // A wrong content type does not hide it.
    expect(failure(text, HTML_TYPE)).toEqual(expected)
  })

  it('RFD-8: width of punctuation and blanks never matter', () => {
    const sentences = fc.constantFrom(
      [['文件下载失败', '非法请求参数'], ARGUMENT] as const,
      [['文件生成异常', '请稍后再试'], NOT_MADE] as const,
      [['文件下载失败', '文件下载失败'], FAILED] as const,
    )
    const marks = fc.array(fc.constantFrom('!', '！', ',', '，', '。', '.', ' ', '\u3000', '\u00a0', '\n', '、', '~'))
    fc.assert(
      fc.property(sentences, marks, marks, marks, ([[first, second], expected], ...around) => {
        const [before, between, behind] = around.map((list) => list.join(''))
        expect(failure(`${before}${first}${between}${second}${behind}`)).toEqual(expected)
      }),
    )
  })

  it.each([
    ['', means('FAILURE_EMPTY', 'unknown')],
    [' ', WITHOUT_CODE],
    ['文件下载失败!', WITHOUT_CODE],
    ['<html><body>502 Bad Gateway</body></html>', WITHOUT_CODE],
    ['<html><script>var error = "ILLEGAL_SIGN"</script></html>', WITHOUT_CODE],
    ['<input value="ILLEGAL_SIGN">', WITHOUT_CODE],
    ['MY_ILLEGAL_SIGNATURE is_ILLEGAL_SIGN', WITHOUT_CODE],
    ['日期,总金额,总笔数', WITHOUT_CODE],
    ['<alipay><is_success>F</is_success></alipay>', WITHOUT_CODE],
    ['<alipay><is_success>T</is_success></alipay>', means('SUCCESS_WITHOUT_FILE', 'unknown')],
    ['SYSTEM_ERROR or ILLEGAL_SIGN', means('FAILURE_AMBIGUOUS', 'unknown')],
    ['SOMETHING_NEW', means('SOMETHING_NEW', 'unknown')],
    ['<b>SOMETHING_NEW</b>', means('SOMETHING_NEW', 'unknown')],
    [`A_${'A'.repeat(63)}`, WITHOUT_CODE],
    ['<alipay><is_success>F</is_success><error>somethingNew</error></alipay>', means('somethingNew', 'unknown')],
    ['<alipay><is_success>F</is_success><error>toString</error></alipay>', means('toString', 'unknown')],
    ['x'.repeat(262_144), WITHOUT_CODE],
    ['x'.repeat(262_145), means('FAILURE_TOO_LARGE', 'unknown')],
  ])('RFD-8: RFD-2: %.60j counts as outcome unknown', (text, expected) => {
    expect(failure(text)).toEqual(expected)
    expect(returnFileFailureOf(expected.code).action).toBe('unknown')
  })

  it('RFD-8: a code is worth more than the sentence around it', () => {
    expect(failure('<p>文件下载失败!文件下载失败!</p><p>MAX_VISIT_LIMIT</p>')).toEqual(
      means('MAX_VISIT_LIMIT', 'later'),
    )
  })

  it('RFD-8: says it in words, with the way out', () => {
    for (const [code] of codes) expect(returnFileFailureOf(code).explanation).toMatch(/^[a-zA-Z].*: .*[^.]$/)
  })

  it('RFD-2: bytes of any kind never throw, and are a failure whose action is unknown', () => {
    const types = fc.option(fc.oneof(fc.string(), fc.constant(HTML_TYPE)), { nil: undefined })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), types, (bytes, contentType) => {
        expect(returnFileFailure(Buffer.from(bytes), contentType).action).toBe('unknown')
      }),
    )
  })

  it('RFD-2: a failure that is torn or changed still is one, and its code is short', () => {
    const whole = '<html><body>文件下载失败!非法请求参数。<br>ILLEGAL_SIGN</body></html>'
    const pieces = fc.constantFrom('', '<', '>', '<!--', '&', '<script>', 'SYSTEM_ERROR', '_', '\x00', '件')
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(20), pieces, (at, cut, piece) => {
        const { code } = failure(whole.slice(0, at) + piece + whole.slice(at + cut), HTML_TYPE)
        expect(code).toMatch(/^[A-Za-z0-9_]{1,64}$/)
      }),
      { numRuns: 1000 },
    )
  })

  it('RFD-2: the longest of any kind ends', () => {
    for (const piece of [
      '<',
      '<script>',
      '<!--',
      'A_',
      'A_a',
      '_A',
      '!',
      '文',
      '&nbsp;',
      '\ufdfa',
      '<alipay>',
      '文件下载失败',
    ]) {
      const text = piece.repeat(Math.floor(262_144 / Buffer.byteLength(piece)))
      expect(['unknown', 'nothing-for-date']).toContain(failure(text).action)
    }
  })
})
