import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../observability/logging.ts'
import { unlessAborted } from '../../unless-aborted.ts'
import { isRedisAway } from '../errors.ts'
import type { Rebuild } from '../port.ts'

const ASK_AGAIN_MS = 100

/**
 * What tasks wait for before they begin: without a Redis that may be relied on each would end with its first call,
 * and its beginning would have cost Kafka an initialisation. Nothing about money hangs on this word, which may be out
 * of date when it is heard: every call to Redis is refused by itself where Redis is not trusted (S7.2).
 * @param logger gets one line when the waiting begins, with the way out, and one when it is over.
 * @returns a wait that any number of tasks share; it rejects with the signal's reason when the signal aborts.
 */
export function untilTrusted(
  rebuild: Pick<Rebuild, 'trust'>,
  logger: Pick<Logger, 'warn' | 'info'>,
): (signal: AbortSignal) => Promise<void> {
  let isWaiting = false
  /** Asks, and pauses where the answer is no: whoever waits meanwhile hears the same answer. */
  const ask = async (): Promise<boolean> => {
    const trust = await rebuild.trust().catch((error: unknown) => {
      if (isRedisAway(error)) return 'away'
      throw error
    })
    const isTrusted = trust === 'trusted'
    if (!isTrusted && !isWaiting) logger.warn({ redis: trust }, 'no task begins until Redis can be relied on')
    if (isTrusted && isWaiting) logger.info('Redis can be relied on: tasks begin')
    isWaiting = !isTrusted
    if (!isTrusted) await sleep(ASK_AGAIN_MS, undefined, { ref: false })
    return isTrusted
  }
  let asking: Promise<boolean> | undefined
  const askTogether = (): Promise<boolean> => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
  return async (signal) => {
    signal.throwIfAborted()
    while (!(await unlessAborted(askTogether(), signal)));
  }
}
