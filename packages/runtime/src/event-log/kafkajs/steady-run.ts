/** Keeps a consumer running for as long as its troubles are of the kind that passes. */
import type { Consumer, ConsumerRunConfig } from 'kafkajs'
import { LogUnavailableError } from '../errors.ts'
import { kafkaErrors } from './client.ts'

const PAUSE_MS = 1_000

/**
 * What kafkajs says while brokers come and go. Some of it counts as final there ("failed to find group coordinator",
 * when the only broker shuts down), and the consumer would stay dead.
 */
const passingErrors: ReadonlySet<string> = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionClosedError',
  'KafkaJSConnectionError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSNumberOfRetriesExceeded',
  'KafkaJSRequestTimeoutError',
  'KafkaJSTimeout',
  'KafkaJSTopicMetadataNotLoaded',
])

function isPassing(error: Error): boolean {
  return kafkaErrors(error).some((one) => passingErrors.has(one.name) || ('retriable' in one && one.retriable === true))
}

export interface CrashListener {
  /** Out of the group for a while; it is being tried again. */
  onCrash(error: Error): void
  /** Out of the group for good, by something that time does not heal. */
  onDead(error: LogUnavailableError): void
}

export class SteadyRun {
  readonly #consumer: Consumer
  readonly #config: ConsumerRunConfig
  readonly #listener: CrashListener
  #again: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(consumer: Consumer, config: ConsumerRunConfig, listener: CrashListener) {
    this.#consumer = consumer
    this.#config = config
    this.#listener = listener
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => this.#onCrash(error, restart))
  }

  /** Rejects when not even the first connection succeeds. */
  async start(topics: readonly string[]): Promise<void> {
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await this.#consumer.run(this.#config)
  }

  /** Leaves the group. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#again)
    await this.#consumer.disconnect().catch(() => undefined)
  }

  #onCrash(error: Error, isRestarting: boolean): void {
    if (this.#isStopped) return
    if (!isRestarting && !isPassing(error)) {
      this.#listener.onDead(new LogUnavailableError('the consumer has stopped for good', { cause: error }))
      return
    }
    this.#listener.onCrash(error)
    if (!isRestarting) this.#again = setTimeout(() => this.#runAgain(), PAUSE_MS)
  }

  async #runAgain(): Promise<void> {
    try {
      if (!this.#isStopped) await this.#consumer.run(this.#config)
    } catch (error) {
      this.#listener.onDead(new LogUnavailableError('the consumer could not be started again', { cause: error }))
    }
  }
}
