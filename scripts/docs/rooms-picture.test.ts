import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { roomFaults, withRoomsPictures } from './rooms-picture.ts'

describe('pictures of rooms', () => {
  let root = ''
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  function withSources(files: Readonly<Record<string, string>>): void {
    root = mkdtempSync(join(tmpdir(), 'rooms-'))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true })
      writeFileSync(join(root, name), text)
    }
  }

  function arrowsOf(name: string): string[] {
    const page = withRoomsPictures(`before\n<!-- rooms of ${name} -->\nold\n<!-- /rooms -->\nafter`, root)
    expect(page).toMatch(
      /^before\n<!-- rooms of .*? -->\n\n```mermaid\nflowchart LR\n[\s\S]*```\n\n<!-- \/rooms -->\nafter$/,
    )
    return (page.match(/^ {2}room_\w+ <?--> room_\w+$/gm) ?? []).map((arrow) => arrow.replaceAll('room_', ''))
  }

  it('an arrow for what is loaded, by path or by name, and none for types, tests and what another way leads along', () => {
    withSources({
      'services/signer/src/main.ts': "import { a } from './payout/a.ts'\nimport './lane/b.ts'",
      'services/signer/src/payout/a.ts':
        "import { b, type B } from '../lane/b.ts'\nimport type { C } from '../to-sign/c.ts'",
      'services/signer/src/payout/d.ts': "import {\n  type C,\n  type D,\n} from '../to-sign/c.ts'",
      'services/signer/src/lane/b.ts': "import { e } from '../errors.ts'\nimport { u } from '@payout/schemas/units'",
      'services/signer/src/lane/b.test.ts': "import { a } from '../payout/a.ts'",
      'services/signer/src/errors.ts': '',
      'services/signer/src/to-sign/c.ts': '',
      'packages/schemas/src/units.ts': '',
    })
    expect(arrowsOf('services/signer')).toEqual(['  main_ts --> payout', '  payout --> lane'])
    expect(arrowsOf('workspaces')).toEqual(['  services_signer --> packages_schemas'])
  })

  it('one arrow with two heads for rooms that use each other', () => {
    withSources({
      'packages/mapi/src/wire/a.ts': "export { b } from '../values/b.ts'",
      'packages/mapi/src/values/b.ts': "await import('../wire/a.ts')",
    })
    expect(arrowsOf('packages/mapi')).toEqual(['  values <--> wire'])
  })

  it('no room whose name is a word of Mermaid breaks the picture', () => {
    withSources({ 'services/signer/src/main.ts': "import './call/a.ts'", 'services/signer/src/call/a.ts': '' })
    const page = withRoomsPictures('<!-- rooms of services/signer -->\n<!-- /rooms -->', root)
    expect(page).not.toMatch(/(?:^|--> ) *(?:call|end|class|click|style|subgraph)\b/m)
  })

  it('says which room has no words, and which words have no room', () => {
    withSources({ 'services/signer/src/payout/a.ts': '', 'services/signer/src/attic/b.ts': '' })
    const faults = roomFaults(root).filter((fault) => fault.includes('signer'))
    expect(faults).toContain('services/signer/src/attic: say in scripts/docs/room-words.ts what stands in this folder')
    expect(faults).toContain('scripts/docs/room-words.ts: there is no services/signer/src/to-sign')
    expect(faults.join()).not.toContain('payout')
  })

  it('refuses a block of a workspace that is not there', () => {
    withSources({ 'services/signer/src/main.ts': '' })
    expect(() => withRoomsPictures('<!-- rooms of services/teller -->\n<!-- /rooms -->', root)).toThrow(RangeError)
  })
})
