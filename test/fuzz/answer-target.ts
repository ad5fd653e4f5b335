import assert from 'node:assert/strict'
import { parseAnswer } from '@payout/mapi/answer/answer'
import { returnFileFailure } from '@payout/mapi/answer/return-file-failure'
import { parseServiceAnswer } from '@payout/mapi/answer/service-answer'
import { encode } from '@payout/mapi/wire/charset'
import fc from 'fast-check'
import { noise, spoiled } from './mutation.ts'
import type { FuzzTarget } from './target.ts'

const samples = [
  '<?xml version="1.0" encoding="GBK"?><alipay><is_success>T</is_success><error>SUCCESS</error></alipay>',
  '<?xml version="1.0" encoding="utf-8"?>\n<alipay><is_success>F</is_success><error>ILLEGAL_SIGN</error></alipay>',
  '<alipay><is_success>T</is_success><charge_agent>T</charge_agent><refund_charge>F</refund_charge></alipay>',
  '<alipay><is_success>T</is_success><request><param name="service">customer_unsign</param></request><sign>a</sign></alipay>',
  '<!DOCTYPE a [<!ENTITY b "c">]><alipay><is_success>&b;</is_success></alipay>',
  '<html><head><meta charset="gb2312"></head><body>文件下载失败！文件下载失败！</body></html>',
  'PARTNER_NOT_MATCH',
].map((text) => encode(text, 'gbk'))

const piece = fc.constantFrom(
  '<alipay>',
  '</alipay>',
  '<is_success>',
  '</is_success>',
  '<error>',
  '</error>',
  '<charge_agent>',
  '</charge_agent>',
  'T',
  'F',
  'SUCCESS',
  'SYSTEM_ERROR',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '&amp;',
  '&#x0;',
  '&#1114112;',
  '&x;',
  '<?a?>',
  '退',
  '<a b="',
  '">',
  '/>',
  ' ',
  '\0',
)
const built = fc.array(piece, { maxLength: 40 }).map((pieces) => encode(pieces.join(''), 'gbk'))
const deep = fc.nat(5000).map((depth) => Buffer.from('<alipay>'.repeat(depth)))
const contentType = fc.constantFrom(
  undefined,
  '',
  'text/xml; charset=gbk',
  'text/html;charset=gb2312',
  'text/xml;charset=utf-8',
  'charset=x',
)

function check(body: Buffer, type: string | undefined): void {
  const answers = [
    parseAnswer(body, type),
    parseServiceAnswer('query_customer_protocol', body, type),
    parseServiceAnswer('customer_unsign', body, type),
  ]
  for (const answer of answers) {
    assert.ok(['accepted', 'refused', 'unknown'].includes(answer.kind))
    if ('code' in answer) assert.match(answer.code ?? '', /^[A-Za-z0-9_]{1,64}$/)
  }
  assert.match(returnFileFailure(body, type).code, /^[A-Z0-9_]{1,64}$/i)
}

/** The XML answers of all services, and the texts of failures. */
export const answerTarget: FuzzTarget = {
  name: 'XML answers',
  share: 0.25,
  cases: fc.tuple(
    fc.oneof(
      { weight: 4, arbitrary: spoiled(fc.constantFrom(...samples)) },
      { weight: 4, arbitrary: built },
      { weight: 1, arbitrary: noise },
      { weight: 1, arbitrary: deep },
    ),
    contentType,
  ),
  check,
}
