import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchmarksPage, withFigures } from './benchmarks-page.ts'
import { figurePicture } from './figure-picture.ts'
import { FOLDER, type Measurement } from './measurement.ts'
import { inReadme, why } from './notes.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

/** The files that show the measurements, by their paths from the root: the page, its pictures, and README.md. */
export function pageFiles(measurements: readonly Measurement[]): ReadonlyMap<string, string> {
  const figures = measurements.flatMap((measurement) => measurement.figures)
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  return new Map([
    ['README.md', withFigures(readme, measurements, inReadme)],
    ['docs/benchmarks.md', benchmarksPage(measurements, why)],
    ...figures.map((figure): [string, string] => [`docs/benchmarks/${figure.id}.svg`, figurePicture(figure)]),
  ])
}

/** Writes them, and takes away the pictures of figures that are no more. */
export function writePage(measurements: readonly Measurement[]): void {
  const files = pageFiles(measurements)
  for (const [path, text] of files) writeFileSync(join(ROOT, path), text)
  for (const name of readdirSync(FOLDER)) {
    if (name.endsWith('.svg') && !files.has(`docs/benchmarks/${name}`)) rmSync(join(FOLDER, name))
  }
}
