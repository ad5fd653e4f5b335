import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conformancePage, unprovenRules } from './conformance-page.ts'
import { ERROR_SECTIONS } from './error-notes.ts'
import { codesInSources } from './errors-page.ts'
import { markdownTable } from './markdown-table.ts'

describe('generated pages', () => {
  let root: string
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'docs-'))
    const files = {
      'packages/x/src/a.test.ts': `it('BTN-${2}: it\\'s | so', f); it.each(t)(\`MAPI-${19}: BTN-${9}: %s\`, f); it('no BTN-${3} here', f)`,
      'packages/x/src/b.ts': `super(\n  'X_ONE', m); new PipelineError('X_TWO', m); const not = 'X_THREE'`,
      'packages/x/src/c.ts': `export type XErrorCode =\n  | 'X_FOUR'\n`,
      'packages/x/src/b.test.ts': `new XError('X_FIVE', m)`,
      'docs/operations.md': '# Guide\n\n## Going live: accounts\n\nExchange them (MAPI-15).\n\n## After\n',
    }
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true })
      writeFileSync(join(root, name), text)
    }
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('a cell of a table keeps to its cell', () => {
    expect(markdownTable(['a'], [['1|2\n3']])).toBe('| a |\n| --- |\n| 1\\|2 3 |')
  })

  it('a rule is proven by a title that begins with it, an operator’s by the operations guide', () => {
    const unproven = unprovenRules(root)
    for (const id of ['BTN-2', 'BTN-9', 'MAPI-19', 'MAPI-15']) expect(unproven).not.toContain(id)
    expect(unproven).toContain('BTN-3')
    const page = conformancePage(root)
    expect(page).toContain("  - it's | so\n")
    expect(page).toContain('- operations guide: [Going live: accounts](operations.md#going-live-accounts)\n')
    expect(page.match(/ {2}- each case of a table\n/g)).toHaveLength(2)
  })

  it('finds the codes that are thrown or listed, and no others', () => {
    expect([...codesInSources(root).keys()].sort()).toEqual(['X_FOUR', 'X_ONE', 'X_TWO'])
  })

  it.each(['RECONCILER_STATE_MISSING', 'RECONCILER_STATE_UNREADABLE'])(
    '%s: the note says, as the error does, that a trusted Redis is not rebuilt before its marker is taken away',
    (code) => {
      const todo = ERROR_SECTIONS.map(({ notes }) => notes[code]?.todo).find((text) => text !== undefined)
      expect(todo).toMatch(/delete .*the marker and the checkpoints, then run `npm run rebuild`/)
      expect(todo).toContain('"A task waits" in docs/operations.md')
    },
  )
})
