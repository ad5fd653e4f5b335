import { escapeUnprintableLines } from '@payout/mapi/text/printable-text'
import type { DestinationStream } from 'pino'
import { processEnvironment } from '../config/production-refusals.ts'
import { watchParent } from './shutdown.ts'

/** What a service runs in: a process of its own, or one that it shares with other services, as in tests. */
export interface ServiceHost {
  /** The settings. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where log lines go; standard output where none is given. */
  readonly output?: DestinationStream
  /** Tells a person why nothing was started. */
  complain(message: string): void
  /** `stop` is called each time that somebody asks the service to stop; the second time means at once. */
  onStop(stop: (why: string) => void): void
  /** `parentEnded` is called once when the process that started this one has ended. */
  onParentEnd(parentEnded: () => void): void
  /** `reload` is called each time that somebody asks for files to be read again. */
  onReload(reload: () => void): void
  /**
   * `fatal` is called with what nobody has caught: after that, what this process holds in memory is not to be
   * trusted.
   */
  onUncaught(fatal: (error: unknown) => void): void
  /**
   * Ends it with an exit code. Where it is more than this one service, `release` gives back what the service holds,
   * and the others go on.
   */
  exit(code: number, release: () => Promise<void>): void
}

/** The host of a service that has its process for itself: environment, signals, exit code. */
export const processHost: ServiceHost = {
  env: processEnvironment(),
  complain: (message) => console.error(escapeUnprintableLines(message)),
  onStop: (stop) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal))
  },
  onParentEnd: watchParent,
  onReload: (reload) => void process.on('SIGHUP', reload),
  // A rejection that nobody handles arrives here too.
  onUncaught: (fatal) => void process.on('uncaughtException', fatal),
  exit: (code) => process.exit(code),
}
