/** The file is not what it should be; what is wrong, in words without anything of its content. */
export class XlsFault extends Error {}

const SIGNATURE = Buffer.from('d0cf11e0a1b11ae1', 'hex')
const END_OF_CHAIN = 0xfffffffe
const DIRECTORY_ENTRY = 128
const STREAM = 2
const ROOT = 5
/** Numbers of FAT sectors that the header itself holds. */
const HEADER_DIFAT = 109

/** Whether bytes begin as a compound file does, which every .xls of Excel 97 to 2003 is. */
export function isCompoundFile(bytes: Buffer): boolean {
  return bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)
}

/**
 * The bytes of one stream of a compound file ([MS-CFB]). A chain of sectors that leaves the file, or is longer than it,
 * is a fault: so the work is bounded by the size of the file.
 * @throws XlsFault
 */
export function readStream(bytes: Buffer, name: string): Buffer {
  if (!isCompoundFile(bytes) || bytes.length < 512) throw new XlsFault('it is no compound file')
  const file = new Sectors(bytes)
  const directory = file.read(bytes.readUInt32LE(48))
  let root: Buffer | undefined
  let wanted: Buffer | undefined
  for (let at = 0; at + DIRECTORY_ENTRY <= directory.length; at += DIRECTORY_ENTRY) {
    const entry = directory.subarray(at, at + DIRECTORY_ENTRY)
    const type = entry.readUInt8(66)
    if (type === ROOT) root ??= entry
    if (type === STREAM && nameOf(entry).toLowerCase() === name.toLowerCase()) wanted ??= entry
  }
  if (root === undefined || wanted === undefined) throw new XlsFault(`it has no stream ${name}`)
  const size = wanted.readUInt32LE(120)
  const start = wanted.readUInt32LE(116)
  const small = size < bytes.readUInt32LE(56)
  const content = small ? file.readMini(start, file.read(root.readUInt32LE(116))) : file.read(start)
  if (content.length < size) throw new XlsFault(`its stream ${name} is cut off`)
  return content.subarray(0, size)
}

function nameOf(entry: Buffer): string {
  const length = Math.min(entry.readUInt16LE(64), 64)
  return entry.toString('utf16le', 0, Math.max(length - 2, 0))
}

class Sectors {
  readonly #bytes: Buffer
  readonly #size: number
  readonly #table: Uint32Array

  constructor(bytes: Buffer) {
    const shift = bytes.readUInt16LE(30)
    if (shift !== 9 && shift !== 12) throw new XlsFault('its sectors have an unknown size')
    this.#bytes = bytes
    this.#size = 1 << shift
    this.#table = this.#readTable()
  }

  /** The bytes of a chain of sectors, up to the end of its last one. */
  read(start: number): Buffer {
    return Buffer.concat(
      this.#chain(start, this.#table, this.#bytes.length / this.#size).map((sector) => this.#sector(sector)),
    )
  }

  /** The same for the small sectors of 64 bytes, which stand in a stream of their own. */
  readMini(start: number, miniStream: Buffer): Buffer {
    const table = numbersOf(this.read(this.#bytes.readUInt32LE(60)))
    return Buffer.concat(
      this.#chain(start, table, miniStream.length / 64).map((sector) => {
        if ((sector + 1) * 64 > miniStream.length) throw new XlsFault('a small sector lies outside')
        return miniStream.subarray(sector * 64, (sector + 1) * 64)
      }),
    )
  }

  #sector(sector: number): Buffer {
    const at = (sector + 1) * this.#size
    if (at >= this.#bytes.length) throw new XlsFault('a sector lies outside the file')
    // The last sector of a file may be cut short.
    return this.#bytes.subarray(at, at + this.#size)
  }

  #chain(start: number, table: Uint32Array, most: number): number[] {
    const chain: number[] = []
    for (let sector = start; sector !== END_OF_CHAIN; sector = table[sector] ?? outside()) {
      if (chain.length >= most) throw new XlsFault('a chain of sectors has no end')
      chain.push(sector)
    }
    return chain
  }

  #readTable(): Uint32Array {
    const count = this.#bytes.readUInt32LE(44)
    if (count > this.#bytes.length / this.#size) throw new XlsFault('its table of sectors is larger than the file')
    const sectors: number[] = []
    for (let index = 0; index < Math.min(count, HEADER_DIFAT); index++) {
      sectors.push(this.#bytes.readUInt32LE(76 + 4 * index))
    }
    let next = this.#bytes.readUInt32LE(68)
    while (sectors.length < count) {
      const numbers = numbersOf(this.#sector(next))
      if (numbers.length < 2) throw new XlsFault('its table of sectors is cut off')
      sectors.push(...numbers.subarray(0, Math.min(numbers.length - 1, count - sectors.length)))
      next = numbers.at(-1) ?? outside()
    }
    return numbersOf(Buffer.concat(sectors.map((sector) => this.#sector(sector))))
  }
}

function outside(): never {
  throw new XlsFault('a chain of sectors leaves the file')
}

function numbersOf(bytes: Buffer): Uint32Array {
  const numbers = new Uint32Array(Math.floor(bytes.length / 4))
  for (let index = 0; index < numbers.length; index++) numbers[index] = bytes.readUInt32LE(4 * index)
  return numbers
}
