/** What code, tests and pages cite is there to be read: clauses of docs/safety.md, and rules of the interface documents. */
import { dirname, join } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import catalogue from '../../scripts/rules.json' with { type: 'json' }
import { repository, type SourceFile } from './repository.ts'

const SAFETY = 'docs/safety.md'
const CLAUSE = /\bS\d(?:\.\d+)?\b/g
const RULE = /\b(?:MAPI|BTN|RFD|SGN|UNS)-\d+\b/g

/** All but the samples below. */
const files = repository().filter(
  ({ path }) => /^(?:packages|services|test|scripts|docs)\//.test(path) && path !== 'test/tidy/clauses.test.ts',
)
const safety = textOf(SAFETY)

/** Where each id is cited, by id. */
function citationsIn(sources: readonly SourceFile[], pattern: RegExp): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { path, text } of sources) {
    for (const [id] of text.matchAll(pattern)) found.set(id, [...(found.get(id) ?? []), path])
  }
  return found
}

/** The clauses that have a heading of their own. */
function clausesOf(page: string): Set<string> {
  return new Set([...page.matchAll(/^#+ (S\d(?:\.\d+)?) /gm)].map(([, id = '']) => id))
}

/** The part of the page that is about each clause. */
function sectionsOf(page: string): { id: string; text: string }[] {
  return page.split(/^(?=#+ )/m).flatMap((text) => [...clausesOf(text)].map((id) => ({ id, text })))
}

/** The files of the repository to which a part of the page leads. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\((\.\.\/[^)#]+\.ts)\)/g)].map(([, link = '']) => join(dirname(SAFETY), link))
}

function cites(path: string, id: string): boolean {
  return citationsIn([{ path, text: textOf(path) }], CLAUSE).has(id)
}

/** Ids that are cited and that nobody can look up, each with the files that cite it. */
function unknownIds(cited: ReadonlyMap<string, string[]>, known: ReadonlySet<string>): string[] {
  return [...cited].filter(([id]) => !known.has(id)).map(([id, paths]) => `${id}: ${[...new Set(paths)].join(', ')}`)
}

/** Clauses that none of the files cites: what no test holds, nobody misses. */
function idleClauses(page: string, sources: readonly SourceFile[]): string[] {
  const cited = citationsIn(sources, CLAUSE)
  return [...clausesOf(page)].filter((id) => !cited.has(id))
}

/** Titles of tests that the page quotes, as `"title" ([file](path))`, and that the file does not have. */
function lostTitles(page: string, read: (path: string) => string): string[] {
  const words = page.replace(/\s+/g, ' ')
  const quotes = /((?:"[^"]+" and )*"[^"]+") \(\[[^\]]+\]\(([^)]+\.test\.ts|[^)]+\/contract\.ts)\)/g
  return [...words.matchAll(quotes)].flatMap(([, titles = '', link = '']) => {
    const path = join(dirname(SAFETY), link)
    const text = read(path).replaceAll("\\'", "'")
    return [...titles.matchAll(/"([^"]+)"/g)]
      .map(([, title = '']) => title)
      .filter((title) => !text.includes(title))
      .map((title) => `${path} has no test "${title}"`)
  })
}

function textOf(path: string): string {
  const file = files.find((one) => one.path === path)
  if (file === undefined) throw new RangeError(`there is no ${path}`)
  return file.text
}

describe('clauses of docs/safety.md', () => {
  it('each that is cited has a heading there', () => {
    expect(unknownIds(citationsIn(files, CLAUSE), clausesOf(safety))).toEqual([])
  })

  it('each is cited by a test', () => {
    const tests = files.filter(({ path }) => /\.test\.ts$|^test\//.test(path))
    expect(idleClauses(safety, tests)).toEqual([])
  })

  it('each says what goes wrong without it, where it stands, and which test proves it', () => {
    const sections = sectionsOf(safety)
    expect(sections).toHaveLength(clausesOf(safety).size)
    const parts = ['\n- Without it: ', '\n- Code: ', '\n- Test: ']
    expect(sections.filter(({ text }) => !parts.every((part) => text.includes(part)))).toEqual([])
  })

  it('each leads to a file that cites it', () => {
    const lost = sectionsOf(safety).filter(({ id, text }) => !linksOf(text).some((path) => cites(path, id)))
    expect(lost.map(({ id }) => id)).toEqual([])
  })

  it('quotes tests by their titles', () => {
    expect(lostTitles(safety, textOf)).toEqual([])
  })

  it('quotes every test of a layer', () => {
    const titles = [...textOf('test/faults/layers.test.ts').matchAll(/^ {2}it\('(S\d[^']*)'/gm)]
    expect(titles).toHaveLength(8)
    const words = safety.replace(/\s+/g, ' ')
    expect(titles.map(([, title = '']) => title).filter((title) => !words.includes(`"${title}"`))).toEqual([])
  })

  it('finds a clause that is not there, one that nobody cites, and a title that was changed', () => {
    const page = '### S4 Identities\n\n### S4.1 Serials\n\n"S4: is derived" ([a.test.ts](../test/a.test.ts))\n'
    const sources = [{ path: 'test/a.test.ts', text: "it('S4: comes from what it stands for') // S4.7" }]
    expect(unknownIds(citationsIn(sources, CLAUSE), clausesOf(page))).toEqual(['S4.7: test/a.test.ts'])
    expect(idleClauses(page, sources)).toEqual(['S4.1'])
    expect(lostTitles(page, () => sources[0]?.text ?? '')).toEqual(['test/a.test.ts has no test "S4: is derived"'])
  })
})

describe('rules of the interface documents', () => {
  const rules = new Set(catalogue.interfaces.flatMap((one) => one.rules.map(({ id }) => id)))

  it('each that is cited is in scripts/rules.json, which docs/conformance.md shows', () => {
    expect(unknownIds(citationsIn(files, RULE), rules)).toEqual([])
    const page = textOf('docs/conformance.md')
    expect([...rules].filter((id) => !page.includes(`\n### ${id}\n`))).toEqual([])
  })

  it('finds a rule that is not there', () => {
    const sources = [{ path: 'packages/mapi/src/x.ts', text: '/** As BTN-1 and BTN-99 have it. */' }]
    expect(unknownIds(citationsIn(sources, RULE), rules)).toEqual(['BTN-99: packages/mapi/src/x.ts'])
  })
})
