import { PipelineError } from '@payout/schemas/error'

/** A stop that took longer than it may. */
export class ShutdownLimitError extends PipelineError {
  constructor(limitMs: number) {
    super(
      'SHUTDOWN_LIMIT',
      `The stop took longer than ${limitMs} ms and was given up; what was in flight is taken up again at the next start. ` +
        'Where this happens often, raise SHUTDOWN_LIMIT and the grace period of the supervisor.',
    )
  }
}

/** Waits for `work`, but no longer than `limitMs`. @throws ShutdownLimitError, or what `work` rejects with. */
export async function withinLimit(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ShutdownLimitError(limitMs)), limitMs)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const PARENT_POLL_MS = 500

/** Calls `ended` once when the process that started this one has ended: the system then gives us another parent. */
export function watchParent(ended: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    ended()
  }, PARENT_POLL_MS).unref()
}
