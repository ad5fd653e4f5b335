/** A connection that has not closed by then is left to the end of the process. */
const CLOSE_MS = 2_000

/**
 * Waits for a connection to close, at most `ms` milliseconds. The work is done or has failed by then, and the person
 * must see which, even where a client still looks for its server. Never rejects.
 */
export async function closedInTime(closing: Promise<unknown>, ms: number = CLOSE_MS): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([closing.catch(() => undefined), late])
  clearTimeout(timer)
}
