import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'

/** One production file that loads another: imports of types alone, which are erased, do not count. */
export interface Import {
  /** Paths from the root, with `/`. */
  readonly from: string
  readonly to: string
}

const SOURCES = ['packages/*/src/**/*.ts', 'services/*/src/**/*.ts']
const NO_PRODUCTION = /\.test\.ts$|\.d\.ts$|\/testing\//
const STATEMENT = /^(?:import|export)\s+(?:([^'";]*?)\s*\bfrom\s+)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/gm

/** The production files of all workspaces, as paths from the root. */
export function productionFiles(root: string): string[] {
  return globSync(SOURCES, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !NO_PRODUCTION.test(path))
    .sort()
}

/** Which production files load which others, by a relative path or by the name of a workspace. */
export function importsAmong(files: readonly string[], root: string): Import[] {
  const known = new Set(files)
  return files.flatMap((from) =>
    [...readFileSync(join(root, from), 'utf8').matchAll(STATEMENT)]
      .filter(([, names = '']) => !isOfTypes(names))
      .map(([, , named, loaded]) => filesNamed(named ?? loaded ?? '', from).find((file) => known.has(file)))
      .filter((to) => to !== undefined)
      .map((to) => ({ from, to })),
  )
}

/** `type X`, or braces in which each name is a type. */
function isOfTypes(names: string): boolean {
  if (/^type\b/.test(names)) return true
  const braced = /^\{(.*)\}$/s.exec(names)?.[1]
  if (braced === undefined) return false
  return braced.split(',').every((name) => name.trim() === '' || /^\s*type\s/.test(name))
}

/** What a TypeScript file imports, as it is written there: static, type-only, dynamic and mocked. */
export function importsOf(text: string): string[] {
  const pattern = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|\bvi\.mock\(\s*)['"]([^'"\n]+)['"]/g
  return [...text.matchAll(pattern)].map(([, specifier = '']) => specifier)
}

/**
 * The files of ours that an import may name: one for a relative path, one in each folder of workspaces for a name;
 * none for a package from elsewhere, and for Node's own.
 */
export function filesNamed(specifier: string, from: string): string[] {
  if (specifier.startsWith('.')) return [join(dirname(from), specifier)]
  const [, workspace, path] = /^@payout\/([\w-]+)\/(.+)$/.exec(specifier) ?? []
  if (workspace === undefined) return []
  return ['packages', 'services'].map((folder) => `${folder}/${workspace}/src/${path}.ts`)
}
