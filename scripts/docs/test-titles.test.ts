import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readableTitles } from './test-titles.ts'

/** The titles of the test that a source ends with. */
function titlesOf(source: string): string[] {
  const [, title = ''] = /\('([^']*)', f\)$/.exec(source) ?? []
  return readableTitles(source, source.lastIndexOf(`'${title}'`), title)
}

/** Lines of a page that show a placeholder of a test's title. */
function rawTitles(page: string): string[] {
  return page.split('\n').filter((line) => /^ {2}- .*(?:%[sdifjoOc]|\$\{|\$[A-Za-z_])/.test(line))
}

describe('titles of tests', () => {
  it.each([
    ["it('signs', f)", ['signs']],
    ["it.each(['a', `b`])('takes %s', f)", ['takes a', 'takes b']],
    ["it.each(['a'] as const)('takes %j', f)", ['takes "a"']],
    [
      "it.each([[2, ['x'], 'c'], // one\n [3, f(',', [1]), 'd']])('%i gives %j: %s', f)",
      ['2 gives …: c', '3 gives …: d'],
    ],
    ["it.each([{ name: 'a', of: g({}) }, { name: 'b' }])('is $name', f)", ['is a', 'is b']],
    ["const CASES: string[] = ['a']\nit.each(CASES)('takes %s', f)", ['takes a']],
    ["it.each([1, 2, 3, 4, 5])('takes %d', f)", ['takes 1', 'takes 2', 'takes 3', 'and 2 more of this kind']],
  ])('the cases of %j are spelled', (source, titles) => {
    expect(titlesOf(source)).toEqual(titles)
  })

  it.each([
    ["it.each(CASES.filter(good))('takes %s', f)", 'takes …'],
    ["it.each([...CASES, 'a'])('takes %s', f)", 'takes …'],
    ["it.each([/[,]/, 'a'])('takes %s', f)", 'takes …'],
    ["it.each(['a|b'])('takes %s', f)", 'takes …'],
    ["it.each(['a\\u0000'])('takes %s', f)", 'takes …'],
    ["it.each(CASES)('%s', f)", 'each case of a table'],
    [`it('of $\{kind({ a: 1 })} is $code', f)`, 'of … is …'],
  ])('what %j does not spell is "…"', (source, title) => {
    expect(titlesOf(source)).toEqual([title])
  })

  it('docs/conformance.md shows no placeholder', () => {
    expect(rawTitles(`  - takes %s\n  - is $code\n  - is $\{code}\n  - keeps 100%`)).toHaveLength(3)
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'conformance.md'), 'utf8')
    expect(rawTitles(page)).toEqual([])
  })
})
