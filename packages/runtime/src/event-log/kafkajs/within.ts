import { LogUnavailableError } from '../errors.ts'

/**
 * The work's result, or `LogUnavailableError` when it takes longer than `ms`. The work itself goes on; what it
 * answers later is dropped.
 */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LogUnavailableError(`${what} took more than ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
