/**
 * `node test/bench/pipeline/burst.ts [--payouts 20000] [--bursts 1] [--root OTHER_CHECKOUT]`: CPU by process, calls
 * and bytes of one payout in a burst, after a warm-up of 2,000, in the system of this checkout or of another one. Two
 * checkouts are compared in turns.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { quantile } from '../one-broker.ts'
import { costOf, memoryOf } from './cost.ts'
import { type Measured, withPipeline } from './measured-load.ts'

const WARM_UP = 2_000

const { values } = parseArgs({
  options: {
    payouts: { type: 'string', default: '20000' },
    bursts: { type: 'string', default: '1' },
    root: { type: 'string' },
  },
})
const [payouts, bursts] = [Number(values.payouts), Number(values.bursts)]
if (![payouts, bursts].every((number) => Number.isInteger(number) && number >= 1))
  throw new Error('node test/bench/pipeline/burst.ts [--payouts 20000] [--bursts 1] [--root OTHER_CHECKOUT]')

function show(measured: Measured): void {
  const cost = costOf(measured)
  const memory = memoryOf(measured)
  const { seconds, latencies, seenAfter } = measured
  const pairs = (rows: readonly (readonly [string, number])[]) =>
    rows.map(([name, value]) => `${name} ${value.toFixed(0)}`).join(', ')
  const half = (values: readonly number[]) => quantile(values, 0.5).toFixed(0)
  const most = (values: readonly number[]) => quantile(values, 0.99).toFixed(0)
  console.log(`\n${measured.payouts} payouts in ${seconds.toFixed(1)} s: ${(measured.payouts / seconds).toFixed(0)}/s`)
  for (const [name, microseconds] of cost.cpu)
    console.log(`  ${name.padEnd(16)}${microseconds.toFixed(1).padStart(7)} µs of CPU a payout, ${memory.get(name)} MB`)
  console.log(
    `  ${'all'.padEnd(16)}${cost.allCpu.toFixed(1).padStart(7)} µs; the load itself ${cost.ownCpu.toFixed(1)}`,
  )
  console.log(`  command to event p50 ${half(latencies)} ms, p99 ${most(latencies)} ms (record time stamps);`)
  console.log(`    to its reading p50 ${half(seenAfter)} ms, p99 ${most(seenAfter)} ms`)
  const { redisBytesIn, redisBytesOut, redisMemory } = cost
  const redis = [redisBytesIn, redisBytesOut, redisMemory].map((bytes) => bytes.toFixed(0))
  const { redisScripts, redisCommands } = cost
  console.log(`  Redis ${redisScripts.toFixed(4)} scripts a payout, ${redisCommands.toFixed(2)} commands with theirs;`)
  console.log(`    bytes in ${redis[0]}, out ${redis[1]}, kept ${redis[2]}`)
  console.log(`  payouts a transaction: ${pairs(cost.payoutsATransaction)}; a call: ${cost.payoutsACall.toFixed(0)}`)
  console.log(`  Kafka ${cost.allKafkaBytes.toFixed(0)} bytes a payout: ${pairs(cost.kafkaBytes)}`)
}

const root = values.root === undefined ? {} : { root: resolve(values.root) }
await withPipeline({ ...root, log: (line) => process.stderr.write(`${line}\n`) }, async ({ load, burst }) => {
  await load.burst(WARM_UP)
  for (let at = 0; at < bursts; at++) show(await burst(payouts))
})
