import { exitCodes } from './exit-code.ts'
import { sayAside } from './speech.ts'

/** npm passes Ctrl-C on to a process that has had it from the terminal already: within this time it counts once. */
const SAME_KEYSTROKE_MS = 500
/**
 * After a signal a command gets so much time. It keeps no servers up, and has said what it was writing.
 */
const GRACE_MS = 2_000

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface InterruptionOptions {
  /**
   * The process ends by then, in milliseconds after the signal, whatever is still under way. What has servers to stop
   * takes more.
   */
  readonly graceMs?: number
}

/**
 * Aborts at the first Ctrl-C (or SIGTERM, or the terminal's end), so that the command stops in order. Work that ignores
 * the signal is abandoned after a while. A second Ctrl-C ends the process at once; the processes that it had started
 * are then ended by the one that watches over them.
 */
export function interruption({ graceMs = GRACE_MS }: InterruptionOptions = {}): AbortSignal {
  const controller = new AbortController()
  let first = 0
  const onSignal = () => {
    const now = performance.now()
    if (first === 0) {
      first = now
      setTimeout(() => {
        sayAside`stopped; what was under way is given up`
        process.exit(exitCodes.interrupted)
      }, graceMs).unref()
      controller.abort(new DOMException('stopped by a signal', 'AbortError'))
    } else if (now - first > SAME_KEYSTROKE_MS) {
      process.exit(exitCodes.interrupted)
    }
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return controller.signal
}
