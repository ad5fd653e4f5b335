/** `npm run up`: keeps the whole pipeline up until Ctrl-C. */
import { styleText } from 'node:util'
import { npmCommand, runCommand } from './command-line.ts'
import { UsageError } from './errors.ts'
import { interruption } from './interruption.ts'
import { Pipeline } from './pipeline.ts'
import { environmentOf, serviceNames } from './programs.ts'
import { progress } from './progress.ts'
import { noteWords } from './supervisor.ts'
import { renderTable } from './table.ts'
import { readUp, removeUp, writeUp } from './up-file.ts'
import { userPath } from './user-path.ts'

interface UpOptions {
  readonly gateway?: string
  readonly partners?: string
  readonly namespace?: string
  readonly logs?: string
}

/** The day for which the sandbox has a return file. */
const SAMPLE_FILE_DATE = '20101218'

const command = npmCommand(
  'up',
  'Keeps Kafka, Redis, a stand-in for Alipay and the four services up until Ctrl-C, to try things in another terminal',
)
  .option('--gateway <url>', "another stand-in for Alipay's side in place of our sandbox: the address of its gateway")
  .option(
    '--partners <file>',
    'the partners file that goes with it; the notifies must be sent to the notifyUrl of each partner',
  )
  .option('--namespace <name>', 'begins the name of every topic; without it one that nobody else has')
  .option('--logs <folder>', 'keeps the logs of all processes there; without it they are removed at the end')
  .addHelpText(
    'after',
    `
A service that ends by itself is started again, as a supervisor would in production. The addresses are written to .local/up.json (UP_FILE
in the environment names another file), where npm run pay, agreement,
returns, events, trace, decide, partner, topics and dead-letters find them; the file is removed at the end. Kafka and Redis are taken from KAFKA_BROKERS and
REDIS_URL if these are set, else run in Docker, else as processes of this machine.

A form of npm run agreement -- sign is opened in a browser; the sandbox also plays the user, who consents (URL: the form's; GATEWAY: the gateway's address up to the port):
  curl -d '{"action":"consent","formUrl":"URL"}' GATEWAY/sandbox/control`,
  )
  .action(up)

async function up(options: UpOptions): Promise<void> {
  const { gateway, partners, namespace } = options
  if ((gateway === undefined) !== (partners === undefined)) {
    throw new UsageError(
      '--gateway and --partners go together: the partners file holds the keys that the other stand-in knows',
    )
  }
  if (gateway !== undefined && URL.parse(gateway) === null) throw new UsageError(`--gateway ${gateway} is no URL`)
  const standIn =
    gateway === undefined || partners === undefined
      ? undefined
      : { gatewayUrl: gateway, partnersFile: userPath(partners) }
  const logs = options.logs === undefined ? undefined : userPath(options.logs)
  const signal = interruption()
  const shown = progress()
  const note = (what: Parameters<typeof noteWords>[0]) => shown.done(noteWords(what))
  const pipeline = await Pipeline.start({ progress: shown, signal, note, standIn, namespace, logs }).finally(() =>
    shown.stop(),
  )
  const other = readUp()
  try {
    // A file like the one in Alipay's document, so that there is something to fetch.
    await pipeline.books?.control({ action: 'return-file', alias: pipeline.defaultPartner, date: SAMPLE_FILE_DATE })
    writeUp({
      pid: process.pid,
      environment: environmentOf(pipeline.settings),
      defaultPartner: pipeline.defaultPartner,
    })
    process.stdout.write(`${addresses(pipeline)}\n\n${nextSteps(pipeline)}\n`)
    if (other)
      process.stdout.write(
        `\nanother npm run up (process ${other.pid}) is up too; from now on the commands talk to this one\n`,
      )
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  } finally {
    removeUp(process.pid, other)
    shown.step('stopping everything')
    await pipeline.stop()
    shown.done('stopped')
  }
}

/** Columns of blanks on a terminal too: addresses are long, and are copied. */
function addresses({ settings, books }: Pipeline): string {
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

function nextSteps({ defaultPartner }: Pipeline): string {
  const lines = [
    ['npm run pay -- --to ok@example.com --name 毛毛 --amount 12.34', `asks for one payout, of ${defaultPartner}`],
    ['npm run pay -- --file packages/cli/sample/payouts-200.csv', 'asks for the payouts of a file'],
    ['npm run agreement -- sign --email user@example.com --wait', "leads a user to the stand-in's signing page"],
    ['npm run agreement -- unsign --email user@example.com', 'cancels what was signed'],
    ['npm run returns -- --date 2010-12-18', 'fetches the bank payouts that came back on a day'],
    ['npm run events -- --from-start', 'follows what becomes of them'],
    ['npm run trace -- ID', "shows the whole story of a payout, an agreement's command, or a withdrawal"],
  ]
  const width = Math.max(...lines.map(([typed = '']) => typed.length))
  const shown = lines.map(([typed = '', does = '']) => `  ${styleText('bold', typed.padEnd(width))}  ${does}`)
  return ['In another terminal:', ...shown, 'Ctrl-C stops everything.'].join('\n')
}

await runCommand(command)
