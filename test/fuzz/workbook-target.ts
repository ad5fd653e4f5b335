import assert from 'node:assert/strict'
import {
  BEGIN,
  END_OF_PART,
  record,
  sharedTexts,
  textCell,
  u16,
  u32,
  workbookOf,
} from '@payout/mapi/return-file/testing/biff'
import { XlsFault } from '@payout/mapi/return-file/xls/compound-file'
import { readWorkbook } from '@payout/mapi/return-file/xls/workbook'
import fc from 'fast-check'
import recorded from '../../packages/mapi/src/return-file/testing/workbooks.json' with { type: 'json' }
import { noise, spoiled } from './mutation.ts'
import type { FuzzTarget } from './target.ts'

const workbooks = [recorded.poi, recorded.jxl].map((base64) => Buffer.from(base64, 'base64'))
const KINDS = [0x06, 0x0a, 0x22, 0x2f, 0x3c, 0x85, 0xbd, 0xd6, 0xfc, 0xfd, 0x203, 0x204, 0x205, 0x207, 0x27e, 0x809]

const anyRecord = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...KINDS),
      noise.map((bytes) => bytes.subarray(0, 60)),
    )
    .map(([kind, data]) => record(kind, data)),
  fc.tuple(fc.nat(300), fc.nat(300), fc.nat(3)).map(([row, column, text]) => textCell(row, column, text)),
  fc
    .tuple(fc.nat(0xffff), fc.nat(40_000))
    .map(([count, characters]) => record(0xfc, u32(count, count), u16(characters))),
  fc.constantFrom(BEGIN, END_OF_PART, sharedTexts(['a', '退票'])),
)
const records = fc.array(anyRecord, { maxLength: 12 })
const files = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.tuple(records, records, records).map(([globals, ...sheets]) => workbookOf(globals, ...sheets)),
  },
  { weight: 1, arbitrary: spoiled(fc.constantFrom(...workbooks)) },
)

/** Gives rows of texts and numbers, or throws one of the two errors that it declares. */
function check(bytes: Buffer): void {
  try {
    for (const sheet of readWorkbook(bytes).sheets) {
      for (const row of sheet) assert.ok(row.length <= 256)
    }
  } catch (error) {
    assert.ok(error instanceof XlsFault || error instanceof RangeError, `${error}`)
  }
}

/** Workbooks, in this thread. */
export const workbookTarget: FuzzTarget = {
  name: 'workbook',
  share: 0.095,
  cases: fc.tuple(files, fc.constant(undefined)),
  check,
}
