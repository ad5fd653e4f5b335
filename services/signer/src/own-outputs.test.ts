import { describe, expect, it } from 'vitest'
import { OwnOutputs } from './own-outputs.ts'
import { NOON, payout, SignerBench } from './testing/signer-bench.ts'

const HOUR = 3_600_000

describe('committed outputs of a lane (S2.2)', () => {
  it('are looked for again where a claim is older than the last look', async () => {
    const bench = new SignerBench()
    bench.ask(payout('old'))
    await bench.run()
    bench.log.now = NOON + HOUR
    bench.ask(payout('young'))
    await bench.run()
    const outputs = new OwnOutputs(bench.log, bench.codec, bench.log.open('payout.commands', 0))
    expect(await outputs.has(1, 0, NOON + HOUR)).toBe(true)
    expect(await outputs.has(0, 0, NOON)).toBe(true)
    expect(await outputs.has(1, 0, NOON + HOUR)).toBe(true)
    expect(bench.log.reads).toHaveLength(2)
    expect(await outputs.has(2, 0, NOON)).toBe(false)
    expect(await outputs.has(0, 1, NOON)).toBe(false)
  })
})
