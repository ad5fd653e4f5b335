import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { parseStates } from './states.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

it('a revision that is kept does not keep the whole state in memory', () => {
  const states = 50
  const read = () => parseStates(1, [Buffer.from(`${'r'.repeat(16)}${'x'.repeat(1_000_000)}`).toString()])[0]?.revision
  collect()
  const before = process.memoryUsage().heapUsed
  const kept = Array.from({ length: states }, read)
  collect()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(states * 100_000)
  expect(new Set(kept)).toEqual(new Set(['r'.repeat(16)]))
})
