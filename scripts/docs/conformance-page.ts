import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import catalogue from '../rules.json' with { type: 'json' }
import { readableTitles } from './test-titles.ts'

interface Rule {
  readonly id: string
  readonly text: string
  readonly operator?: boolean
}

/** A title as a person reads it: see test-titles.ts for those of `it.each`. */
interface TestTitle {
  readonly file: string
  readonly title: string
}

/** docs/conformance.md: each rule of the interfaces, and the tests that would fail without it. */
export function conformancePage(root: string): string {
  const tests = testsByRule(root)
  const sections = catalogue.interfaces.map(({ prefix, title, rules }) => {
    const body = rules.map((rule) => ruleText(rule, tests.get(rule.id) ?? [], root)).join('\n\n')
    return `## ${title} (${prefix})\n\n${body}`
  })
  return `# Conformance

Every rule of [Alipay's documents](alipay-documents.md), and the tests that name it. Each of these tests fails without
the rule. A rule that only a person or the contract can keep is marked **operator** and links to the operations guide.
"…" in a title stands for the cases of a table.

${sections.join('\n\n')}
`
}

/** The rules that nothing proves: no test names it, and for an operator's rule no page does. */
export function unprovenRules(root: string): string[] {
  const tests = testsByRule(root)
  return catalogue.interfaces
    .flatMap(({ rules }) => rules as readonly Rule[])
    .filter(({ id, operator }) => (operator ? headingOf(id, root) === undefined : !tests.has(id)))
    .map(({ id }) => id)
}

function ruleText({ id, text, operator }: Rule, tests: readonly TestTitle[], root: string): string {
  const heading = operator ? headingOf(id, root) : undefined
  const told = heading === undefined ? [] : [`- operations guide: [${heading}](operations.md#${anchor(heading)})`]
  const byFile = [...Map.groupBy(tests, ({ file }) => file)].map(
    ([file, list]) => `- [${file}](../${file})\n${list.map(({ title }) => `  - ${title}`).join('\n')}`,
  )
  const proofs = [...told, ...byFile]
  return `### ${id}\n\n${operator ? '**operator** ' : ''}${text}\n\n${proofs.length > 0 ? proofs.join('\n') : 'No test names it yet.'}`
}

/** The heading of the paragraph of the operations guide that names the rule. */
function headingOf(id: string, root: string): string | undefined {
  let heading: string | undefined
  for (const line of linesOf(join(root, 'docs', 'operations.md'))) {
    if (/^#+ /.test(line)) heading = line.replace(/^#+ /, '')
    if (new RegExp(`\\b${id}\\b`).test(line)) return heading
  }
  return undefined
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

const ID = '(?:MAPI|BTN|RFD|SGN|UNS)-\\d+'
/** A string that begins with ids and a colon: `'BTN-10: …'`, `'MAPI-19: BTN-9: …'`, `'MAPI-3, MAPI-9: …'`. */
const TITLE = new RegExp(`(['"\`])((?:${ID}(?:\\s*[,/&+]\\s*${ID})*:\\s*)+)((?:\\\\.|(?!\\1).)*)\\1`, 'g')

function testsByRule(root: string): Map<string, TestTitle[]> {
  const tests = new Map<string, TestTitle[]>()
  const files = globSync(['packages/*/src/**/*.test.ts', 'services/*/src/**/*.test.ts', 'test/**/*.test.ts'], {
    cwd: root,
  })
  for (const file of files.map((name) => name.replaceAll('\\', '/')).sort()) {
    const source = readFileSync(join(root, file), 'utf8')
    for (const { 2: ids = '', 3: words = '', index } of source.matchAll(TITLE)) {
      const titles = readableTitles(source, index, words.replace(/\\(.)/g, '$1'))
      for (const [id] of ids.matchAll(new RegExp(ID, 'g'))) {
        const list = tests.get(id) ?? []
        const fresh = titles.filter((title) => !list.some((known) => known.file === file && known.title === title))
        tests.set(id, [...list, ...fresh.map((title) => ({ file, title }))])
      }
    }
  }
  return tests
}
