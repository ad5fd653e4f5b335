/** `npm start`: starts the whole pipeline, pays, shows what became of every payout, and stops everything. */

import { wholeNumber } from '@payout/cli/arguments/number-option'
import { npmCommand } from '@payout/cli/terminal/command-line'
import { runDemoCommand, startLimitHelp } from './demo-command.ts'
import { SAMPLE_SEED } from './samples/sample-payouts.ts'
import type { SampleRunOptions } from './samples/sample-run.ts'

const command = npmCommand(
  'start',
  'Starts Kafka, Redis, a stand-in for Alipay and the four services; pays a sample of 200 payouts, signs and cancels an agreement, and fetches a return file; shows what became of each, and stops everything',
)
  .name('npm start --')
  .option(
    '--payouts <n>',
    'pays so many made-up payouts in place of the sample, and shows where the time went',
    wholeNumber(1),
  )
  .option(
    '--seed <n>',
    'what the made-up payouts are made of; the same seed gives the same payouts',
    wholeNumber(0),
    SAMPLE_SEED,
  )
  .option('--logs <folder>', 'keeps the logs of all processes there')
  .addHelpText(
    'after',
    `
Nothing is installed on the machine, and no money moves. Kafka and Redis are those of KAFKA_BROKERS and REDIS_URL where these are set; else they run in Docker,
else as processes of this machine. The exit code is 0 only when every payout has exactly one outcome, and the books of the other side agree with the events.
${startLimitHelp}
To keep the system up and try things: npm run up`,
  )
  .action(async (options: SampleRunOptions) => {
    const { runSample } = await import('./samples/sample-run.ts')
    await runSample(options)
  })

await runDemoCommand(command)
