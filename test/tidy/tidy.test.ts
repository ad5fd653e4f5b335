import { basename, dirname } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { importsOf } from '../../scripts/docs/source-imports.ts'
import { faultsOf, houseRules } from './house-rules.ts'
import { manifest, packageOf, repository } from './repository.ts'

/** All but the samples of what the rules forbid. */
const files = repository().filter(({ path }) => path !== 'test/tidy/house-rules.ts')
const sources = files.filter(({ path }) => /^(packages|services|scripts|test)\/.*\.(ts|mjs)$/.test(path))

/** Files that may be longer, and why. */
const LONGER: Readonly<Record<string, string>> = {
  'packages/schemas/src/generated/records.ts': 'generated from the .avsc files',
  'test/contract/event-log/contract.ts': 'one suite, handed to each implementation of the port',
}

const MOST_FILES = 15

/** Folders of packages and services with more files than a person takes in at a look; tests and fixtures apart. */
function fullFolders(paths: readonly string[]): string[] {
  const counted = paths.filter(
    (path) => /^(?:packages|services)\/[^/]+\/src\/.*\.ts$/.test(path) && !/\.(?:test|d)\.ts$|\/testing\//.test(path),
  )
  return [...Map.groupBy(counted, (path) => dirname(path))]
    .filter(([, all]) => all.length > MOST_FILES)
    .map(([folder, all]) => `${folder}: ${all.length}`)
}

describe('house rules', () => {
  it.each(houseRules.map((rule) => [rule.name, rule] as const))('%s', (_, rule) => {
    expect(files.flatMap((file) => faultsOf(rule, file))).toEqual([])
  })

  it.each(houseRules.map((rule) => [rule.name, rule] as const))('finds what breaks it: %s', (_, rule) => {
    expect(faultsOf(rule, rule.sample)).toEqual([expect.stringContaining(`${rule.sample.path}:1: `)])
  })

  it('a file has at most 400 lines', () => {
    const long = sources.filter(({ text }) => text.split('\n').length - 1 > 400)
    expect(long.map(({ path }) => path).sort()).toEqual(Object.keys(LONGER).sort())
  })

  it('a folder of production code has at most 15 files beside its subfolders', () => {
    expect(fullFolders(files.map(({ path }) => path))).toEqual([])
  })

  it('finds a folder that is too full', () => {
    const paths = Array.from({ length: 16 }, (_, at) => `services/signer/src/payout/f${at}.ts`)
    expect(fullFolders([...paths, 'services/signer/src/payout/f.test.ts'])).toEqual(['services/signer/src/payout: 16'])
    expect(fullFolders([...paths.slice(1), 'services/signer/src/payout/deep/f.ts'])).toEqual([])
  })

  it('a workspace imports only what its package.json names', () => {
    const shared = Object.keys(manifest('package.json').devDependencies ?? {})
    const faults = sources.flatMap(({ path, text }) => {
      const [folder, name] = path.split('/')
      if (folder !== 'packages' && folder !== 'services') return []
      const { name: own, dependencies = {}, devDependencies = {} } = manifest(`${folder}/${name}/package.json`)
      const isTest = /\.test\.ts$|\/testing\//.test(path)
      const declared = new Set([
        own,
        ...Object.keys(dependencies),
        ...Object.keys(devDependencies),
        ...(isTest ? shared : []),
      ])
      return importsOf(text)
        .map(packageOf)
        .filter((used) => used !== undefined && !declared.has(used))
        .map((used) => `${path}: ${used}`)
    })
    expect(faults).toEqual([])
  })

  it('every file of a workspace is used by another, or started', () => {
    // Commands, services and what tests start as processes are named by their path or their file in a string.
    const mentions = new Set(
      files.flatMap(({ text }) => [...text.matchAll(/([\w.-]+)\.(?:ts|mjs)\b/g)].map(([name]) => name)),
    )
    const imported = new Set(
      sources.flatMap(({ text }) => importsOf(text).map((specifier) => basename(specifier).replace(/\.ts$/, ''))),
    )
    const dead = sources
      .map(({ path }) => path)
      .filter((path) => !/\.(test|cluster|d)\.ts$|\/mains\//.test(path))
      .filter((path) => !mentions.has(basename(path)) && !imported.has(basename(path, '.ts')))
    expect(dead).toEqual([])
  })

  it('commands that a text names are scripts of package.json', () => {
    const unknown = files
      .filter(({ path }) => !path.startsWith('test/tidy/'))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/\bnpm run ([a-z][\w:-]*)(?: -w ([\w/-]+))?/g)]
          .filter(([, script = '', workspace]) => {
            const { scripts = {} } = manifest(workspace === undefined ? 'package.json' : `${workspace}/package.json`)
            return !(script in scripts)
          })
          .map(([found]) => `${path}: ${found}`),
      )
    expect(unknown).toEqual([])
  })
})
