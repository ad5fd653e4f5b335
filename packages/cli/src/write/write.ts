import { PublisherFullError, RecordTooLargeError, TopicMissingError } from '@payout/runtime/event-log/errors'
import type { EventLog, Publisher } from '@payout/runtime/event-log/port'
import { unlessAborted } from '@payout/runtime/unless-aborted'
import { PipelineError } from '@payout/schemas/error'
import { closedInTime } from '../terminal/closed-in-time.ts'
import { WriteUnknownError } from '../terminal/errors.ts'
import { sayAside } from '../terminal/speech.ts'

/** What is said about a write when it is not known whether it happened. */
export interface WriteOptions {
  /** What was to be written: `the payout 2026…`. */
  readonly what: string
  /** How to type it again without having it done twice, a line each; it may hold what was typed. */
  readonly guidance: () => readonly string[]
  /** Ctrl-C: what is on its way is not waited for. */
  readonly signal?: AbortSignal | undefined
  /** Several records: some may be written although another one was refused before it was sent. */
  readonly isMany?: boolean
}

/** Does what comes before a write: where it fails, or the signal aborts, nothing was written, and that is said. */
export async function beforeWriting<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await (signal ? unlessAborted(work, signal) : work)
  } catch (error) {
    sayAside`nothing was written`
    throw error
  }
}

/**
 * Waits for a write.
 * @throws WriteUnknownError where nobody knows whether it was written. When the signal aborts its reason, after what
 *   the error would have said.
 */
export async function awaitWrite<T>(work: Promise<T>, options: WriteOptions): Promise<T> {
  const { guidance, signal, isMany } = options
  try {
    return await (signal ? unlessAborted(work, signal) : work)
  } catch (error) {
    if (signal?.aborted && error === signal.reason) {
      for (const line of [`whether ${options.what} was written is not known`, ...guidance()]) sayAside`${line}`
      throw error
    }
    if (error instanceof WriteUnknownError) throw error
    if (!isMany && !isUnknown(error)) {
      if (isSurelyNotWritten(error)) sayAside`nothing was written`
      throw error
    }
    const said = error instanceof Error ? error.message : String(error)
    throw new WriteUnknownError(`whether ${options.what} was written is not known (${said})`, guidance(), {
      cause: error,
    })
  }
}

/**
 * Gives a publisher to `work`. Its closing is not waited for without end: it goes on looking for a broker that is gone.
 */
export async function withPublisher<T>(
  log: Pick<EventLog, 'publisher'>,
  maxBytes: number,
  work: (publisher: Publisher) => Promise<T>,
): Promise<T> {
  const publisher = log.publisher({ maxBytes })
  try {
    return await work(publisher)
  } finally {
    await closedInTime(publisher.close())
  }
}

/** A server did not answer: it may have done what it was asked for. */
function isUnknown(error: unknown): boolean {
  return error instanceof PipelineError && /UNAVAILABLE$/.test(error.code)
}

/** Refused before anything of it was sent. */
function isSurelyNotWritten(error: unknown): boolean {
  return (
    error instanceof RecordTooLargeError || error instanceof PublisherFullError || error instanceof TopicMissingError
  )
}
