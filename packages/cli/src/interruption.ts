import { exitCodes } from './exit-code.ts'

/** npm passes Ctrl-C on to a process that has had it from the terminal already: within this time it counts once. */
const SAME_KEYSTROKE_MS = 500

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Aborts at the first Ctrl-C (or SIGTERM, or the terminal's end), so that what was started is stopped in order. A second
 * Ctrl-C ends the process at once; what it had started is then ended by the process that watches over it.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  let first = 0
  const onSignal = () => {
    const now = performance.now()
    if (first === 0) {
      first = now
      controller.abort(new DOMException('stopped by a signal', 'AbortError'))
    } else if (now - first > SAME_KEYSTROKE_MS) {
      process.exit(exitCodes.interrupted)
    }
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return controller.signal
}
