/** A partition that stands still before a batch that can't be decoded, for as long as nobody has stepped over it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { unlessAborted } from '../../../unless-aborted.ts'
import type { BatchUndecodableError } from '../../errors.ts'
import type { TaskConsumerOptions } from '../../port.ts'
import type { SteppedOver } from '../../stepped-over.ts'
import type { EventLogLogger } from '../client.ts'
import type { KafkaTaskSession } from './session.ts'

/** How often it is asked. */
const PAUSE_MS = 2_000
/**
 * So many questions, and the batch is fetched once more: another leader may have it whole, or this process more room.
 */
const ASKED_BEFORE_FETCHED = 5
/** Who gets no answer in this time takes it for a no: the alarm waits for nobody. */
const ANSWER_MS = 5_000

export interface HaltDependencies {
  readonly steppedOver: Pick<SteppedOver, 'includes'>
  readonly logger: EventLogLogger
  readonly onHalt: TaskConsumerOptions['onHalt']
  /** Milliseconds; shorter in tests. */
  readonly answerMs?: number
  readonly pauseMs?: number
}

/** What is halted: a session's reading of one topic. */
export type HaltedSession = Pick<KafkaTaskSession, 'name' | 'signal' | 'isHalted' | 'halt' | 'stepOver' | 'fetchAgain'>

/**
 * Raises the alarm, looks whether somebody steps over the batch or it can be decoded after all, and lets the session
 * go on then. Ends with the session; never rejects.
 */
export async function watchHalt(
  session: HaltedSession,
  error: BatchUndecodableError,
  { steppedOver, logger, onHalt, answerMs = ANSWER_MS, pauseMs = PAUSE_MS }: HaltDependencies,
): Promise<void> {
  const isSteppedOver = async (): Promise<boolean> => {
    try {
      const signal = AbortSignal.any([session.signal, AbortSignal.timeout(answerMs)])
      return await unlessAborted(steppedOver.includes(error, signal), signal)
    } catch (err) {
      if (!session.signal.aborted)
        logger.warn({ err }, 'nobody knows whether a batch was stepped over: the dead-letter topic cannot be read')
      return false
    }
  }
  let release: (() => void) | undefined
  for (let asked = 1; session.isHalted(error); asked++) {
    if (await isSteppedOver()) {
      logger.warn({ task: session.name, err: error }, 'a batch that cannot be decoded is stepped over')
      session.stepOver(error)
      break
    }
    // A task that can't do without the topic ends with this error; its handler logs it.
    const goesOn = session.halt(error)
    if (goesOn) release ??= onHalt?.(session.name, error) ?? (() => undefined)
    if (asked % ASKED_BEFORE_FETCHED === 0) session.fetchAgain(error)
    await sleep(pauseMs, undefined, { signal: session.signal }).catch(() => undefined)
  }
  release?.()
}
