/** What was measured, as it is kept: docs/benchmarks.md is written from it, whole, also after one bench of several. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import type { Surroundings } from './surroundings.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
/** Where the pictures and the measurements are. */
export const FOLDER = join(ROOT, 'docs', 'benchmarks')
const FILE = join(FOLDER, 'measured.json')

/** One run of one bench. */
export interface Measurement {
  readonly bench: string
  readonly about: string
  /** The day, as `2026-11-30`. */
  readonly day: string
  /** The commit that was measured; ends with `+` where files were changed since. */
  readonly commit: string
  readonly rounds: number
  readonly surroundings: Surroundings
  readonly figures: readonly Figure[]
}

/** What is kept. */
export function readMeasurements(): readonly Measurement[] {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Measurement[]
}

/** Keeps the measurements, one figure a line so that a review shows what changed. */
export function writeMeasurements(all: readonly Measurement[]): void {
  const entries = all.map(({ figures, ...rest }) => {
    const lines = figures.map((figure) => `    ${JSON.stringify(figure)}`).join(',\n')
    return `{"figures": [\n${lines}\n  ],\n  ${JSON.stringify(rest).slice(1, -1)}\n}`
  })
  writeFileSync(FILE, `[${entries.join(',\n')}]\n`)
}

/** The old measurements with the new ones in their places, in the order of the names. */
export function merged(
  old: readonly Measurement[],
  fresh: readonly Measurement[],
  names: readonly string[],
): readonly Measurement[] {
  const byName = new Map([...old, ...fresh].map((measurement) => [measurement.bench, measurement]))
  return names.flatMap((name) => byName.get(name) ?? [])
}
