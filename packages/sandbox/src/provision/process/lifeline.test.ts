import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Lifeline } from './lifeline.ts'

it('leaves no folder where another one removes what lies in it at the same time', async () => {
  const left: string[] = []
  for (let round = 0; round < 4; round++) {
    const outer = await mkdtemp(join(tmpdir(), 'lifeline-'))
    const inner = join(outer, 'kafka')
    for (let topic = 0; topic < 60; topic++) {
      await mkdir(join(inner, `topic-${topic}`), { recursive: true })
      await Promise.all(
        ['log', 'index', 'time', 'snapshot'].map((name) => writeFile(join(inner, `topic-${topic}`, name), '')),
      )
    }
    const lifelines = [outer, inner].map((folder) => {
      const lifeline = new Lifeline()
      lifeline.removeFolder(folder)
      return lifeline
    })
    await Promise.all(lifelines.map((lifeline) => lifeline.cut()))
    if (existsSync(outer)) left.push(outer)
    await rm(outer, { recursive: true, force: true })
  }
  expect(left).toEqual([])
})
