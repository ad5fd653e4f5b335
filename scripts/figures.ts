/**
 * Prints how the source of a repository is laid out, as a table: `node scripts/figures.ts [FOLDER]`. It counts the
 * production code that git has there: no tests, fixtures and generated files. Run it on two trees to compare them.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { filesNamed, importsOf } from './docs/source-imports.ts'

const folder = process.argv[2] ?? dirname(import.meta.dirname)

/** A git command in the repository, as its lines. */
function git(...args: string[]): string[] {
  const text = execFileSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 })
  return text.split('\n').filter((line) => line !== '')
}

const files = git('ls-files', 'packages', 'services')
  .filter((path) => path.includes('/src/') && path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .filter((path) => !/\.test\.ts$|\/(?:testing|generated)\/|-fixture\.ts$|fixture-keys\.ts$/.test(path))
  .filter((path) => existsSync(join(folder, path)))
  .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }))

const lines = files.map(({ text }) => text.split('\n').length - 1)
const folders = [...Map.groupBy(files, ({ path }) => dirname(path)).entries()].map(([path, all]) => ({
  path,
  count: all.length,
}))
const exported = files.map(({ text }) => (text.match(/^export (?!\*)/gm) ?? []).length)
const comments = files.reduce((sum, { text }) => sum + commentLines(text), 0)
const subjects = git('log', '--format=%s')
const bodies = git('log', '--format=%H%x09%(trailers:only=no)%b%x00').join('\n').split('\0')
const withBody = bodies.filter((entry) => (entry.split('\t')[1] ?? '').trim() !== '').length

const importers = importersOf()
const single = files.filter(({ path }) => {
  const all = importers.get(path) ?? new Set()
  const [only = ''] = all
  return all.size === 1 && dirname(only) === dirname(path)
})
const short = single.filter(({ text }) => text.split('\n').length - 1 <= 60)
const counts = folders.map(({ count }) => count)
const subjectLengths = subjects.map((subject) => subject.length)
const fullest = folders.toSorted((a, b) => b.count - a.count)[0]

const rows: [string, string][] = [
  ['production files', String(files.length)],
  ['lines a file: median / p90 / largest', `${at(lines, 0.5)} / ${at(lines, 0.9)} / ${at(lines, 1)}`],
  ['folders', String(folders.length)],
  ['files a folder: median / most', `${median(counts)} / ${fullest?.count ?? 0} (${fullest?.path ?? ''})`],
  ['folders with more than 15 files', String(folders.filter(({ count }) => count > 15).length)],
  ['exports a file, median', String(median(exported))],
  ['comment lines', `${Math.round((100 * comments) / lines.reduce((sum, count) => sum + count, 0))} %`],
  ['files with one importer, beside them', `${single.length}, ${short.length} of them up to 60 lines`],
  ['commit subject: median / p90', `${at(subjectLengths, 0.5)} / ${at(subjectLengths, 0.9)}`],
  ['commits with a body', `${withBody} of ${subjects.length}`],
]

const width = Math.max(...rows.map(([name]) => name.length))
for (const [name, value] of rows) process.stdout.write(`| ${name.padEnd(width)} | ${value} |\n`)

/** The value at a share of the sorted values: 0.9 is the ninetieth percentile. */
function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return Number.isInteger(half) ? ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2 : (sorted[Math.floor(half)] ?? 0)
}

function commentLines(text: string): number {
  return text.split('\n').filter((line) => /^\s*(?:\/\/|\/\*|\*)/.test(line)).length
}

/** Who imports each file: by a relative path, or by the name of its workspace. */
function importersOf(): Map<string, Set<string>> {
  const known = new Set(files.map(({ path }) => path))
  const found = new Map<string, Set<string>>()
  for (const { path, text } of files) {
    for (const specifier of importsOf(text)) {
      const target = filesNamed(specifier, path).find((file) => known.has(file))
      if (target === undefined) continue
      found.set(target, (found.get(target) ?? new Set()).add(path))
    }
  }
  return found
}
