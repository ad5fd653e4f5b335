/** `npm run fuzz -- [--seed N] [--cases 100000]`: what reads from outside, with anything; a failure prints the seed that repeats it. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { wholeNumber } from '@payout/cli/arguments/number-option'
import { npmCommand, runCommand } from '@payout/cli/terminal/command-line'
import { CommandFailedError } from '@payout/cli/terminal/errors'
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

/** @throws CommandFailedError at the first case that fails */
async function watch(seed: number, count: number): Promise<void> {
  const progress = new Int32Array(new SharedArrayBuffer(8))
  const begin = performance.now()
  let peak = 0
  let last = -1
  let since = begin
  say(`seed ${seed}, ${count} cases`)
  const worker = new Worker(new URL(import.meta.url), { workerData: { seed, count, progress } })
  worker.on('message', say)
  const ended = Promise.withResolvers<void>()
  const fail = (why: string): void => {
    ended.reject(new CommandFailedError(`${why}\nrepeat it with: npm run fuzz -- --seed ${seed} --cases ${count}`))
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
  worker.once('exit', () => ended.resolve())
  try {
    await ended.promise
  } finally {
    clearInterval(timer)
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(0)
  say(
    `passed: ${Atomics.load(progress, 1)} cases, ${seconds} s, peak RSS ${peak.toFixed(0)} of ${MEMORY_LIMIT_MIB} MiB, seed ${seed}`,
  )
}

if (isMainThread) {
  const command = npmCommand(
    'fuzz',
    'Gives what reads from outside spoilt return files, answers and notifies; a failure prints the seed that repeats it',
  )
    .option(
      '--seed <n>',
      'what the cases are made of; the same seed gives the same cases. Without it one is chosen',
      wholeNumber(0),
    )
    .option('--cases <count>', 'cases of each kind', wholeNumber(1), 100_000)
    .action(({ seed, cases }: { readonly seed?: number; readonly cases: number }) =>
      watch(seed ?? Math.floor(Math.random() * 1_000_000), cases),
    )
  await runCommand(command)
} else {
  const { seed, count, progress } = workerData as { seed: number; count: number; progress: Int32Array }
  await runCases(seed, count, progress)
}
