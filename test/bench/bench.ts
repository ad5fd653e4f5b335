/**
 * `npm run bench [-- NAME…] [--rounds 5] [--short] [--page]`: measures ours beside the bare tools, one bench after the
 * other, and writes docs/benchmarks.md with its pictures, and the figures of README.md. `--short` measures less and
 * writes nothing; `--page` writes without measuring.
 */
import { parseArgs } from 'node:util'
import type { Bench } from './figure.ts'
import { bench as idle } from './idle/idle.ts'
import { bench as ingress } from './ingress/ingress.ts'
import { bench as lonePayout } from './lone-payout/lone-payout.ts'
import { spreadWords } from './page/figure-words.ts'
import { type Measurement, merged, readMeasurements, writeMeasurements } from './page/measurement.ts'
import { spread } from './page/spread.ts'
import { commit, surroundings } from './page/surroundings.ts'
import { writePage } from './page/write-page.ts'
import { bench as pipeline } from './pipeline/pipeline.ts'
import { bench as scale } from './scale/scale.ts'
import { bench as reconciler } from './service-cpu/reconciler.ts'
import { bench as signer } from './service-cpu/signer.ts'
import { bench as signing } from './signing/signing.ts'
import { bench as takeOver } from './take-over/take-over.ts'

/** In the order of the page. */
const benches: readonly Bench[] = [pipeline, reconciler, signer, ingress, signing, lonePayout, takeOver, idle, scale]
const names = benches.map(({ name }) => name)

const { values, positionals } = parseArgs({
  options: {
    rounds: { type: 'string' },
    short: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const { short } = values
const rounds = Number(values.rounds ?? (short ? 1 : 5))
const unknown = positionals.filter((name) => !names.includes(name))
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1)
  throw new Error(`npm run bench -- [${names.join('] [')}] [--rounds 5] [--short] [--page]`)

const log = (line: string) => process.stderr.write(`  ${line}\n`)
if (!values.page) await measure(benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name)))
if (!short) writePage(merged(readMeasurements(), [], names))

/** Runs them one after the other; what one has measured is kept before the next one starts. */
async function measure(chosen: readonly Bench[]): Promise<void> {
  for (const { name, about, run } of chosen) {
    process.stderr.write(`${name}\n`)
    const figures = await run({ rounds, short, log })
    for (const { id, ours, unit, bare } of figures) {
      const beside = bare ? `; ${bare.label} ${spreadWords(spread(bare.values), unit)}` : ''
      process.stdout.write(`${id}: ${spreadWords(spread(ours), unit)}${beside}\n`)
    }
    if (short) continue
    const day = new Date().toISOString().slice(0, 10)
    const fresh: Measurement = {
      bench: name,
      about,
      day,
      commit: commit(),
      rounds,
      surroundings: await surroundings(),
      figures,
    }
    writeMeasurements(merged(readMeasurements(), [fresh], names))
  }
}
