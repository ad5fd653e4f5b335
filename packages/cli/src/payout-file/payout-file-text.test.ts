import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { UsageError } from '../terminal/errors.ts'
import { payoutFileText } from './payout-file-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'payout-file-'))
afterAll(() => rmSync(folder, { recursive: true }))
const TEXT = 'id,to,name,amount\npo-1,ok@example.com,张三,1.00\n'
const GBK = Buffer.concat([
  Buffer.from('id,to,name,amount\npo-1,ok@example.com,'),
  Buffer.from('d5c5c8fd', 'hex'),
  Buffer.from(',1.00\n'),
])

function written(encoding: 'utf8' | 'utf16le' | 'gbk'): string {
  const path = join(folder, `${encoding}.csv`)
  writeFileSync(path, encoding === 'gbk' ? GBK : Buffer.from(TEXT, encoding))
  return path
}

describe('a file of payouts', () => {
  it.each([
    ['utf8', undefined],
    ['utf8', 'utf-8'],
    ['utf8', 'UTF8'],
    ['gbk', 'gbk'],
    ['gbk', 'GB18030'],
    ['gbk', 'gb2312'],
    ['gbk', 'cp936'],
  ] as const)('in %s with --encoding %s is read', (encoding, stated) => {
    expect(payoutFileText(written(encoding), stated)).toBe(TEXT)
  })

  it.each([
    ['utf8', 'gbk', 'it is UTF-8, not GBK as was said'],
    ['utf8', 'gb2312', 'it is UTF-8, not GBK as was said'],
    ['gbk', undefined, 'say --encoding gbk'],
    ['utf16le', 'gbk', 'it is UTF-16'],
    ['utf8', 'big5', '--encoding must be utf-8 or gbk, not big5'],
  ] as const)('in %s with --encoding %s is refused: %s', (encoding, stated, words) => {
    expect(() => payoutFileText(written(encoding), stated)).toThrow(UsageError)
    expect(() => payoutFileText(written(encoding), stated)).toThrow(words)
  })

  it('that is not there is named', () => {
    expect(() => payoutFileText(join(folder, 'none.csv'), undefined)).toThrow(/none\.csv can't be read/)
  })
})
