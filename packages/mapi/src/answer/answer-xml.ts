import { MIB } from '@payout/schemas/units'
import { SaxesParser } from 'saxes'
import { charsetNamed, charsetOfContentType, decodeStrict, type ReadableCharset } from '../wire/charset.ts'

/** Why an answer says nothing certain, whatever its codes mean. */
export type AnswerFault =
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

/** An answer is a few hundred bytes; other interfaces echo the request in it, which is below 4 MiB. */
export const MAX_ANSWER_BYTES = 4 * MIB

/** What the gateway's XML says by itself, before anyone looks up what its code means. */
export type AnswerXml =
  /** T: `elements` has those of the asked names that stand there, without blanks around them. */
  | { readonly kind: 'yes'; readonly elements: ReadonlyMap<string, string> }
  /** F, and why. */
  | { readonly kind: 'no'; readonly code: string }
  | { readonly kind: 'unknown'; readonly reason: AnswerFault; readonly code?: string }

/**
 * Reads the gateway's XML answer: root `alipay`, with `is_success`, `error` and the elements of the given names
 * directly below it, each at most once and with nothing but text in it; other elements are passed over. The character
 * set is that of the XML declaration, else of the content type, else UTF-8 or GB18030, whichever the bytes are valid
 * in. Never throws.
 */
export function readAnswerXml(body: Buffer, contentType?: string, names: readonly string[] = []): AnswerXml {
  if (body.length === 0) return unknown('empty')
  if (body.length > MAX_ANSWER_BYTES) return unknown('too-large')
  const text = decodeAnswer(body, contentType)
  if (text === undefined) return unknown('not-text')
  const elements = readElements(text, new Set(['is_success', 'error', ...names]))
  return typeof elements === 'string' ? unknown(elements) : judge(elements)
}

function judge(elements: ReadonlyMap<string, string>): AnswerXml {
  const error = elements.get('error')
  const code = error === '' ? undefined : error
  if (code !== undefined && !/^[A-Za-z0-9_]{1,64}$/.test(code)) return unknown('not-an-answer')
  switch (elements.get('is_success')) {
    case 'T':
      return code === undefined || code === 'SUCCESS' ? { kind: 'yes', elements } : unknown('contradiction', code)
    case 'F':
      if (code === undefined) return unknown('no-code')
      return code === 'SUCCESS' ? unknown('contradiction', code) : { kind: 'no', code }
    default:
      return unknown('not-an-answer')
  }
}

function unknown(reason: AnswerFault, code?: string): AnswerXml {
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

/** The text of the elements of these names directly below the root; a fault where the XML is none of an answer. */
function readElements(text: string, names: ReadonlySet<string>): ReadonlyMap<string, string> | AnswerFault {
  const parser = new SaxesParser()
  const path: string[] = []
  const found = new Map<string, string>()
  let fault: AnswerFault | undefined
  const take = (piece: string): void => {
    const [, name] = path
    if (path.length === 2 && name !== undefined && found.has(name)) found.set(name, found.get(name) + piece)
  }
  parser.on('doctype', () => {
    fault = 'doctype'
  })
  parser.on('opentag', ({ name }) => {
    path.push(name)
    const [root, child = ''] = path
    if (root !== 'alipay') fault ??= 'not-an-answer'
    if (!names.has(child)) return
    // Twice the same element, or anything within it.
    if (found.has(child)) fault ??= 'not-an-answer'
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
    return fault === 'doctype' ? fault : 'not-xml'
  }
  if (fault !== undefined) return fault
  return new Map(Array.from(found, ([name, value]) => [name, value.trim()]))
}
