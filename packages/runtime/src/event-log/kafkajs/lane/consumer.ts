/** A member of a consumer group that works on the lanes it is given. */
import { setTimeout as sleep } from 'node:timers/promises'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs'
import { LaneEndedError, LogUnavailableError } from '../../errors.ts'
import type { EventLogMetrics } from '../../metrics.ts'
import type { LaneConsumer, LaneConsumerOptions } from '../../port.ts'
import type { SteppedOver } from '../../stepped-over.ts'
import type { KafkaAdmin } from '../admin/admin.ts'
import type { EventLogLogger } from '../client.ts'
import { consumerConfig, runConfig } from '../consumer-config.ts'
import type { FetchedBatch, FetchedMessage } from '../record-batch/record-set.ts'
import { SteadyRun } from '../steady-run.ts'
import { laneAssigner } from './assigner.ts'
import { watchHalt } from './halted-partition.ts'
import { Lane } from './lane.ts'
import { Membership } from './membership.ts'
import { lanesOf } from './name.ts'
import { type LaneOpening, openSession } from './opening.ts'
import { PartitionFlow } from './partition-flow.ts'

/** How long a leave may take; the group forgets a member that could not say good-bye after its session timeout. */
const DISCONNECT_MS = 10_000
/** After the signal a handler gets this long to return before a stop goes on without it. */
const ABORTED_MS = 1_000

export interface LaneConsumerSettings {
  readonly kafka: Kafka
  readonly admin: KafkaAdmin
  readonly namespace: string
  readonly logger: EventLogLogger
  readonly metrics: EventLogMetrics
  readonly steppedOver: SteppedOver
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  readonly stuckMs: number
  readonly transactionTimeoutMs: number
}

export class KafkaLaneConsumer implements LaneConsumer {
  readonly ended: Promise<void>
  readonly #settings: LaneConsumerSettings
  readonly #options: LaneConsumerOptions
  readonly #consumer: Consumer
  readonly #membership: Membership
  readonly #run: SteadyRun
  readonly #topicOf: ReadonlyMap<string, TopicName>
  readonly #lanes = new Map<string, Lane>()
  /** Lanes that went elsewhere, whose handlers may still be at work. */
  readonly #leaving = new Map<string, Promise<void>>()
  /** The lane of each partition that is ours. */
  #laneOf = new Map<string, Lane>()
  readonly #flow: PartitionFlow
  readonly #resolveEnded: () => void
  #isStopping = false
  #stopped: Promise<void> | undefined

  private constructor(settings: LaneConsumerSettings, options: LaneConsumerOptions) {
    this.#settings = settings
    this.#options = options
    this.#topicOf = new Map(options.topics.map((topic) => [qualifiedTopic(settings.namespace, topic), topic]))
    this.#consumer = settings.kafka.consumer(
      consumerConfig({
        groupId: this.#groupId,
        topics: options.topics,
        assigner: laneAssigner(() => this.#ownedPartitions()),
        sessionTimeoutMs: settings.sessionTimeoutMs,
        heartbeatMs: settings.heartbeatMs,
      }),
    )
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ended = promise
    this.#resolveEnded = resolve
    // Whoever waits for it is told; that nobody may be waiting is no reason to end the process.
    promise.catch(() => undefined)
    const { group } = options
    const { logger, metrics } = settings
    const onDead = (error: LogUnavailableError) => {
      metrics.consumerCrash({ group, restart: false })
      logger.error({ group, err: error }, 'out of the group for good: the process has to be started again')
      reject(error)
    }
    const onCrash = (error: Error) => {
      metrics.consumerCrash({ group, restart: true })
      logger.warn({ group, err: error }, 'out of the group for now')
    }
    this.#flow = new PartitionFlow(this.#consumer, settings.namespace)
    this.#membership = new Membership(this.#consumer, {
      sessionTimeoutMs: settings.sessionTimeoutMs,
      stuckMs: settings.stuckMs,
      isAnswering: () =>
        settings.admin.offsetsOf(options.topics).then(
          () => true,
          () => false,
        ),
      onStuck: onDead,
    })
    const config = runConfig((payload) => this.#onBatch(payload))
    this.#run = new SteadyRun(this.#consumer, config, { onCrash, onDead })
  }

  /**
   * Joins the group. What the brokers' absence interrupts afterwards comes back by itself.
   * @throws TopicMissingError, LogUnavailableError
   */
  static async start(settings: LaneConsumerSettings, options: LaneConsumerOptions): Promise<KafkaLaneConsumer> {
    await Promise.all(options.topics.map((topic) => settings.admin.partitions(topic)))
    const started = new KafkaLaneConsumer(settings, options)
    try {
      await started.#start()
      return started
    } catch (error) {
      await started.stop(0)
      throw new LogUnavailableError(`${options.group} could not join its group`, { cause: error })
    }
  }

  get lanes(): readonly string[] {
    return [...this.#lanes.values()].filter(({ session }) => session !== undefined).map(({ name }) => name)
  }

  get healthy(): boolean {
    const lanes = [...this.#lanes.values()]
    return this.#membership.isMember && lanes.every(({ session }) => session !== undefined)
  }

  stop(graceMs: number): Promise<void> {
    this.#stopped ??= this.#stop(graceMs)
    return this.#stopped
  }

  /**
   * 1. No lane begins a session any more, and polls give nothing: handlers finish and return. 2. Past the grace period sessions end;
   * transactions under way fail. 3. The member leaves its group, and the lanes go on elsewhere.
   */
  async #stop(graceMs: number): Promise<void> {
    this.#isStopping = true
    for (const lane of this.#lanes.values()) lane.retire()
    const handled = Promise.all([...this.#lanes.values()].map(({ done }) => done))
    await atMost(graceMs, handled)
    for (const lane of this.#lanes.values()) lane.end('aborted')
    await atMost(ABORTED_MS, Promise.all([handled, ...this.#leaving.values()]))
    this.#membership.close()
    await atMost(DISCONNECT_MS, this.#run.stop())
    this.#resolveEnded()
  }

  get #groupId(): string {
    return `${this.#settings.namespace}.${this.#options.group}`
  }

  async #start(): Promise<void> {
    this.#consumer.on(this.#consumer.events.GROUP_JOIN, (event) => this.#onJoin(event))
    await this.#run.start([...this.#topicOf.keys()])
  }

  /** The only complete word on what is ours. Runs before the first fetch of the new generation, and must not wait for anything. */
  #onJoin({ payload: { memberAssignment } }: ConsumerGroupJoinEvent): void {
    const { metrics, logger } = this.#settings
    const { group, lanes: unit } = this.#options
    metrics.rebalance({ group })
    const assignment = Object.entries(memberAssignment).map(([topic, partitions]) => ({ topic, partitions }))
    this.#flow.reset(assignment)
    const partitions = assignment.flatMap(({ topic, partitions: numbers }) => {
      const name = this.#topicOf.get(topic)
      return name === undefined ? [] : numbers.map((partition) => ({ topic: name, partition }))
    })
    const wanted = lanesOf(unit, partitions)
    for (const [name, lane] of this.#lanes) {
      // A lane that gained a topic begins anew with it.
      if (wanted.get(name)?.topics.length !== lane.topics.length) this.#leave(name, lane)
    }
    for (const [name, { partition, topics }] of wanted) {
      if (!this.#lanes.has(name) && !this.#isStopping) this.#lanes.set(name, this.#newLane(name, partition, topics))
    }
    this.#laneOf = new Map(
      [...this.#lanes.values()].flatMap((lane) => lane.topics.map((topic) => [key(topic, lane.partition), lane])),
    )
    // A lane that was ours before keeps its session: had another member owned it meanwhile, its transactions would fail.
    for (const lane of this.#lanes.values()) this.#adjust(lane)
    logger.info({ group, lanes: [...this.#lanes.keys()] }, 'joined the group')
  }

  #leave(name: string, lane: Lane): void {
    this.#lanes.delete(name)
    lane.end('revoked')
    const done = lane.done.then(() => {
      if (this.#leaving.get(name) === done) this.#leaving.delete(name)
    })
    this.#leaving.set(name, done)
  }

  #newLane(name: string, partition: number, topics: readonly TopicName[]): Lane {
    const { logger, metrics } = this.#settings
    const { group, handler, replayed = [], onHalt, ready = async () => undefined } = this.#options
    const needed = this.#options.lanes === 'lane' ? this.#options.topics : []
    const isStopping = () => this.#isStopping
    const onFlow = (lane: Lane) => this.#adjust(lane)
    const onUndecodable: LaneOpening['onUndecodable'] = (session, error) =>
      void watchHalt(session, error, { ...this.#settings, onHalt })
    const opening = { ...this.#settings, group, replayed, needed, isStopping, onFlow, onUndecodable }
    return new Lane({
      name,
      partition,
      topics,
      group,
      handler,
      logger,
      metrics,
      isStopping,
      ready,
      open: (lane) => openSession(lane, opening),
      confirmMembership: (signal) => this.#membership.confirm(signal),
      after: this.#leaving.get(name) ?? Promise.resolve(),
    })
  }

  /** Nothing may be thrown out of here: kafkajs would stop for good. */
  #onBatch({ batch, resolveOffset, isStale }: EachBatchPayload): void {
    // It was fetched for an earlier session or an earlier wish: another position was sought since.
    if (isStale()) return
    // Where kafkajs fetched from is in the batch, though not in its type; its messages are those of our own decoder.
    const { fetchedOffset, messages } = batch as FetchedBatch
    const last = batch.lastOffset()
    const offsets = { from: Number(fetchedOffset), next: Number(last) + 1 }
    const isTaken = this.#receive(batch.topic, batch.partition, messages, offsets)
    // At once, or never: later it would write into the offsets of another generation.
    if (isTaken) resolveOffset(last)
  }

  #receive(
    qualified: string,
    partition: number,
    messages: readonly FetchedMessage[],
    offsets: { from: number; next: number },
  ): boolean {
    const topic = this.#topicOf.get(qualified)
    const lane = topic === undefined ? undefined : this.#laneOf.get(key(topic, partition))
    const session = lane?.session
    // What arrives for a paused partition was asked for earlier; it is asked for again when the partition is resumed.
    if (
      topic === undefined ||
      lane === undefined ||
      session === undefined ||
      !this.#flow.isFetching(topic, partition)
    ) {
      return false
    }
    try {
      session.receive(topic, messages, offsets)
      this.#adjust(lane)
      return true
    } catch (error) {
      this.#settings.logger.error({ topic, partition, err: error }, 'a fetch could not be taken in')
      session.finish(new LaneEndedError(session.name, 'a fetch could not be taken in', { cause: error }))
      return false
    }
  }

  #adjust(lane: Lane): void {
    if (this.#membership.isJoined && this.#lanes.get(lane.name) === lane) this.#flow.adjust(lane)
  }

  #ownedPartitions(): number[] {
    return [...new Set([...this.#lanes.values()].map(({ partition }) => partition))]
  }
}

function key(topic: TopicName, partition: number): string {
  return `${topic} ${partition}`
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  const limit = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)
  await Promise.race([work, limit])
  over.abort()
}
