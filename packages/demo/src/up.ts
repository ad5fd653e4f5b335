/** `npm run up`: keeps the whole pipeline up until Ctrl-C. */

import { userPath } from '@payout/cli/arguments/user-path'
import { npmCommand } from '@payout/cli/terminal/command-line'
import { UsageError } from '@payout/cli/terminal/errors'
import { runDemoCommand, startLimitHelp } from './demo-command.ts'

interface UpOptions {
  readonly gateway?: string
  readonly partners?: string
  readonly namespace?: string
  readonly logs?: string
}

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
A service that ends by itself is started again, as a supervisor would do in production. The addresses are written to .local/up.json (UP_FILE
in the environment names another file). There npm run pay, agreement, returns, events, trace, decide, partner, topics and dead-letters find them.
The file is removed at the end. Kafka and Redis are those of KAFKA_BROKERS and REDIS_URL where these are set; else they run in Docker,
else as processes of this machine.
${startLimitHelp}

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
  const { keepUp } = await import('./system/kept-system.ts')
  await keepUp({ standIn, namespace, logs })
}

await runDemoCommand(command)
