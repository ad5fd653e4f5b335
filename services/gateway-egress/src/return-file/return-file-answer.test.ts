import { createHash } from 'node:crypto'
import { readReturnFile } from '@payout/mapi/return-file/read-return-file'
import { type MadeEntry, zipOf } from '@payout/mapi/return-file/testing/zip'
import { payDate } from '@payout/mapi/values/china-time'
import { partnerId } from '@payout/mapi/values/partner-id'
import { Metrics } from '@payout/runtime/observability/metrics'
import { describe, expect, it } from 'vitest'
import type { GatewayReply } from '../gateway/gateway.ts'
import { egressMetricTable } from '../metrics.ts'
import { FakeEvidence } from '../testing/fake-evidence.ts'
import { broken, file } from '../testing/fake-gateway.ts'
import { returnCsv, returnFile, type TestRow } from '../testing/return-archive.ts'
import { type ReturnFileDependencies, receiveReturnFile } from './return-file-answer.ts'

const CSV = 'ALIPAY_20101223_R_2088101000922193.csv'
const rows = [
  { batchNo: 'bptb_20101220_4178', serial: '1', withdrawalSerial: '84782488' },
  { batchNo: 'bptb_20101220_4178', serial: '2', withdrawalSerial: '84782489' },
]
const good = returnFile(rows)
const csv: MadeEntry = { name: CSV, content: returnCsv(rows) }
/** Table 8-1 in GB2312, as Python's codecs write it. */
const texts = {
  failed: 'cec4bcfecfc2d4d8caa7b0dc21cec4bcfecfc2d4d8caa7b0dc21',
  notMade: 'cec4bcfec9fab3c9d2ecb3a32cc7ebc9d4baf3d4d9cad421',
}
const HTML = 'text/html;charset=gb2312'

function world(changes: Partial<ReturnFileDependencies> = {}) {
  const evidence = new FakeEvidence()
  const errors: string[] = []
  const logger = { error: (_: unknown, message?: string) => void errors.push(message ?? '') }
  const metrics = new Metrics('gateway-egress', egressMetricTable)
  const dependencies = { evidence, readFile: readReturnFile, logger, metrics, ...changes }
  const asked = { partnerId: partnerId('2088101000922193'), date: payDate('20101223') }
  return {
    evidence,
    errors,
    answer: (reply: GatewayReply) => receiveReturnFile(reply, { partner: 'shop', asked }, dependencies),
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('receiveReturnFile', () => {
  it('RFD-2: a file of which every row is right is accepted, with its sum and its rows', async () => {
    const { evidence, answer } = world()
    const { classification, file: result, text, portions } = await answer(file(good))
    expect(classification).toEqual({ outcome: 'accepted', code: null, final: true })
    expect(result).toEqual({
      fileDate: '20101223', hash: sha256(good), size: good.length, rows: 2, totalFen: 2, setAside: 0, problems: [], problemCount: 0,
    }) // biome-ignore format: one file
    expect(text).toBe(null)
    expect(portions.map(({ batchNo, rows }) => [batchNo, rows.map(({ serial }) => serial)])).toEqual([
      ['bptb_20101220_4178', ['1', '2']],
    ])
    expect([...evidence.kept.values()]).toEqual([good])
  })

  it.each([
    ['HTML where a file was due, with a text', texts.notMade, 'FILE_NOT_MADE'],
    ['the text of four causes', texts.failed, 'DOWNLOAD_FAILED'],
  ])('RFD-8: %s is refused by name, and kept', async (_what, hex, code) => {
    const body = Buffer.from(hex, 'hex')
    const { evidence, answer } = world()
    const result = await answer(file(body, HTML))
    expect(result.classification).toEqual({ outcome: 'refused', code, final: true })
    expect(result.text).toEqual(body)
    expect(result.file).toMatchObject({ hash: sha256(body), rows: null, totalFen: null })
    expect(result.portions).toEqual([])
    expect([...evidence.kept.values()]).toEqual([body])
  })

  it.each([
    ['a code of the contract', 'BIZ_PRODUCT_ILLEGAL', { outcome: 'refused', final: true }],
    ['a system error', 'SYSTEM_ERROR', { outcome: 'unknown', final: false }],
  ])('RFD-8: %s, in XML', async (_what, code, classification) => {
    const body = Buffer.from(`<?xml version="1.0"?><alipay><is_success>F</is_success><error>${code}</error></alipay>`)
    expect((await world().answer(file(body, 'text/xml'))).classification).toEqual({ code, ...classification })
  })

  it('RFD-2: HTML that says nothing known is no empty file: nobody knows, and it is asked for again', async () => {
    const { classification, file: result } = await world().answer(
      file(Buffer.from('<html><body>busy</body></html>'), HTML),
    )
    expect(classification).toMatchObject({ outcome: 'unknown', final: false })
    expect(result?.rows).toBe(null)
  })

  it('RFD-5: totals that differ refuse the file, with what is wrong, and none of its rows counts', async () => {
    const result = await world().answer(file(returnFile(rows, '0.03')))
    expect(result.classification).toEqual({ outcome: 'refused', code: 'TOTALS_DIFFER', final: true })
    expect(result.file?.problems.map(({ code }) => code)).toContain('TOTAL_AMOUNT')
    expect(result.file).toMatchObject({ rows: null, totalFen: null })
    expect(result.portions).toEqual([])
  })

  it.each<[string, Buffer, string]>([
    ['half a ZIP', good.subarray(0, good.length / 2), 'ARCHIVE_BROKEN'],
    ['a path that leaves the folder', zipOf([{ ...csv, name: `../${CSV}` }]), 'ENTRY_NAME'],
    ['a password', zipOf([{ ...csv, flags: 1 }]), 'ARCHIVE_ENCRYPTED'],
    ['no CSV', zipOf([{ ...csv, name: CSV.replace('.csv', '.xls') }]), 'CSV_MISSING'],
    ['two CSVs', zipOf([csv, { ...csv, name: 'refund.csv' }]), 'CSV_TWICE'],
    ['a bomb', zipOf([{ ...csv, content: Buffer.alloc(4 * 1024 * 1024) }]), 'ENTRY_RATIO'],
    ['another partner', zipOf([{ ...csv, name: CSV.replace('0922193', '0000000') }]), 'PARTNER_DIFFERS'],
    ['the same withdrawal twice', returnFile([...rows, ...rows]), 'ROWS_INVALID'],
  ])('RFD-3: %s is refused by name, kept, and no row of it counts', async (_what, bytes, code) => {
    const { evidence, answer } = world()
    const result = await answer(file(bytes))
    expect(result.classification).toEqual({ outcome: 'refused', code, final: true })
    expect(result.portions).toEqual([])
    expect(result.file?.problems.length).toBeGreaterThan(0)
    expect(result.file?.problemCount).toBeGreaterThan(0)
    expect([...evidence.kept.keys()]).toEqual([sha256(bytes)])
  })

  it('RFD-5: a row whose withdrawal serial can not be read is set aside by name, and the others go on', async () => {
    const [first, ...others] = rows
    const result = await world().answer(
      file(returnFile([{ ...(first ?? others[0]), withdrawalSerial: '8 4' } as TestRow, ...others])),
    )
    expect(result.classification).toEqual({ outcome: 'accepted', code: null, final: true })
    expect(result.file).toMatchObject({
      rows: 1,
      totalFen: 1,
      setAside: 1,
      problemCount: 1,
      problems: [{ code: 'ROW_WITHDRAWAL_SERIAL' }],
    })
    expect(result.portions.flatMap(({ rows: kept }) => kept.map(({ serial }) => serial))).toEqual(['2'])
  })

  it('RFD-2: an archive that says that it is HTML is refused', async () => {
    expect((await world().answer(file(good, HTML))).classification).toEqual({
      outcome: 'refused',
      code: 'FILE_TYPE_HTML',
      final: true,
    })
  })

  it('a file that is too large is refused, and what came of it is kept', async () => {
    const { evidence, answer } = world()
    const result = await answer({ kind: 'answered', status: 200, contentType: undefined, body: good, cut: true })
    expect(result.classification).toEqual({ outcome: 'refused', code: 'FILE_TOO_LARGE', final: true })
    expect(evidence.kept.size).toBe(1)
  })

  it('of another status it is no file, however large, and asked for again', async () => {
    const { answer } = world()
    const result = await answer({ kind: 'answered', status: 500, contentType: undefined, body: good, cut: true })
    expect(result.classification).toMatchObject({ outcome: 'unknown', final: false })
  })

  it.each<[string, GatewayReply, string]>([
    ['no answer', broken('TIMED_OUT'), 'TIMED_OUT'],
    ['an empty one', file(Buffer.alloc(0)), 'ANSWER_EMPTY'],
  ])('%s: nothing came, nothing is kept, and it is asked for again', async (_what, reply, code) => {
    const { evidence, answer } = world()
    expect(await answer(reply)).toEqual({
      classification: { outcome: 'unknown', code, final: false }, file: null, text: null, portions: [],
    }) // biome-ignore format: one answer
    expect(evidence.kept.size).toBe(0)
  })

  it('half an answer and another status are kept too, and asked for again', async () => {
    const { evidence, answer } = world()
    const half = good.subarray(0, 100)
    const cut = await answer({ kind: 'broken', code: 'CONNECTION_RESET', status: 200, body: half })
    expect(cut).toMatchObject({
      classification: { outcome: 'unknown', code: 'CONNECTION_RESET', final: false },
      text: null,
    })
    const page = Buffer.from('<html>502</html>')
    const wrong = await answer({ kind: 'answered', status: 502, contentType: HTML, body: page, cut: false })
    expect(wrong).toMatchObject({
      classification: { outcome: 'unknown', code: 'HTTP_STATUS', final: false },
      text: page,
    })
    expect([...evidence.kept.values()]).toEqual([half, page])
  })

  it('RFD-2: a good file that can not be kept does not count: nobody knows, and it is asked for again', async () => {
    const { evidence, errors, answer } = world()
    evidence.full = true
    const result = await answer(file(good))
    expect(result.classification).toEqual({ outcome: 'unknown', code: 'EVIDENCE_NOT_KEPT', final: false })
    expect(result.file).toMatchObject({ hash: null, size: good.length, rows: null })
    expect(result.portions).toEqual([])
    expect(errors).toEqual(['what came can not be kept as evidence: it does not count, and is asked for again'])
  })

  it('a reader that fails at it leaves the outcome unknown', async () => {
    const { errors, answer } = world({ readFile: () => Promise.reject(new Error('defect')) })
    expect((await answer(file(good))).classification).toEqual({
      outcome: 'unknown',
      code: 'RETURN_FILE_NOT_READ',
      final: false,
    })
    expect(errors.length).toBe(1)
  })
})
