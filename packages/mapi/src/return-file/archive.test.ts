import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partnerId } from '../values/partner-id.ts'
import { RETURN_FILE_LIMITS } from './limits.ts'
import { readReturnFile } from './read-return-file.ts'
import { CSV_NAME, gb18030, linesOf, ROW, SECOND } from './testing/csv.ts'
import { type MadeEntry, zipOf } from './testing/zip.ts'

const partner = partnerId('2088101000922193')
const CONTENT = gb18030(linesOf([ROW, SECOND]))
const CSV: MadeEntry = { name: CSV_NAME, content: CONTENT }
const MIB = 1024 * 1024
const read = (bytes: Buffer, limits = RETURN_FILE_LIMITS) =>
  readReturnFile(bytes, 'application/octet-stream;charset=iso-8859-1', { partnerId: partner, limits })
const refused = (code: string) => expect.objectContaining({ kind: 'refused', code, problems: [] })

describe('archive', () => {
  it.each([
    ['packed', CSV],
    ['stored', { ...CSV, method: 0 }],
    ['under another name', { ...CSV, name: 'refund.CSV' }],
    ['under a Chinese name', { ...CSV, name: '退票.csv' }],
  ])('RFD-3: a CSV alone, %s, is taken', async (_, entry: MadeEntry) => {
    expect(await read(zipOf([entry]))).toMatchObject({ kind: 'taken', totalFen: 3 })
  })

  it.each([
    '../a.csv',
    '..\\a.csv',
    '..a.csv',
    '/a.csv',
    '\\a.csv',
    'folder/a.csv',
    'folder/',
    'C:a.csv',
    'C:\\a.csv',
    '//host/a.csv',
    'a.csv\u0000.csv',
    'a\n.csv',
    `${'a'.repeat(256)}.csv`,
  ])('RFD-3: the name %j is refused', async (name) => {
    expect(await read(zipOf([{ ...CSV, name }]))).toEqual(refused('ENTRY_NAME'))
  })

  it('RFD-3: a name that is no text is refused', async () => {
    expect(await read(zipOf([{ ...CSV, name: Buffer.from('ff2e637376', 'hex') }]))).toEqual(refused('ENTRY_NAME'))
  })

  it('RFD-3: the file of another partner is refused, whatever the case of its name', async () => {
    for (const name of ['ALIPAY_20101223_R_2088101000922194.csv', 'alipay_20101223_r_208810100092219.CSV']) {
      expect(await read(zipOf([{ ...CSV, name }]))).toEqual(refused('PARTNER_DIFFERS'))
    }
  })

  it.each([
    ['no CSV', [], 'CSV_MISSING'],
    ['an XLS alone', [{ name: 'a.xls', content: '' }], 'CSV_MISSING'],
    ['two CSVs', [CSV, { ...CSV, name: 'b.csv' }], 'CSV_TWICE'],
    ['the same CSV twice', [CSV, CSV], 'CSV_TWICE'],
    ['two XLS', [CSV, { name: 'a.xls', content: '' }, { name: 'b.xls', content: '' }], 'XLS_TWICE'],
    ['something else', [CSV, { name: 'readme.txt', content: '' }], 'ENTRY_UNKNOWN'],
    ['no suffix', [{ ...CSV, name: 'csv' }], 'ENTRY_UNKNOWN'],
    ['eleven entries', Array.from({ length: 11 }, () => CSV), 'ARCHIVE_ENTRIES'],
    ['a password', [{ ...CSV, flags: 1 }], 'ARCHIVE_ENCRYPTED'],
    ['strong encryption', [{ ...CSV, flags: 0x41 }], 'ARCHIVE_ENCRYPTED'],
    ['another compression', [{ ...CSV, method: 12 }], 'ARCHIVE_METHOD'],
    ['a wrong checksum', [{ ...CSV, checksum: 1 }], 'ARCHIVE_BROKEN'],
    ['no deflate data', [{ ...CSV, packed: Buffer.alloc(40, 0xff) }], 'ARCHIVE_BROKEN'],
    ['half of it', [{ ...CSV, packed: deflateRawSync(CONTENT).subarray(0, 100) }], 'ARCHIVE_BROKEN'],
    ['bytes after it', [{ ...CSV, packed: Buffer.concat([deflateRawSync(CONTENT), CONTENT]) }], 'ARCHIVE_BROKEN'],
    ['less than declared', [{ ...CSV, size: CONTENT.length + 1 }], 'ENTRY_SIZE'],
    ['more than declared', [{ ...CSV, size: CONTENT.length - 1 }], 'ENTRY_SIZE'],
  ] as const)('RFD-3: an archive with %s is refused', async (_, entries, code) => {
    expect(await read(zipOf(entries))).toEqual(refused(code))
  })

  it('RFD-3: an archive with more entries than it says is refused', async () => {
    const hidden = zipOf([CSV, { ...CSV, name: 'b.csv' }], { count: 1 })
    expect(await read(hidden)).toMatchObject({
      code: 'ARCHIVE_BROKEN',
      explanation: expect.stringContaining('more entries'),
    })
  })

  it('RFD-3: a bomb of 1 GiB in 1 MiB is refused by what it declares, before it is unpacked', async () => {
    const declared = { ...CSV, size: 1024 * MIB, packed: Buffer.alloc(MIB) }
    expect(await read(zipOf([declared]))).toEqual(refused('ENTRY_TOO_LARGE'))
    expect(await read(zipOf([{ ...declared, size: 128 * MIB, packed: Buffer.alloc(MIB / 2) }]))).toEqual(
      refused('ENTRY_RATIO'),
    )
  })

  it('RFD-3: a bomb that declares little is refused as soon as it is more', async () => {
    const bomb = deflateRawSync(Buffer.alloc(256 * MIB, 'a'))
    const before = process.memoryUsage().arrayBuffers
    expect(await read(zipOf([{ ...CSV, packed: bomb }]))).toEqual(refused('ENTRY_SIZE'))
    expect(await read(zipOf([CSV, { name: 'a.xls', content: 'a', packed: bomb }]))).toEqual(refused('ENTRY_SIZE'))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MIB)
  })

  it('RFD-3: the limits hold for what is declared', async () => {
    const zip = zipOf([CSV, { name: 'a.xls', content: CONTENT }])
    expect(await read(zip, { ...RETURN_FILE_LIMITS, archiveBytes: zip.length - 1 })).toEqual(refused('FILE_TOO_LARGE'))
    expect(await read(zip, { ...RETURN_FILE_LIMITS, entryBytes: CONTENT.length - 1 })).toEqual(
      refused('ENTRY_TOO_LARGE'),
    )
    expect(await read(zip, { ...RETURN_FILE_LIMITS, totalBytes: 2 * CONTENT.length - 1 })).toEqual(
      refused('ENTRY_TOO_LARGE'),
    )
    expect(await read(zip, { ...RETURN_FILE_LIMITS, entries: 1 })).toEqual(refused('ARCHIVE_ENTRIES'))
  })

  it('RFD-3: an archive cut off anywhere is refused and may be fetched again', async () => {
    const zip = zipOf([CSV])
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: zip.length - 1 }), async (length) => {
        expect(await read(zip.subarray(0, length))).toMatchObject({
          kind: 'refused',
          code: 'ARCHIVE_BROKEN',
          again: true,
        })
      }),
    )
  })
})
