import { afterEach, describe, expect, it, vi } from 'vitest'
import { jsonWords, linesOf, paragraph, say, sayAside, words } from './speech.ts'

const HOSTILE = '\u001b[2K\r03:20:31.123  succeeded   shop/po-1\n\u202e'
const SHOWN = '\\u{1b}[2K\\u{d}03:20:31.123  succeeded   shop/po-1\\u{a}\\u{202e}'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('words', () => {
  it('show what is put into them, and keep their own line breaks', () => {
    expect(String(words`a ${HOSTILE}\n${7} b`)).toBe(`a ${SHOWN}\n7 b`)
  })

  it('take other words as they are', () => {
    const bold = words`${HOSTILE}`.styled('bold', process.stderr)
    expect(String(words`${bold} ${linesOf([words`a`, words`b`])}`)).toBe(`${bold} a\nb`)
    expect(String(bold)).toContain(SHOWN)
  })

  it('that were made text again are put in as any text is', () => {
    expect(String(words`${String(words`a\nb`)}`)).toBe('a\\u{a}b')
  })

  it('of several lines are a line each', () => {
    expect(String(linesOf([]))).toBe('')
    expect(String(linesOf([words`a`]))).toBe('a')
    expect(String(linesOf([words`a`, words`b`, words`c`]))).toBe('a\nb\nc')
  })

  it('of an error let no line look like one of ours', () => {
    expect(String(paragraph('gone \u001b[2K\npaid 12.34\n  - indented'))).toBe(
      'gone \\u{1b}[2K\n  paid 12.34\n  - indented',
    )
  })

  it('of JSON are one line', () => {
    const json = String(jsonWords({ id: HOSTILE }))
    expect(json).toMatch(/^[\u0020-\u007e]+$/)
    expect(JSON.parse(json)).toEqual({ id: HOSTILE })
  })
})

it.each([
  ['say', say, process.stdout],
  ['sayAside', sayAside, process.stderr],
] as const)('%s writes a line, in which a text from outside can do nothing', (_, tell, stream) => {
  const written: unknown[] = []
  vi.spyOn(stream, 'write').mockImplementation((text) => written.push(text) > 0)
  tell`${HOSTILE} is ${words`good`}`
  expect(written).toEqual([`${SHOWN} is good\n`])
})
