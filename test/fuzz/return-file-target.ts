import assert from 'node:assert/strict'
import { openArchive } from '@payout/mapi/return-file/archive'
import { RETURN_FILE_LIMITS } from '@payout/mapi/return-file/limits'
import { readReturnFile } from '@payout/mapi/return-file/read-return-file'
import { returnFileRefusal } from '@payout/mapi/return-file/refusal'
import { COLUMNS, CSV_NAME, gb18030, linesOf, ROW, SECOND } from '@payout/mapi/return-file/testing/csv'
import { type MadeEntry, zipOf } from '@payout/mapi/return-file/testing/zip'
import { partnerId } from '@payout/mapi/values/partner-id'
import fc from 'fast-check'
import recorded from '../../packages/mapi/src/return-file/testing/return-files.json' with { type: 'json' }
import { noise, spoiled } from './mutation.ts'
import type { FuzzTarget } from './target.ts'

const partner = partnerId('2088101000922193')
/** A case that takes more is refused, and the file of every case is far below. */
const LIMITS = {
  ...RETURN_FILE_LIMITS,
  entryBytes: 4 * 1024 * 1024,
  totalBytes: 6 * 1024 * 1024,
  rows: 1000,
  xlsHeapMib: 64,
}

const archives = Object.values(recorded).map((base64) => Buffer.from(base64, 'base64'))
const FILE_TYPE = 'application/octet-stream;charset=iso-8859-1'
const contentType = fc.oneof(
  { weight: 9, arbitrary: fc.constant(FILE_TYPE) },
  { weight: 1, arbitrary: fc.constantFrom(undefined, '', 'text/html;charset=gb2312', 'x') },
)

async function check(bytes: Buffer, type: string | undefined): Promise<void> {
  const reading = await readReturnFile(bytes, type, { partnerId: partner, limits: LIMITS })
  switch (reading.kind) {
    case 'taken': {
      assert.equal(
        reading.rows.reduce((sum, { amountFen }) => sum + amountFen, 0),
        reading.totalFen,
      )
      assert.equal(new Set(reading.rows.map(({ withdrawalSerial }) => withdrawalSerial)).size, reading.rows.length)
      assert.ok(reading.rows.every(({ returnedAt, amountFen }) => Number.isSafeInteger(returnedAt) && amountFen > 0))
      return
    }
    case 'refused':
      assert.notEqual(returnFileRefusal(reading.code), undefined)
      assert.ok(reading.problems.length <= 1000 && reading.problems.length <= reading.problemCount)
      return
    case 'failure':
      assert.match(reading.failure.code, /^[A-Z0-9_]{1,64}$/i)
      return
  }
}

const cell = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ROW, ...COLUMNS, '', '0.01', '1', '2') },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.constantFrom('"', ',', '\r', '\n', '退', '𠮷', '1', '.', '\ufeff', '\0'),
      maxLength: 20,
    }),
  },
)
const table = fc
  .array(fc.array(cell, { maxLength: 16 }), { maxLength: 8 })
  .map((rows) => gb18030([...linesOf([]).slice(0, 3), ...rows.map((row) => row.join(','))]))
const csv = fc.oneof(spoiled(fc.constant(gb18030(linesOf([ROW, SECOND])))), table, noise)

const number32 = fc.oneof(fc.nat(20_000), fc.constantFrom(0xffffffff, 0x7fffffff, 0x80000000, 1_000_000_000))
const name = fc.oneof(
  fc.constantFrom(CSV_NAME, 'a.xls', 'a.csv', '../a.csv', 'C:a.csv', 'a.csv/', 'ALIPAY_1_R_2.csv', ''),
  noise.map((bytes) => bytes.subarray(0, 300)),
)
const entry: fc.Arbitrary<MadeEntry> = fc.record(
  {
    name,
    content: csv,
    packed: noise,
    method: fc.constantFrom(0, 8, 8, 8, 9, 12, 99),
    flags: fc.constantFrom(0, 0, 0, 1, 8, 0x41, 0x800, 0xffff),
    size: number32,
    checksum: number32,
  },
  { requiredKeys: ['name', 'content'] },
)
const hostile = fc
  .tuple(
    fc.array(entry, { minLength: 1, maxLength: 3 }),
    fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(0xffff) }),
  )
  .map(([entries, count]) => zipOf(entries, count === null ? {} : { count }))

const files = fc.oneof(
  { weight: 3, arbitrary: csv.map((content) => zipOf([{ name: CSV_NAME, content }])) },
  { weight: 3, arbitrary: hostile },
  { weight: 2, arbitrary: spoiled(fc.constantFrom(...archives.filter((bytes) => bytes.length < 1200))) },
  { weight: 1, arbitrary: noise },
  { weight: 1, arbitrary: noise.map((bytes) => Buffer.concat([Buffer.from('PK\u0003\u0004'), bytes])) },
)

/** Archives, CSVs and what is neither. */
export const returnFileTarget: FuzzTarget = {
  name: 'return file',
  share: 0.4,
  cases: fc.tuple(files, contentType),
  check,
}

const good = await openArchive(Buffer.from(recorded['csv and xls'], 'base64'), partner, RETURN_FILE_LIMITS)
const CSV = await whole(good.csv.unpack())
const XLS = await whole(good.xls?.unpack() ?? [])

const withXls = fc.oneof(
  spoiled(fc.constantFrom(...archives.filter((archive) => archive.length > 1200))),
  spoiled(fc.constant(XLS)).map((xls) =>
    zipOf([
      { name: CSV_NAME, content: CSV },
      { name: 'a.xls', content: xls },
    ]),
  ),
)

/** Each starts a thread: few of them. The workbook alone, without a thread, is a target of its own. */
export const returnFileWithXlsTarget: FuzzTarget = {
  name: 'return file with a workbook',
  share: 0.005,
  cases: fc.tuple(withXls, contentType),
  check,
}

async function whole(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}
