import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logTail, readableLogLine } from './log-tail.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-tail-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the end of a log', () => {
  it('gives the last lines, without empty ones', () => {
    const file = join(folder, 'short.log')
    writeFileSync(file, 'one\n\ntwo\nthree\n')
    expect(logTail(file, 2)).toEqual(['two', 'three'])
    expect(logTail(file, 9)).toEqual(['one', 'two', 'three'])
  })

  it('never gives a piece of a line of a long log', () => {
    const file = join(folder, 'long.log')
    writeFileSync(file, `${'x'.repeat(20_000)}\nlast\n`)
    expect(logTail(file, 9)).toEqual(['last'])
  })

  it("leaves Node's own frames of a stack out", () => {
    const file = join(folder, 'stack.log')
    const frames = [
      '    at work (file:///a.ts:1:2)',
      '    at #translate (node:internal/modules/esm/loader:438:20)',
      '    at node:internal/main:1:1',
    ]
    writeFileSync(file, ['Error: gone wrong', ...frames, ''].join('\n'))
    expect(logTail(file, 9)).toEqual(['Error: gone wrong', '    at work (file:///a.ts:1:2)'])
  })

  it('is printable: a line stays one line, and rubs nothing out', () => {
    const file = join(folder, 'hostile.log')
    const entry = { level: 'error', msg: 'refused \u001b[2K\rpaid', err: { message: 'two\nlines \u202eabc' } }
    writeFileSync(file, `${JSON.stringify(entry)}\nplain \u009b2K words\n`)
    expect(logTail(file, 9)).toEqual([
      'ERROR refused \\u{1b}[2K\\u{d}paid (two\\u{a}lines \\u{202e}abc)',
      'plain \\u{9b}2K words',
    ])
  })

  it('is empty where there is no log', () => {
    expect(logTail(join(folder, 'none.log'), 3)).toEqual([])
  })

  it("makes a line of a service's log readable", () => {
    const entry = {
      level: 'error',
      time: '2026-11-21T03:20:31.123Z',
      msg: 'stopped',
      err: { message: 'no Redis', code: 'REDIS_AWAY' },
    }
    expect(readableLogLine(JSON.stringify(entry))).toBe('03:20:31.123 ERROR stopped (no Redis [REDIS_AWAY])')
    expect(readableLogLine('{"level":"info","time":"2026-11-21T03:20:31.123Z","msg":"ready"}')).toBe(
      '03:20:31.123 INFO ready',
    )
  })

  it.each(['plain words', '{"broken":', '{"no":"message"}'])('leaves %s as it is', (line) => {
    expect(readableLogLine(line)).toBe(line)
  })
})
