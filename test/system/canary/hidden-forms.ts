/** Finds a text in bytes, in whatever form it stands there. */

import { createHash } from 'node:crypto'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import { MIB } from '@payout/schemas/units'

/** How often one form may be packed into another. */
const DEPTH = 3
const MOST_BYTES = 16 * MIB

/** Bytes as text whose ASCII letters have no case; two bytes are equal where their letters are. */
function folded(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** The forms that a text can have in bytes that are not packed: character sets, and digests without a salt. */
export function needlesOf(text: string): string[] {
  const utf16 = Buffer.from(text, 'utf16le')
  const charsets = [Buffer.from(text), gbkOf(text), utf16, Buffer.from(utf16).swap16()]
  const digests = ['md5', 'sha1', 'sha256'].map((name) => createHash(name).update(text).digest())
  const written = digests.flatMap((digest) => [
    digest.toString('hex'),
    digest.toString('base64').replace(/=+$/, ''),
    digest.toString('base64url'),
  ])
  return [...charsets, ...digests, ...written.map((each) => Buffer.from(each))].map(folded)
}

/**
 * The bytes, and what is packed into them: percent signs, base64, hex, gzip, ZIP, escapes of JSON, HTML and XML; each
 * folded.
 */
export function formsOf(bytes: Buffer): string[] {
  const found = new Map<string, Buffer>()
  let last = [bytes]
  for (let depth = 0; depth <= DEPTH && last.length > 0; depth++) {
    const fresh = last.filter((each) => each.length > 0 && !found.has(each.toString('latin1')))
    for (const each of fresh) found.set(each.toString('latin1'), each)
    last = fresh.flatMap(unpacked)
  }
  return [...found.values()].map(folded)
}

function unpacked(bytes: Buffer): Buffer[] {
  const text = bytes.toString('latin1')
  const decoded: (Buffer | undefined)[] = []
  if (/%[0-9a-f]{2}/i.test(text))
    decoded.push(
      latin1(
        text.replace(/\+/g, ' ').replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      ),
    )
  if (/\\u[0-9a-f]{4}/i.test(text))
    decoded.push(
      Buffer.from(text.replace(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))),
    )
  if (/&#/.test(text))
    decoded.push(
      Buffer.from(
        text.replace(/&#(x?)([0-9a-f]{1,6});/gi, (_, x, digits) =>
          String.fromCodePoint(Math.min(Number.parseInt(digits, x ? 16 : 10) || 0, 0x10ffff)),
        ),
      ),
    )
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{12,}/g)) {
    decoded.push(Buffer.from(run, 'base64'))
    if (/^(?:[0-9a-f]{2})+$/i.test(run)) decoded.push(Buffer.from(run, 'hex'))
  }
  for (const index of allOf(text, '\x1f\x8b\x08'))
    decoded.push(orNothing(() => gunzipSync(bytes.subarray(index), { maxOutputLength: MOST_BYTES })))
  for (const index of allOf(text, 'PK\x03\x04')) decoded.push(zipEntry(bytes.subarray(index)))
  return decoded.filter((each) => each !== undefined)
}

function allOf(text: string, what: string): number[] {
  const places: number[] = []
  for (let at = text.indexOf(what); at !== -1; at = text.indexOf(what, at + 1)) places.push(at)
  return places
}

/**
 * Two bytes of each character that GBK has, read out of the platform's own decoder: nothing of ours says what it looks
 * for.
 */
const gbk = new Map<string, Buffer>()
for (let lead = 0x81; lead <= 0xfe; lead++)
  for (let trail = 0x40; trail <= 0xfe; trail++) {
    const bytes = Buffer.from([lead, trail])
    gbk.set(new TextDecoder('gb18030').decode(bytes), bytes)
  }

function gbkOf(text: string): Buffer {
  return Buffer.concat([...text].map((character) => gbk.get(character) ?? Buffer.from(character)))
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function zipEntry(bytes: Buffer): Buffer | undefined {
  return orNothing(() => {
    const begin = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28)
    return inflateRawSync(bytes.subarray(begin), { maxOutputLength: MOST_BYTES, finishFlush: 2 })
  })
}

function orNothing(read: () => Buffer): Buffer | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
