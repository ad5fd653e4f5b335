/** `npm run fuzz -- [--seed N] [--cases 100000]`: what reads from outside, with anything; a failure prints the seed that repeats it. */
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { CASE_LIMIT, fuzz, MEMORY_LIMIT_MIB, targets } from './fuzz-run.ts'

const say = (message: string) => process.stdout.write(`${message}\n`)

/** Cases run in a thread, so that one that never ends can be seen and named. */
async function runCases(seed: number, count: number, progress: Int32Array): Promise<void> {
  for (const [index, target] of targets.entries()) {
    Atomics.store(progress, 0, index)
    const begin = performance.now()
    const ran = await fuzz(target, { seed, count }, () => Atomics.add(progress, 1, 1))
    parentPort?.postMessage(`${target.name}: ${ran} cases, ${((performance.now() - begin) / 1000).toFixed(0)} s`)
  }
}

function watch(seed: number, count: number): void {
  const progress = new Int32Array(new SharedArrayBuffer(8))
  const begin = performance.now()
  let peak = 0
  let last = -1
  let since = begin
  say(`seed ${seed}, ${count} cases`)
  const worker = new Worker(new URL(import.meta.url), { workerData: { seed, count, progress } })
  worker.on('message', say)
  const fail = (why: string): void => {
    say(`FAILED: ${why}\nrepeat it with: npm run fuzz -- --seed ${seed} --cases ${count}`)
    process.exit(1)
  }
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss() / 1024 / 1024)
    const where = `case ${Atomics.load(progress, 1)}, ${targets[Atomics.load(progress, 0)]?.name}`
    if (peak > MEMORY_LIMIT_MIB) fail(`${peak.toFixed(0)} MiB at ${where}`)
    const now = Atomics.load(progress, 1)
    if (now !== last) since = performance.now()
    else if (performance.now() - since > 2 * CASE_LIMIT) fail(`${where} does not end`)
    last = now
  }, 50)
  worker.once('error', (error) => fail(error instanceof Error ? error.message : String(error)))
  worker.once('exit', () => {
    clearInterval(timer)
    const seconds = ((performance.now() - begin) / 1000).toFixed(0)
    say(
      `passed: ${Atomics.load(progress, 1)} cases, ${seconds} s, peak RSS ${peak.toFixed(0)} of ${MEMORY_LIMIT_MIB} MiB, seed ${seed}`,
    )
  })
}

if (isMainThread) {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, cases: { type: 'string', default: '100000' } } })
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
  const count = Number(values.cases)
  if (!Number.isInteger(seed) || !Number.isInteger(count) || count < 1)
    throw new Error('npm run fuzz -- [--seed N] [--cases 100000]')
  watch(seed, count)
} else {
  const { seed, count, progress } = workerData as { seed: number; count: number; progress: Int32Array }
  await runCases(seed, count, progress)
}
