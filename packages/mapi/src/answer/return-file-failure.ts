import { KIB } from '@payout/schemas/units'
import { stripMarkup } from '../text/markup.ts'
import { textOf } from '../wire/charset.ts'
import { readAnswerXml } from './answer-xml.ts'
import { GATEWAY_CODES, type GatewayCode } from './gateway-codes.ts'

/**
 * What a failure asks for (RFD-8):
 * - `later`: the file is being made, or a limit was reached: ask again later.
 * - `nothing-for-date`: most likely there is no file for that date; it has other causes too, so ask again a bounded
 *   number of times before saying so.
 * - `fix-request`: this request is wrong.
 * - `fix-contract`: the contract, the account, the key or a setting of the partner is wrong.
 * - `unknown`: nobody knows; asking again does no harm.
 */
export type ReturnFileAction = 'later' | 'nothing-for-date' | 'fix-request' | 'fix-contract' | 'unknown'

/** Why there is no return file. */
export interface ReturnFileFailure {
  /** Alipay's code; for its texts, and for what is in no table, a name of the pipeline's own. */
  readonly code: string
  readonly action: ReturnFileAction
  /** What it means and the way out, in English, without a full stop. */
  readonly explanation: string
}

type Row = readonly [code: string, action: ReturnFileAction, explanation: string]

/** A failure is a sentence, or a page around one. */
const MAX_FAILURE_BYTES = 256 * KIB

/**
 * The texts of table 8-1, without punctuation. The first that fits counts: the last has four causes and says the least.
 */
const TEXTS: readonly (readonly [text: string, ...Row])[] = [
  [
    '文件下载失败非法请求参数',
    'DOWNLOAD_ILLEGAL_ARGUMENT',
    'fix-request',
    'Alipay says that the date is empty or another parameter is wrong: correct the request',
  ],
  [
    '文件生成异常请稍后再试',
    'FILE_NOT_MADE',
    'later',
    'a fault at Alipay or on the way while the file was made: ask again later',
  ],
  [
    '文件下载失败文件下载失败',
    'DOWNLOAD_FAILED',
    'nothing-for-date',
    'nothing was uploaded on that date, it is still being worked on, or the file could not be made: ask again later, a few times',
  ],
]

/** The codes of table 8-1 that are this interface's own. */
const OWN_CODES: readonly Row[] = [
  ['BIZ_PRODUCT_ILLEGAL', 'fix-contract', 'the merchant has no contract for this product: look at it with Alipay'],
  ['NO_SIGN_PRODUCT', 'fix-contract', 'the merchant has no contract for this product: look at it with Alipay'],
  [
    'PARTNER_NOT_MATCH',
    'fix-contract',
    'the request is for another merchant: look at the partner in the partners file',
  ],
  ['PARTNER_SESSION_TIMEOUT', 'later', 'the request timed out at Alipay: ask again later'],
  ['MAX_VISIT_LIMIT', 'later', 'more requests than Alipay allows: ask again later, and less often'],
]

/** What is in no table. */
const DOUBTS: readonly Row[] = [
  ['FAILURE_EMPTY', 'unknown', 'nothing came: ask again'],
  ['FAILURE_TOO_LARGE', 'unknown', 'what came is no file and too long for a message: look at the evidence'],
  ['FAILURE_AMBIGUOUS', 'unknown', 'what came names several codes: look at the evidence'],
  ['FAILURE_WITHOUT_CODE', 'unknown', 'what came is neither a file nor a message that is known: look at the evidence'],
  [
    'SUCCESS_WITHOUT_FILE',
    'unknown',
    'Alipay says that it went well, but there is no file: ask again, look at the evidence',
  ],
]

const FAILURES: ReadonlyMap<string, ReturnFileFailure> = new Map(
  [...TEXTS.map(([, ...row]) => row), ...OWN_CODES, ...[...GATEWAY_CODES.values()].map(rowOf), ...DOUBTS].map(
    ([code, action, explanation]) => [code, { code, action, explanation }],
  ),
)

function rowOf({ code, action, meaning }: GatewayCode): Row {
  switch (action) {
    case 'fix-request':
      return [code, action, `${meaning}: correct the request`]
    case 'fix-contract':
      return [code, action, `${meaning}: look at the contract, and at the partner in the partners file`]
    case 'outcome-unknown':
      return [code, 'unknown', `${meaning}: ask again later, and Alipay's support if it stays so`]
  }
}

/** What a code means that `returnFileFailure` gave; a code of no table is `unknown`. */
export function returnFileFailureOf(code: string): ReturnFileFailure {
  return (
    FAILURES.get(code) ?? {
      code,
      action: 'unknown',
      explanation: "a code that is in no table: ask again later, and Alipay's support if it stays so",
    }
  )
}

/**
 * Reads what came in place of a return file (RFD-2, RFD-8, bptb_refund_file 1.3 §5.2, §5.3 and §8): a text of table
 * 8-1, whatever the width of its punctuation and the blanks in it, or a code of tables 8-1 and 8-2, by itself, in the
 * gateway's XML, or in an HTML page. It is read as GB18030 and as UTF-8, since content types arrive wrong. Never
 * throws, and never gives a file.
 */
export function returnFileFailure(body: Buffer, contentType?: string): ReturnFileFailure {
  if (body.length === 0) return returnFileFailureOf('FAILURE_EMPTY')
  if (body.length > MAX_FAILURE_BYTES) return returnFileFailureOf('FAILURE_TOO_LARGE')
  const answer = readAnswerXml(body, contentType)
  if (answer.kind === 'no') return returnFileFailureOf(answer.code)
  if (answer.kind === 'yes') return returnFileFailureOf('SUCCESS_WITHOUT_FILE')
  // Only the right one makes sense: what is read in the other holds no sentence of Alipay's.
  for (const charset of ['gb18030', 'utf-8'] as const) {
    const text = textOf(body, charset)
    const code = text === undefined ? undefined : codeIn(stripMarkup(text))
    if (code !== undefined) return returnFileFailureOf(code)
  }
  return returnFileFailureOf('FAILURE_WITHOUT_CODE')
}

function codeIn(text: string): string | undefined {
  const words = new Set(text.match(/(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]*(?![A-Za-z0-9_])/g) ?? [])
  const codes = [...words].filter((word) => GATEWAY_CODES.has(word) || OWN_CODES.some(([code]) => code === word))
  if (codes.length > 1) return 'FAILURE_AMBIGUOUS'
  if (codes[0] !== undefined) return codes[0]
  const bare = text.replace(/[\p{P}\p{S}\p{Z}\p{C}]/gu, '')
  const known = TEXTS.find(([phrase]) => bare.includes(phrase))
  if (known !== undefined) return known[1]
  const alone = text.trim()
  return /^[A-Z][A-Z0-9_]{2,63}$/.test(alone) && alone.includes('_') ? alone : undefined
}
