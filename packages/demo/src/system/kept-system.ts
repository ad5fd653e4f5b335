import { runningLocalSystem } from '@payout/cli/system/local-system'
import { interruption } from '@payout/cli/terminal/interruption'
import { progress } from '@payout/cli/terminal/progress'
import { linesOf, say, type Words, words } from '@payout/cli/terminal/speech'
import { renderTable } from '@payout/cli/terminal/table'
import { removeLocalSystem, writeLocalSystem } from './local-system-file.ts'
import { Pipeline, STOP_LIMIT_MS } from './pipeline.ts'
import { environmentOf, serviceNames } from './programs.ts'
import type { StandIn } from './stand-in.ts'
import { noteWords } from './supervisor.ts'

/** What is to be kept up. */
export interface KeptSystemOptions {
  /** In place of our sandbox. */
  readonly standIn?: StandIn | undefined
  readonly namespace?: string | undefined
  /** Where the logs go, and stay. */
  readonly logs?: string | undefined
}

/** The day for which the sandbox has a return file. */
const SAMPLE_FILE_DATE = '20101218'

/** Starts everything, writes down how it is reached, and stops everything at the first signal. */
export async function keepUp(options: KeptSystemOptions): Promise<void> {
  const signal = interruption({ graceMs: STOP_LIMIT_MS })
  const shown = await progress()
  const note = (what: Parameters<typeof noteWords>[0]) => shown.done(noteWords(what))
  const pipeline = await Pipeline.start({ ...options, progress: shown, signal, note }).finally(() => shown.stop())
  const other = runningLocalSystem()
  try {
    // A file like the one in Alipay's document, so that there is something to fetch.
    await pipeline.books?.control({ action: 'return-file', alias: pipeline.defaultPartner, date: SAMPLE_FILE_DATE })
    writeLocalSystem({
      pid: process.pid,
      environment: environmentOf(pipeline.settings),
      defaultPartner: pipeline.defaultPartner,
    })
    say`${addresses(pipeline)}\n\n${nextSteps(pipeline)}`
    if (other) say`\nanother npm run up (process ${other.pid}) is up too; from now on the commands talk to this one`
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  } finally {
    removeLocalSystem(process.pid, other)
    shown.step('stopping everything')
    await pipeline.stop()
    shown.done('stopped')
  }
}

/** Columns of blanks on a terminal too: addresses are long, and are copied. */
function addresses({ settings, books }: Pipeline): Words {
  const local = (port: number) => `http://127.0.0.1:${port}`
  const rows = [
    ['Kafka', settings.kafkaBrokers],
    ['Redis', settings.redisUrl],
    ['namespace', settings.namespace],
    ['partners file', settings.partnersFile],
    ['ingress', `${local(settings.ingressPort)}/notify/<alias>, and /agreement/… for users who sign`],
    ['return files', `${settings.evidenceFolder} (by their SHA-256; removed at the end)`],
    ['gateway', books ? `${settings.gatewayUrl} (our sandbox; its books: /sandbox/books)` : settings.gatewayUrl],
    ...serviceNames.map((name) => [`${name}, admin`, `${local(settings.adminPorts[name])} (/health/ready, /metrics)`]),
  ]
  return renderTable([{ head: 'what' }, { head: 'address' }], rows, false)
}

function nextSteps({ defaultPartner }: Pipeline): Words {
  const lines = [
    ['npm run pay -- --to ok@example.com --name 毛毛 --amount 12.34', `asks for one payout, of ${defaultPartner}`],
    ['npm run pay -- --file packages/demo/sample/payouts-200.csv --skip-bad', 'asks for the good payouts of a file'],
    ['npm run agreement -- sign --email user@example.com --wait', "leads a user to the stand-in's signing page"],
    ['npm run agreement -- unsign --email user@example.com', 'cancels what was signed'],
    ['npm run returns -- --date 2010-12-18', 'fetches the bank payouts that came back on a day'],
    ['npm run events -- --from-start', 'follows what becomes of them'],
    ['npm run trace -- ID', "shows the whole story of a payout, an agreement's command, or a withdrawal"],
  ]
  const width = Math.max(...lines.map(([typed = '']) => typed.length))
  const shown = lines.map(
    ([typed = '', does = '']) => words`  ${words`${typed.padEnd(width)}`.styled('bold')}  ${does}`,
  )
  return linesOf([words`In another terminal:`, ...shown, words`Ctrl-C stops everything.`])
}
