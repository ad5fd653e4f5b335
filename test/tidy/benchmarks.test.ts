/** docs/benchmarks.md, its pictures and the figures of README.md show what was measured. Nothing is measured here. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FOLDER, readMeasurements } from '../bench/page/measurement.ts'
import { inReadme, why } from '../bench/page/notes.ts'
import { reachesGoal } from '../bench/page/spread.ts'
import { pageFiles } from '../bench/page/write-page.ts'
import { ROOT } from './repository.ts'

const measurements = readMeasurements()
const figures = measurements.flatMap((measurement) => measurement.figures)
const ids = figures.map(({ id }) => id)

describe('the page of the benchmarks', () => {
  it.each([...pageFiles(measurements)])('%s is what `npm run bench -- --page` writes', (path, text) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text)
  })

  it('has a picture for each figure, and no other', () => {
    const pictures = readdirSync(FOLDER).filter((name) => name.endsWith('.svg'))
    expect(pictures.toSorted()).toEqual(ids.map((id) => `${id}.svg`).toSorted())
  })

  it('says why a goal is not reached', () => {
    const missed = figures.filter((figure) => reachesGoal(figure) === false).map(({ id }) => id)
    expect(missed.filter((id) => why[id] === undefined)).toEqual([])
  })

  it('has notes on figures that there are', () => {
    expect([...Object.keys(why), ...inReadme].filter((id) => !ids.includes(id))).toEqual([])
  })
})
