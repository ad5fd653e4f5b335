import assert from 'node:assert/strict'
import fc from 'fast-check'
import { answerTarget } from './answer-target.ts'
import { notifyTarget } from './notify-target.ts'
import { returnFileTarget, returnFileWithXlsTarget } from './return-file-target.ts'
import type { FuzzTarget } from './target.ts'
import { workbookTarget } from './workbook-target.ts'

export const targets: readonly FuzzTarget[] = [
  returnFileTarget,
  returnFileWithXlsTarget,
  workbookTarget,
  answerTarget,
  notifyTarget,
]

/** Milliseconds that one case may take; a busy machine is no failure. */
export const CASE_LIMIT = 20_000

/** RSS of the process, with Node, the program and fast-check itself in it. Each case is below 1 MiB. */
export const MEMORY_LIMIT_MIB = 768

/**
 * Runs a target's part of so many cases; the same seed gives the same ones.
 * @param seen hears of each case before it runs
 * @returns how many ran
 * @throws the failure, with its seed and the smallest case that still fails
 */
export async function fuzz(
  { share, cases, check }: FuzzTarget,
  { seed, count }: { readonly seed: number; readonly count: number },
  seen: () => void = () => {},
): Promise<number> {
  let ran = 0
  const property = fc.asyncProperty(cases, async ([bytes, contentType]) => {
    seen()
    ran += 1
    const begin = performance.now()
    await check(bytes, contentType)
    assert.ok(performance.now() - begin < CASE_LIMIT, 'the case took too long')
    const rss = process.memoryUsage.rss() / 1024 / 1024
    assert.ok(rss < MEMORY_LIMIT_MIB, `the process has ${rss.toFixed(0)} MiB`)
  })
  await fc.assert(property, { seed, numRuns: Math.max(1, Math.round(count * share)) })
  return ran
}
