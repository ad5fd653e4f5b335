import { crc32, deflateRawSync } from 'node:zlib'

/** An entry of an archive, and what it says of itself against the truth. */
export interface MadeEntry {
  readonly name: string | Buffer
  readonly content: Buffer | string
  /** What stands in place of the packed content. */
  readonly packed?: Buffer
  /** 8 packs, 0 stores; any other says so and packs. */
  readonly method?: number
  readonly flags?: number
  readonly size?: number
  readonly checksum?: number
}

/** An archive, byte by byte ([APPNOTE] 4.3), so that it can be wrong in any place. */
export function zipOf(entries: readonly MadeEntry[], end: { readonly count?: number } = {}): Buffer {
  const files: Buffer[] = []
  const list: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const content = Buffer.from(entry.content)
    const method = entry.method ?? 8
    const packed = entry.packed ?? (method === 0 ? content : deflateRawSync(content))
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(entry.flags ?? 0, 2)
    common.writeUInt16LE(method, 4)
    common.writeUInt32LE(entry.checksum ?? crc32(content), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(entry.size ?? content.length, 18)
    common.writeUInt16LE(name.length, 22)
    const file = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, name, packed])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    list.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), common, place, name]))
    files.push(file)
    offset += file.length
  }
  const directory = Buffer.concat(list)
  const tail = Buffer.alloc(18)
  tail.writeUInt16LE(end.count ?? entries.length, 4)
  tail.writeUInt16LE(end.count ?? entries.length, 6)
  tail.writeUInt32LE(directory.length, 8)
  tail.writeUInt32LE(offset, 12)
  return Buffer.concat([...files, directory, Buffer.from('PK\u0005\u0006'), tail])
}
