import { ConfigurationError } from '@payout/runtime/config/error'
import { releaseVersion } from '@payout/runtime/service/version'
import { Command, CommanderError } from 'commander'
import { closedInTime } from './closed-in-time.ts'
import { GuidedError, NoSystemError, UnansweredError, UsageError } from './errors.ts'
import { type ExitCode, exitCodeHelp, exitCodes } from './exit-code.ts'
import { allSaid, paragraph, sayAside, words } from './speech.ts'

/** A command that a person types as `npm run NAME -- …`, with help that names the exit codes. */
export function npmCommand(script: string, summary: string): Command {
  return (
    new Command(`npm run ${script} --`)
      .description(summary)
      .version(`${script} ${releaseVersion()}`, '-V, --version', 'shows the release')
      .addHelpText('afterAll', exitCodeHelp)
      .showHelpAfterError('(add --help to see what can be given)')
      .exitOverride()
      // It quotes what was typed.
      .configureOutput({ writeErr: (text) => sayAside`${paragraph(text.trimEnd())}` })
  )
}

/** What was written last may still be on its way to a slow reader; one that reads no more is not waited for. */
const FLUSH_MS = 2_000

/**
 * Parses the command line of this process, runs the command, and ends the process with the exit code, whatever is still
 * open: after an error the Kafka client goes on looking for brokers, connects again, and would keep the process for
 * ever.
 * @param isSettingFault says of an error of the command's own whether a setting is wrong; then the exit code is 78
 */
export async function runCommand(
  command: Command,
  isSettingFault: (error: unknown) => boolean = () => false,
): Promise<void> {
  // `npm run events | head` closes the pipe early: that is an end, not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok)
  })
  let code: number
  try {
    await command.parseAsync()
    code = Number(process.exitCode ?? exitCodes.ok)
  } catch (error) {
    code = isSettingFault(error) ? exitCodes.configuration : exitCodeOf(error)
    // Commander has written its own message already.
    if (!(error instanceof CommanderError)) complain(error)
  }
  await closedInTime(allSaid(), FLUSH_MS)
  process.exit(code)
}

/** The exit code for an error. */
function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error instanceof UsageError) return exitCodes.usage
  if (error instanceof NoSystemError || error instanceof ConfigurationError) return exitCodes.configuration
  if (error instanceof UnansweredError) return exitCodes.unanswered
  if (isInterruption(error)) return exitCodes.interrupted
  return exitCodes.failure
}

/** Ctrl-C: at a prompt it is an error of that name, elsewhere the abort that `interruption()` makes. */
function isInterruption(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortError')
}

/** Errors with a code say the way out themselves; anything else is a defect, and its stack is what helps to find it. */
function complain(error: unknown): void {
  if (isInterruption(error)) {
    sayAside`stopped`
    return
  }
  const isExpected = error instanceof Error && 'code' in error && typeof error.code === 'string'
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const text = isExpected ? `${error.message} [${error.code}]` : stack
  sayAside`${words`error:`.styled('red', process.stderr)} ${paragraph(text)}`
  if (error instanceof GuidedError) for (const line of error.guidance) sayAside`${line}`
}
