import iconv from 'iconv-lite'

/** Two-byte codes by UTF-16 unit and back; 0 stands for "none". All characters of these sets are in the BMP. */
export interface DoubleByteTable {
  readonly codeOf: Uint16Array
  readonly unitOf: Uint16Array
}

/** CP936 cut down to what GB18030 encodes alike: 21,791 characters. */
function agreedGbk(): DoubleByteTable {
  let nonAscii = ''
  for (let unit = 0x80; unit < 0x10000; unit++) {
    if (unit < 0xd800 || unit > 0xdfff) nonAscii += String.fromCharCode(unit)
  }
  const cp936 = iconv.encode(nonAscii, 'cp936')
  const gb18030 = iconv.encode(nonAscii, 'gb18030')
  const table = { codeOf: new Uint16Array(0x10000), unitOf: new Uint16Array(0x10000) }
  let left = 0
  let right = 0
  for (let index = 0; index < nonAscii.length; index++) {
    // iconv-lite writes one byte for what CP936 does not have ('?') and for the euro sign, else two.
    const leftWidth = cp936.readUInt8(left) > 0x80 ? 2 : 1
    const rightWidth = isFourByte(gb18030, right) ? 4 : 2
    if (leftWidth === 2 && rightWidth === 2) {
      const code = cp936.readUInt16BE(left)
      const unit = nonAscii.charCodeAt(index)
      if (code === gb18030.readUInt16BE(right)) {
        table.codeOf[unit] = code
        table.unitOf[code] = unit
      }
    }
    left += leftWidth
    right += rightWidth
  }
  return table
}

function isFourByte(gb18030: Buffer, offset: number): boolean {
  const second = gb18030.readUInt8(offset + 1)
  return second >= 0x30 && second <= 0x39
}

/**
 * The cells of GB2312-1980 (row, first and last cell): 7,445 characters. Rows 10 to 15 and 88 to 94 are empty. The middle
 * dot (row 1, cell 4) and the dash (row 1, cell 10) are U+00B7 and U+2014, as in GBK.
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
