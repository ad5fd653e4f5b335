/** A link that is named after a file leads to a file of that name: who moves one renames it in the pages, too. */
import { basename } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { repository, type SourceFile } from './repository.ts'

const NAMED = /\[`?([\w.-]+\.(?:ts|mjs|md|json|avsc|xml|py))`?\]\(([^)#\s]+)\)/g

function misnamedLinks({ path, text }: SourceFile): string[] {
  return [...text.matchAll(NAMED)]
    .filter(([, name, link = '']) => basename(link) !== name)
    .map(([link]) => `${path}: ${link}`)
}

describe('links of pages', () => {
  it('are named after the file to which they lead', () => {
    const pages = repository().filter(({ path }) => path.endsWith('.md'))
    expect(pages.flatMap(misnamedLinks)).toEqual([])
  })

  it('finds one with the name that its file had before', () => {
    const text = 'See [fen.ts](../src/fen.ts) and [`yuan.ts`](../src/fen.ts), [money](../src/fen.ts).'
    expect(misnamedLinks({ path: 'docs/x.md', text })).toEqual(['docs/x.md: [`yuan.ts`](../src/fen.ts)'])
  })
})
