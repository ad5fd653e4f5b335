const SMALL_SECTOR = 512
const LARGE_SECTOR = 4096
/** Numbers of tables of sectors that a header holds; a larger file would have more, which are not written here. */
const HEADER_TABLES = 109
const FREE = 0xffffffff
const END = 0xfffffffe
const TABLE_SECTOR = 0xfffffffd

/** One record of a workbook: kind, length, content. */
export function record(type: number, ...content: readonly Buffer[]): Buffer {
  const data = Buffer.concat(content)
  return Buffer.concat([u16(type), u16(data.length), data])
}

export function u16(...values: readonly number[]): Buffer {
  return Buffer.from(Uint16Array.from(values).buffer)
}

export function u32(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer)
}

export const BEGIN = record(0x0809, u16(0x0600, 5, 0, 0), u32(0, 0))
export const END_OF_PART = record(0x000a)

/**
 * A workbook, record by record, so that it can be wrong in any place: what goes before the sheets, and the cells of
 * each.
 */
export function workbookOf(globals: readonly Buffer[], ...sheets: readonly (readonly Buffer[])[]): Buffer<ArrayBuffer> {
  const contents = sheets.map((cells) => Buffer.concat([BEGIN, ...cells, END_OF_PART]))
  const named = (place: number) => record(0x0085, u32(place), u16(0), Buffer.from([1, 0, 0x61]))
  const before = Buffer.concat([BEGIN, ...globals])
  let place = before.length + sheets.length * named(0).length + END_OF_PART.length
  const names = contents.map((content) => {
    place += content.length
    return named(place - content.length)
  })
  return compoundFile(Buffer.concat([before, ...names, END_OF_PART, ...contents]))
}

/** The texts that cells share, each of two bytes a character, cut into records between texts. */
export function sharedTexts(texts: readonly string[], count = texts.length): Buffer {
  const records: Buffer[] = []
  let content: Buffer[] = [u32(count, count)]
  let size = 8
  for (const text of texts) {
    const bytes = Buffer.concat([u16(text.length), Buffer.from([1]), Buffer.from(text, 'utf16le')])
    if (size + bytes.length > 8224) {
      records.push(record(records.length === 0 ? 0x00fc : 0x003c, ...content))
      content = []
      size = 0
    }
    content.push(bytes)
    size += bytes.length
  }
  records.push(record(records.length === 0 ? 0x00fc : 0x003c, ...content))
  return Buffer.concat(records)
}

/** A cell that names a shared text. */
export function textCell(row: number, column: number, index: number): Buffer {
  return record(0x00fd, u16(row, column, 0), u32(index))
}

/**
 * A compound file ([MS-CFB]) with one stream, `Workbook`: the header, the stream, the directory, the table of sectors.
 */
function compoundFile(stream: Buffer): Buffer<ArrayBuffer> {
  const content = Buffer.concat([stream, Buffer.alloc(Math.max(4096 - stream.length, 0))])
  const sector = content.length > HEADER_TABLES * 64 * SMALL_SECTOR ? LARGE_SECTOR : SMALL_SECTOR
  const sectors = Math.ceil(content.length / sector)
  const tables = Math.ceil((sectors + 1) / (sector / 4 - 1))
  const bytes = Buffer.from(new ArrayBuffer((1 + sectors + 1 + tables) * sector))
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(bytes)
  u16(0x3e, sector === LARGE_SECTOR ? 4 : 3, 0xfffe, Math.log2(sector), 6).copy(bytes, 24)
  u32(0, tables, sectors, 0, 4096, END, 0, END, 0).copy(bytes, 40)
  bytes.fill(0xff, 76, SMALL_SECTOR)
  for (let index = 0; index < tables; index++) bytes.writeUInt32LE(sectors + 1 + index, 76 + 4 * index)
  content.copy(bytes, sector)
  const directory = (1 + sectors) * sector
  entry('Root Entry', 5, END, 0, 1).copy(bytes, directory)
  entry('Workbook', 2, 0, content.length, FREE).copy(bytes, directory + 128)
  const chain = Array.from({ length: sectors }, (_, at) => (at + 1 < sectors ? at + 1 : END))
  const table = [...chain, END, ...Array.from({ length: tables }, () => TABLE_SECTOR)]
  bytes.fill(0xff, directory + sector)
  u32(...table).copy(bytes, directory + sector)
  return bytes
}

function entry(name: string, type: number, start: number, size: number, child: number): Buffer {
  const bytes = Buffer.alloc(128)
  bytes.write(name, 'utf16le')
  u16(2 * name.length + 2).copy(bytes, 64)
  Buffer.from([type, 1]).copy(bytes, 66)
  u32(FREE, FREE, child).copy(bytes, 68)
  u32(start, size).copy(bytes, 116)
  return bytes
}
