/** `npm run crash -- --seed N [--payouts 3000] [--agreements 30] [--seeds COUNT]`: the crash test in full, on servers of its own. */
import { parseArgs } from 'node:util'
import { provision } from '@payout/sandbox/provision/provision'
import { crashRun } from './crash-run.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    payouts: { type: 'string', default: '3000' },
    agreements: { type: 'string', default: '30' },
  },
})
const first = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
const say = (message: string) => process.stdout.write(`${message}\n`)

let failed = 0
for (let seed = first; seed < first + Number(values.seeds); seed++) {
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
      payouts: Number(values.payouts),
      agreements: Number(values.agreements),
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
say(`${Number(values.seeds) - failed} of ${values.seeds} crash runs passed`)
process.exitCode = failed === 0 ? 0 : 1
