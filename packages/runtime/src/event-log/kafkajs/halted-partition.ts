/** A partition that stands still before a batch that can't be decoded, for as long as nobody has stepped over it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { BatchUndecodableError } from '../errors.ts'
import type { LaneConsumerOptions } from '../port.ts'
import type { SteppedOver } from '../stepped-over.ts'
import type { EventLogLogger } from './client.ts'
import type { KafkaLaneSession } from './lane-session.ts'

const LOOK_AGAIN_MS = 2_000

export interface HaltOptions {
  readonly steppedOver: SteppedOver
  readonly logger: EventLogLogger
  readonly onHalt: LaneConsumerOptions['onHalt']
}

/** Looks whether somebody steps over the batch, and lets the session go on then. Ends with the session; never rejects. */
export async function watchHalt(
  session: KafkaLaneSession,
  error: BatchUndecodableError,
  { steppedOver, logger, onHalt }: HaltOptions,
): Promise<void> {
  let release: (() => void) | undefined
  while (!session.hasEnded) {
    if (await isSteppedOver(error, steppedOver, logger)) {
      logger.warn({ lane: session.name, err: error }, 'a batch that cannot be decoded is stepped over')
      session.stepOver(error)
      break
    }
    // A lane that can't do without the topic ends with this error, and its handler tells.
    const goesOn = session.halt(error)
    if (goesOn) release ??= onHalt?.(session.name, error) ?? (() => undefined)
    await sleep(LOOK_AGAIN_MS, undefined, { signal: session.signal }).catch(() => undefined)
  }
  release?.()
}

async function isSteppedOver(
  error: BatchUndecodableError,
  steppedOver: SteppedOver,
  logger: EventLogLogger,
): Promise<boolean> {
  try {
    return await steppedOver.includes(error)
  } catch (err) {
    logger.warn({ err }, 'nobody knows whether a batch was stepped over: the dead-letter topic cannot be read')
    return false
  }
}
