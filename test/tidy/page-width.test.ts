/** Pages are read in a terminal and compared in a review: their prose keeps to 120 columns. */
import { describe, expect, it } from 'vitest'
import { repository, type SourceFile } from './repository.ts'

const COLUMNS = 120
/** Their words come from the sources, a line for each. */
const GENERATED = new Set(['configuration', 'conformance', 'errors', 'metrics'].map((name) => `docs/${name}.md`))

/** Lines of prose that are too long: none of tables and fenced blocks, and none that is one address or one command. */
function wideLines({ path, text }: SourceFile): string[] {
  let fenced = false
  return text.split('\n').flatMap((line, at) => {
    if (line.trimStart().startsWith('```')) fenced = !fenced
    if (fenced || line.startsWith('|') || line.length <= COLUMNS) return []
    const words = line
      .trim()
      .replace(/^(?:[-*]|\d+\.) /, '')
      .replace(/`[^`]*`/g, '``')
    return words.includes(' ') ? [`${path}:${at + 1}: ${line.length} columns`] : []
  })
}

describe('prose of pages', () => {
  it('has at most 120 columns', () => {
    const pages = repository().filter(({ path }) => path.endsWith('.md') && !GENERATED.has(path))
    expect(pages.flatMap(wideLines)).toEqual([])
  })

  it('finds a line that is too long', () => {
    const long = 'word '.repeat(30)
    const text = `${long}\n| ${long} |\n\`\`\`\n${long}\n\`\`\`\n- [a](${'x'.repeat(130)})\n  \`${long}\`\n`
    expect(wideLines({ path: 'docs/x.md', text })).toEqual(['docs/x.md:1: 150 columns'])
  })
})
