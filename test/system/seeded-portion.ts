/**
 * Some tests of a long file, others in each run, so that `npm test` stays short and still meets all of them in time.
 */
import { randomInt } from 'node:crypto'
import { SeededChance } from '@payout/sandbox/alipay/seeded-chance'
import { it } from 'vitest'

type Register = (title: string, run: () => Promise<void>, limitMs?: number) => void

/**
 * Registers so many of the tests, chosen by a seed that is printed. PORTION_SEED repeats a choice; PORTION=all takes
 * all of them, as `npm run test:faults` does. They run in the order in which they stand.
 */
export function seededPortion(count: number, tests: (it: Register) => void): void {
  const all: Parameters<Register>[] = []
  tests((...test) => all.push(test))
  for (const [title, run, limitMs] of chosen(all, count)) it(title, run, limitMs)
}

function chosen<T>(all: readonly T[], count: number): T[] {
  if (process.env.PORTION === 'all') return [...all]
  const seed = Number(process.env.PORTION_SEED ?? randomInt(1_000_000))
  process.stderr.write(`${count} of ${all.length} tests, chosen by PORTION_SEED=${seed}\n`)
  const places = all.map((_, at) => at)
  const taken = new Set(new SeededChance(seed).shuffled(places, 'portion').slice(0, count))
  return all.filter((_, at) => taken.has(at))
}
