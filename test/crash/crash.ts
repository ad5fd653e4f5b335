/**
 * `npm run crash -- --seed N [--payouts 3000] [--agreements 30] [--seeds COUNT]`: the crash test in full, on servers of
 * its own.
 */

import { wholeNumber } from '@payout/cli/arguments/number-option'
import { npmCommand, runCommand } from '@payout/cli/terminal/command-line'
import { CommandFailedError } from '@payout/cli/terminal/errors'
import { provision } from '@payout/sandbox/provision/provision'
import { crashRun } from './crash-run.ts'

interface CrashOptions {
  readonly seed?: number
  readonly seeds: number
  readonly payouts: number
  readonly agreements: number
}

const command = npmCommand(
  'crash',
  'Pays, has agreements signed and return files fetched while every process, Kafka and Redis are killed again and again; then compares what came of it with the books',
)
  .option('--seed <n>', 'what happens when; the same seed gives the same run. Without it one is chosen', wholeNumber(0))
  .option('--seeds <count>', 'so many runs, each with the next seed', wholeNumber(1), 1)
  .option('--payouts <n>', 'payouts of each run', wholeNumber(1), 3_000)
  .option('--agreements <n>', 'agreements of each run', wholeNumber(0), 30)
  .action(crash)

const say = (message: string) => process.stdout.write(`${message}\n`)

async function crash(options: CrashOptions): Promise<void> {
  const { seeds } = options
  const first = options.seed ?? Math.floor(Math.random() * 1_000_000)
  let failed = 0
  for (let seed = first; seed < first + seeds; seed++) {
    const servers = await provision({
      prefer: 'processes',
      light: true,
      kafkaSettings: { 'group.min.session.timeout.ms': '1000' },
      progress: say,
    })
    try {
      const report = await crashRun({
        servers,
        seed,
        payouts: options.payouts,
        agreements: options.agreements,
        killForMs: 40_000,
        killEveryMs: 500,
        restartServers: true,
        settleMs: 240_000,
        say,
      })
      const { faults, payouts, agreements, events, accepted, seconds, kills } = report
      for (const fault of faults.slice(0, 50)) say(`  ${fault}`)
      const killed = Object.values(kills).reduce((a, b) => a + b, 0)
      const numbers = `${payouts} payouts, ${accepted} lines accepted by Alipay, ${agreements} agreements, ${events} events, ${killed} processes killed, ${seconds} s`
      if (faults.length === 0) say(`seed ${seed}: passed; ${numbers}`)
      else {
        failed += 1
        say(
          `seed ${seed}: FAILED with ${faults.length} faults; ${numbers}; logs in ${report.folder}; repeat it with: npm run crash -- --seed ${seed}`,
        )
      }
    } finally {
      await servers.stop()
    }
  }
  say(`${seeds - failed} of ${seeds} crash runs passed`)
  if (failed > 0) throw new CommandFailedError('what came of it is not as it must be; the lines above say what')
}

await runCommand(command)
