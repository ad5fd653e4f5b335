import { SaxesParser } from 'saxes'
import { charsetNamed, charsetOfContentType, decodeStrict, type ReadableCharset } from './charset.ts'
import { ERROR_CODES } from './error-codes.ts'

/** Why an answer says nothing certain. */
export type AnswerDoubt =
  /** No bytes. */
  | 'empty'
  /** More bytes than any answer has. */
  | 'too-large'
  /** Declared in a character set that is none of ours, or not valid in it. */
  | 'not-text'
  /** Not well-formed: half an XML, HTML, an undeclared entity. */
  | 'not-xml'
  /** A document type, and with it perhaps entities: no answer has one. */
  | 'doctype'
  /** XML, but not with `is_success` T or F, once, directly below the root `alipay`. */
  | 'not-an-answer'
  /** T with an error, or F with SUCCESS. */
  | 'contradiction'
  /** F without a code. */
  | 'no-code'
  /** A code that says so itself: table 10-2, and those of table 10-1 whose action is outcome unknown. */
  | 'system-error'
  /** A code that is in no table. */
  | 'unknown-code'

/** The gateway's answer to a request (BTN-8). */
export type Answer =
  /** The request was taken. Never: a payout was made. */
  | { readonly kind: 'accepted' }
  /** Refused with a known code whose meaning is certain; `actionOf(code)` says what to do. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Nobody knows whether it was taken. */
  | { readonly kind: 'unknown'; readonly reason: AnswerDoubt; readonly code?: string }

/** An answer is a few hundred bytes; other interfaces echo the request in it, which is below 4 MiB. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/**
 * Reads the gateway's XML answer (BTN-8, seed 3 §5): root `alipay`, `is_success` and `error` directly below, other
 * elements passed over. The character set is that of the XML declaration, else of the content type, else UTF-8 or
 * GB18030, whichever the bytes are valid in. Everything that is not surely accepted or refused is `unknown`. Never throws.
 */
export function parseAnswer(body: Buffer, contentType?: string): Answer {
  if (body.length === 0) return unknown('empty')
  if (body.length > MAX_ANSWER_BYTES) return unknown('too-large')
  const text = decodeAnswer(body, contentType)
  if (text === undefined) return unknown('not-text')
  const elements = readElements(text)
  if (typeof elements === 'string') return unknown(elements)
  return judge(elements)
}

interface AnswerElements {
  readonly isSuccess: string
  readonly error: string | undefined
}

function judge({ isSuccess, error }: AnswerElements): Answer {
  const code = error === '' ? undefined : error
  if (code !== undefined && !/^[A-Za-z0-9_]{1,64}$/.test(code)) return unknown('not-an-answer')
  switch (isSuccess) {
    case 'T':
      return code === undefined || code === 'SUCCESS' ? { kind: 'accepted' } : unknown('contradiction', code)
    case 'F': {
      if (code === undefined) return unknown('no-code')
      if (code === 'SUCCESS') return unknown('contradiction', code)
      const known = ERROR_CODES.get(code)
      if (known === undefined) return unknown('unknown-code', code)
      return known.action === 'outcome-unknown' ? unknown('system-error', code) : { kind: 'refused', code }
    }
    default:
      return unknown('not-an-answer')
  }
}

function unknown(reason: AnswerDoubt, code?: string): Answer {
  return code === undefined ? { kind: 'unknown', reason } : { kind: 'unknown', reason, code }
}

/** The text without a byte order mark; undefined if no character set fits. */
function decodeAnswer(body: Buffer, contentType: string | undefined): string | undefined {
  const declaration = /^(?:\xef\xbb\xbf)?<\?xml\s[^>]*?encoding\s*=\s*["']([^"'>]*)["']/.exec(
    body.toString('latin1', 0, 256),
  )
  if (declaration?.[1] !== undefined) {
    const declared = charsetNamed(declaration[1])
    return declared === undefined ? undefined : decodeIn(body, declared)
  }
  const stated = charsetOfContentType(contentType)
  const candidates: readonly ReadableCharset[] = [...(stated === undefined ? [] : [stated]), 'utf-8', 'gb18030']
  for (const candidate of candidates) {
    const text = decodeIn(body, candidate)
    if (text !== undefined) return text
  }
  return undefined
}

function decodeIn(body: Buffer, charset: ReadableCharset): string | undefined {
  try {
    // What says GBK or GB2312 may echo any character of the family; the code itself is ASCII in all of them.
    const text = decodeStrict(body, charset === 'utf-8' ? charset : 'gb18030')
    return text.startsWith('\ufeff') ? text.slice(1) : text
  } catch {
    return undefined
  }
}

function readElements(text: string): AnswerElements | AnswerDoubt {
  const parser = new SaxesParser()
  const path: string[] = []
  const found = new Map<string, string>()
  let doubt: AnswerDoubt | undefined
  const take = (piece: string): void => {
    const [, name] = path
    if (path.length === 2 && name !== undefined && found.has(name)) found.set(name, found.get(name) + piece)
  }
  parser.on('doctype', () => {
    doubt = 'doctype'
  })
  parser.on('opentag', ({ name }) => {
    path.push(name)
    const [root, child = ''] = path
    if (root !== 'alipay') doubt ??= 'not-an-answer'
    if (child !== 'is_success' && child !== 'error') return
    // Twice the same element, or anything within it.
    if (found.has(child)) doubt ??= 'not-an-answer'
    found.set(child, '')
  })
  parser.on('closetag', () => {
    path.pop()
  })
  parser.on('text', take)
  parser.on('cdata', take)
  try {
    // Without a handler for errors saxes throws at the first thing that is not well-formed.
    parser.write(text).close()
  } catch {
    return doubt === 'doctype' ? doubt : 'not-xml'
  }
  if (doubt !== undefined) return doubt
  const isSuccess = found.get('is_success')
  if (isSuccess === undefined) return 'not-an-answer'
  return { isSuccess: isSuccess.trim(), error: found.get('error')?.trim() }
}
