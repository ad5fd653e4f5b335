import { setTimeout as sleep } from 'node:timers/promises'
import { errorSummary, type Logger } from '../observability/logging.ts'
import { RepeatedWords } from '../observability/repeated-messages.ts'
import { unlessAborted } from '../unless-aborted.ts'

const RETRY_MS = 1_000

/** Something that was asked for and is not there yet. */
interface Wait {
  readonly what: string
  readonly since: number
  /** The last error. */
  heard: string | undefined
}

/**
 * What a service waits for before it can work. Each wait ends at once when the process is asked to stop; the log
 * tells of it less and less often, and `words` tells it at any time, for `/health/ready`.
 */
export class StartWaits {
  readonly #logger: Pick<Logger, 'warn' | 'info'>
  readonly #stopping: AbortSignal
  readonly #waits = new Set<Wait>()
  readonly #repeated = new RepeatedWords()

  /** @param stopping aborts when nobody wants the service to start any more */
  constructor(logger: Pick<Logger, 'warn' | 'info'>, stopping: AbortSignal) {
    this.#logger = logger
    this.#stopping = stopping
  }

  /** All that is waited for, and the last error of each; undefined where nothing is. */
  get words(): string | undefined {
    if (this.#waits.size === 0) return undefined
    return [...this.#waits].map(wordsOf).join('; ')
  }

  /**
   * What `ask` gives, however often it has to be asked. A question that nobody answers is left behind when the
   * process is asked to stop.
   * @param what is waited for, as a noun: `Redis`
   * @param comesBack whether asking again helps after this error; another one is thrown
   * @throws what `ask` throws; the signal's reason
   */
  async until<T>(what: string, ask: () => Promise<T>, comesBack: (error: unknown) => boolean): Promise<T> {
    const wait: Wait = { what, since: performance.now(), heard: undefined }
    this.#waits.add(wait)
    let key: string | undefined
    try {
      for (;;) {
        try {
          const answer = await this.whileWanted(ask())
          if (key !== undefined && this.#repeated.isOver(key))
            this.#logger.info({ waitedFor: what }, 'the start goes on')
          return answer
        } catch (error) {
          this.#stopping.throwIfAborted()
          if (!comesBack(error)) throw error
          const { code = 'UNEXPECTED', message } = errorSummary(error)
          wait.heard = message
          key = `${what} ${code}`
          if (this.#repeated.isDue(key)) this.#logger.warn({ err: error, waitsFor: what }, 'the start waits')
          await sleep(RETRY_MS, undefined, { signal: this.#stopping })
        }
      }
    } finally {
      this.#waits.delete(wait)
    }
  }

  /**
   * What `work` gives, unless the process is asked to stop before: then it is left behind.
   * @throws what `work` throws; the signal's reason
   */
  whileWanted<T>(work: Promise<T>): Promise<T> {
    return unlessAborted(work, this.#stopping)
  }
}

function wordsOf({ what, since, heard }: Wait): string {
  const seconds = Math.round((performance.now() - since) / 1000)
  return `waits for ${what} since ${seconds} s${heard === undefined ? '' : `: ${heard}`}`
}
