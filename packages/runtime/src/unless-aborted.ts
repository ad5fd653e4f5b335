/**
 * What the work gives, or the signal's reason, whichever comes first; the work is left behind then, and its own end
 * is nobody's concern.
 * @throws what the work throws; the signal's reason, at once where it has aborted before
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([aborted, work])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
