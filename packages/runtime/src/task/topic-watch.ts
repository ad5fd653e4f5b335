import { setTimeout as sleep } from 'node:timers/promises'
import { type TopicName, topicNames, topics } from '@payout/schemas/topics'
import { isKafkaAway, TopicsUnfitError } from '../event-log/errors.ts'
import {
  allFindings,
  lanesChanged,
  mostLanes,
  type TopicDemands,
  type TopicFinding,
  type TopicState,
} from '../event-log/topic-findings.ts'
import { TOPIC_RULES } from '../event-log/topic-rules.ts'
import type { Logger } from '../observability/logging.ts'
import type { Metrics, MetricTable } from '../observability/metrics.ts'
import { RepeatedWords } from '../observability/repeated-messages.ts'

/** Metrics of every service: what is wrong with its topics. */
export const topicWatchMetricTable = {
  topic_findings: {
    type: 'gauge',
    help: 'What is wrong with a topic, by its name in docs/configuration.md: 2 where signer, egress or reconciler waits for it, else 1.',
    labels: ['topic', 'reason'],
  },
} as const satisfies MetricTable

export interface TopicWatchDependencies {
  /** What Kafka says of the topics. */
  readonly describe: () => Promise<ReadonlyMap<TopicName, TopicState>>
  readonly demands: TopicDemands & { readonly topics: readonly TopicName[] }
  readonly everyMs: number
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly metrics: Pick<Metrics<typeof topicWatchMetricTable>, 'set' | 'remove'>
}

/** Who has a watch. */
type ServiceName = 'signer' | 'gateway-egress' | 'gateway-ingress' | 'reconciler'

/** The topics that a service reads or writes, and so may see. */
export function topicsOf(service: ServiceName): TopicName[] {
  return topicNames.filter((topic) => {
    const { writtenBy, readBy }: { writtenBy: readonly string[]; readBy: readonly string[] } = topics[topic]
    return writtenBy.includes(service) || readBy.includes(service)
  })
}

/**
 * Looks at the topics of a service when it starts, and again and again while it runs. What is wrong with them is a
 * gauge, a log line that is repeated less and less often, and, where it is not safe to go on, the reason to wait.
 */
export class TopicWatch {
  readonly #dependencies: TopicWatchDependencies
  readonly #repeated = new RepeatedWords()
  readonly #closing = new AbortController()
  readonly #listeners = new Set<(unfit: TopicsUnfitError | undefined) => void>()
  #reported = new Map<string, TopicFinding>()
  /** The number of tasks when the topics were first as they must be. */
  #lanes: number | undefined
  #unfit: TopicsUnfitError | undefined
  #hasLooked = false
  #run: Promise<void> | undefined

  constructor(dependencies: TopicWatchDependencies) {
    this.#dependencies = dependencies
  }

  /** Why nothing is worked on, as of the last look; undefined where the topics are as they must be. */
  get unfit(): TopicsUnfitError | undefined {
    return this.#unfit
  }

  /** Aborts when nobody looks any more. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Looks at once. @returns `unfit` @throws LogUnavailableError, LogAccessError */
  async look(): Promise<TopicsUnfitError | undefined> {
    const { describe, demands } = this.#dependencies
    const states = await describe()
    const findings = [...allFindings(demands, states), ...this.#changes(states)]
    this.#tell(findings)
    this.#hasLooked = true
    const waits = findings.filter(({ fault }) => TOPIC_RULES[fault].waits)
    if (waits.length === 0) this.#lanes ??= mostLanes(demands.topics, states)
    this.#unfit = waits.length === 0 ? undefined : new TopicsUnfitError(waits.map(({ message }) => message))
    for (const listener of this.#listeners) listener(this.#unfit)
    return this.#unfit
  }

  /** Looks once, and throws what it finds. @throws TopicsUnfitError; LogUnavailableError, LogAccessError */
  async check(): Promise<void> {
    const unfit = await this.look()
    if (unfit !== undefined) throw unfit
  }

  /** Looks again and again, until `close`; at once, where it has not looked yet. */
  begin(): void {
    this.#run ??= this.#lookAgain()
  }

  /**
   * Resolves when a look finds the topics unfit, or, with `false`, as they must be; at once where that is known
   * already.
   * @throws the signal's reason
   */
  async until(isUnfit: boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if ((this.#unfit !== undefined) === isUnfit) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const listener = (unfit: TopicsUnfitError | undefined) => {
      if ((unfit !== undefined) === isUnfit) resolve()
    }
    const onAbort = () => reject(signal.reason)
    this.#listeners.add(listener)
    signal.addEventListener('abort', onAbort)
    try {
      await promise
    } finally {
      this.#listeners.delete(listener)
      signal.removeEventListener('abort', onAbort)
    }
  }

  close(): void {
    this.#closing.abort()
  }

  async #lookAgain(): Promise<void> {
    const { signal } = this.#closing
    for (let hasLooked = this.#hasLooked; !signal.aborted; hasLooked = true) {
      if (hasLooked) await sleep(this.#dependencies.everyMs, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) return
      try {
        await this.look()
      } catch (error) {
        // While Kafka is away its topics are as they were.
        if (!isKafkaAway(error) && this.#repeated.isDue('look'))
          this.#dependencies.logger.error({ err: error }, 'the topics could not be looked at')
      }
    }
  }

  #changes(states: ReadonlyMap<TopicName, TopicState>): TopicFinding[] {
    const before = this.#lanes
    if (before === undefined) return []
    const { topics: wanted, namespace } = this.#dependencies.demands
    return wanted.flatMap((topic) => {
      const now = states.get(topic)?.partitions ?? 0
      return topics[topic].partitions === 'lanes' && now > before ? [lanesChanged(namespace, topic, before, now)] : []
    })
  }

  #tell(findings: readonly TopicFinding[]): void {
    const { logger, metrics } = this.#dependencies
    const now = new Map(findings.map((finding) => [`${finding.topic} ${finding.fault}`, finding]))
    for (const [key, { topic, fault, message }] of now) {
      const { waits } = TOPIC_RULES[fault]
      metrics.set('topic_findings', { topic, reason: fault }, waits ? 2 : 1)
      if (!this.#repeated.isDue(key)) continue
      const fields = { topic, reason: fault, waits, finding: message }
      if (TOPIC_RULES[fault].level === 'error') logger.error(fields, 'a topic is not as it must be')
      else logger.warn(fields, 'a topic is not as it should be')
    }
    for (const [key, { topic, fault }] of this.#reported) {
      if (now.has(key)) continue
      this.#repeated.isOver(key)
      metrics.remove('topic_findings', { topic, reason: fault })
      logger.info({ topic, reason: fault }, 'a topic was put right')
    }
    this.#reported = now
  }
}
