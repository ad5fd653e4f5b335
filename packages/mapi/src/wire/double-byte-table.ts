import { TextDecoder } from 'node:util'
import iconv from 'iconv-lite'

/** Two-byte codes by UTF-16 unit and back; 0 stands for "none". All characters of these sets are in the BMP. */
export interface DoubleByteTable {
  readonly codeOf: Uint16Array
  readonly unitOf: Uint16Array
}

/** CP936 cut down to what GB18030 encodes alike: 21,791 characters. */
function agreedGbk(): DoubleByteTable {
  const held = cp936Characters()
  const read = asGb18030(held.map(({ code }) => code))
  const table = { codeOf: new Uint16Array(0x10000), unitOf: new Uint16Array(0x10000) }
  for (const [index, { unit, code }] of held.entries()) {
    if (read[index] !== String.fromCharCode(unit)) continue
    table.codeOf[unit] = code
    table.unitOf[code] = unit
  }
  return table
}

/** What CP936 has beyond ASCII with two bytes. */
function cp936Characters(): { readonly unit: number; readonly code: number }[] {
  let nonAscii = ''
  for (let unit = 0x80; unit < 0x10000; unit++) {
    if (unit < 0xd800 || unit > 0xdfff) nonAscii += String.fromCharCode(unit)
  }
  const bytes = iconv.encode(nonAscii, 'cp936')
  const held: { unit: number; code: number }[] = []
  let at = 0
  for (let index = 0; index < nonAscii.length; index++) {
    // iconv-lite writes one byte for what CP936 does not have ('?') and for the euro sign, else two.
    const width = bytes.readUInt8(at) > 0x80 ? 2 : 1
    if (width === 2) held.push({ unit: nonAscii.charCodeAt(index), code: bytes.readUInt16BE(at) })
    at += width
  }
  return held
}

/**
 * What each two-byte code is in GB18030, by ICU: it has its tables at hand, and iconv-lite would first make its own.
 */
function asGb18030(codes: readonly number[]): string[] {
  const lines = Buffer.alloc(codes.length * 3, '\n')
  for (const [index, code] of codes.entries()) lines.writeUInt16BE(code, index * 3)
  return new TextDecoder('gb18030').decode(lines).split('\n')
}

/**
 * The cells of GB2312-1980 (row, first and last cell): 7,445 characters. Rows 10 to 15 and 88 to 94 are empty. The
 * middle dot (row 1, cell 4) and the dash (row 1, cell 10) are U+00B7 and U+2014, as in GBK.
 */
const GB2312_CELLS: readonly (readonly [row: number, first: number, last: number])[] = [
  [1, 1, 94],
  [2, 17, 66],
  [2, 69, 78],
  [2, 81, 92],
  [3, 1, 94],
  [4, 1, 83],
  [5, 1, 86],
  [6, 1, 24],
  [6, 33, 56],
  [7, 1, 33],
  [7, 49, 81],
  [8, 1, 26],
  [8, 37, 73],
  [9, 4, 79],
  ...Array.from({ length: 39 }, (_, index) => [16 + index, 1, 94] as const),
  [55, 1, 89],
  ...Array.from({ length: 32 }, (_, index) => [56 + index, 1, 94] as const),
]

function gb2312Of(gbk: DoubleByteTable): DoubleByteTable {
  const table = { codeOf: new Uint16Array(0x10000), unitOf: new Uint16Array(0x10000) }
  for (const [row, first, last] of GB2312_CELLS) {
    for (let cell = first; cell <= last; cell++) {
      const code = ((row + 0xa0) << 8) | (cell + 0xa0)
      const unit = gbk.unitOf[code] ?? 0
      table.unitOf[code] = unit
      table.codeOf[unit] = code
    }
  }
  return table
}

let gbk: DoubleByteTable | undefined
let gb2312: DoubleByteTable | undefined

/** What CP936 and GB18030 encode alike. Made when it is first needed: it takes a twentieth of a second. */
export function gbkTable(): DoubleByteTable {
  gbk ??= agreedGbk()
  return gbk
}

/** The repertoire of GB2312-1980. */
export function gb2312Table(): DoubleByteTable {
  gb2312 ??= gb2312Of(gbkTable())
  return gb2312
}
