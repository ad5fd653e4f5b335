/**
 * A command whose connections never close, for tests of how commands end: `fails` ends with an error, `works` with its
 * result, `holds` hears no signal, `closes` fails while a closing never ends.
 */
import { createServer } from 'node:net'
import { closedInTime } from '../closed-in-time.ts'
import { npmCommand, runCommand } from '../command-line.ts'
import { CommandFailedError } from '../errors.ts'
import { interruption } from '../interruption.ts'
import { say } from '../speech.ts'

const never = () => new Promise<never>(() => undefined)

const command = npmCommand('held', 'Holds on to what it opened')
  .argument('<how>')
  .action(async (how: string) => {
    interruption({ graceMs: 300 })
    createServer().listen(0, '127.0.0.1')
    if (how === 'works') for (let line = 1; line <= 10_000; line++) say`result ${line}`
    if (how === 'works') return
    if (how === 'fails') throw new CommandFailedError('it did not work')
    say`holding`
    if (how === 'holds') await never()
    await closedInTime(never(), 300)
    throw new CommandFailedError('it did not work, and the connection did not close')
  })

await runCommand(command)
