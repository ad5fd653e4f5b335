export interface RetryDelays {
  /** Before the second attempt, milliseconds. */
  readonly minMs: number
  readonly maxMs: number
}

/**
 * How long a batch waits before it is tried again, milliseconds: doubled with each attempt, and anywhere in the upper
 * half of that, so that batches that failed together don't come back together. Never below `minMs`, never above
 * `maxMs`.
 * @param attempts how many were made, at least 1.
 * @param random from 0 to 1.
 */
export function retryDelay(attempts: number, { minMs, maxMs }: RetryDelays, random: number): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(attempts, 40))
  return Math.max(minMs, full / 2 + (full / 2) * random)
}
