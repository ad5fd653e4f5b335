/** A connection that has not closed by then is left to the end of the process. */
const CLOSE_MS = 2_000

/**
 * Waits for a closing, but not for ever: what was asked for is done or has failed by then, and a client that still looks for a server must not keep the person from
 * hearing which. Never rejects.
 */
export async function closedInTime(closing: Promise<unknown>, ms: number = CLOSE_MS): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([closing.catch(() => undefined), late])
  clearTimeout(timer)
}
