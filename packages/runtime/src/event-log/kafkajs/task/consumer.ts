/** A member of a consumer group that works on the tasks it is given. */
import { setTimeout as sleep } from 'node:timers/promises'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs'
import { LogUnavailableError, TaskEndedError } from '../../errors.ts'
import type { EventLogMetrics } from '../../metrics.ts'
import type { TaskConsumer, TaskConsumerOptions } from '../../port.ts'
import type { SteppedOver } from '../../stepped-over.ts'
import type { KafkaAdmin } from '../admin/admin.ts'
import type { EventLogLogger } from '../client.ts'
import { consumerConfig, runConfig } from '../consumer-config.ts'
import type { FetchedBatch, FetchedMessage } from '../record-batch/record-set.ts'
import { SteadyRun } from '../steady-run.ts'
import { taskAssigner } from './assigner.ts'
import { watchHalt } from './halted-partition.ts'
import { Membership } from './membership.ts'
import { tasksOf } from './name.ts'
import { type OpeningDependencies, openSession } from './opening.ts'
import { PartitionFlow } from './partition-flow.ts'
import { Task } from './task.ts'

/** How long a leave may take; the group forgets a member that could not say good-bye after its session timeout. */
const DISCONNECT_MS = 10_000
/** After the signal a handler gets this long to return before a stop goes on without it. */
const ABORTED_MS = 1_000

export interface TaskConsumerDependencies {
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

export class KafkaTaskConsumer implements TaskConsumer {
  readonly ended: Promise<void>
  readonly #dependencies: TaskConsumerDependencies
  readonly #options: TaskConsumerOptions
  readonly #consumer: Consumer
  readonly #membership: Membership
  readonly #run: SteadyRun
  readonly #topicOf: ReadonlyMap<string, TopicName>
  readonly #tasks = new Map<string, Task>()
  /** Tasks that went elsewhere, whose handlers may still be at work. */
  readonly #leaving = new Map<string, Promise<void>>()
  /** The task of each partition that is ours. */
  #taskOf = new Map<string, Task>()
  readonly #flow: PartitionFlow
  readonly #resolveEnded: () => void
  #isStopping = false
  #stopped: Promise<void> | undefined

  private constructor(dependencies: TaskConsumerDependencies, options: TaskConsumerOptions) {
    this.#dependencies = dependencies
    this.#options = options
    this.#topicOf = new Map(options.topics.map((topic) => [qualifiedTopic(dependencies.namespace, topic), topic]))
    this.#consumer = dependencies.kafka.consumer(
      consumerConfig({
        groupId: this.#groupId,
        topics: options.topics,
        assigner: taskAssigner(() => this.#ownedPartitions()),
        sessionTimeoutMs: dependencies.sessionTimeoutMs,
        heartbeatMs: dependencies.heartbeatMs,
      }),
    )
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ended = promise
    this.#resolveEnded = resolve
    // Whoever waits for it is told; that nobody may be waiting is no reason to end the process.
    promise.catch(() => undefined)
    const { group } = options
    const { logger, metrics } = dependencies
    const onDead = (error: LogUnavailableError) => {
      metrics.consumerCrash({ group, restart: false })
      logger.error({ group, err: error }, 'out of the group for good: the process has to be started again')
      reject(error)
    }
    const onCrash = (error: Error) => {
      metrics.consumerCrash({ group, restart: true })
      logger.warn({ group, err: error }, 'out of the group for now')
    }
    this.#flow = new PartitionFlow(this.#consumer, dependencies.namespace)
    this.#membership = new Membership(this.#consumer, {
      sessionTimeoutMs: dependencies.sessionTimeoutMs,
      stuckMs: dependencies.stuckMs,
      isAnswering: () =>
        dependencies.admin.offsetsOf(options.topics).then(
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
  static async start(dependencies: TaskConsumerDependencies, options: TaskConsumerOptions): Promise<KafkaTaskConsumer> {
    await Promise.all(options.topics.map((topic) => dependencies.admin.partitions(topic)))
    const started = new KafkaTaskConsumer(dependencies, options)
    try {
      await started.#start()
      return started
    } catch (error) {
      await started.stop(0)
      throw new LogUnavailableError(`${options.group} could not join its group`, { cause: error })
    }
  }

  get tasks(): readonly string[] {
    return [...this.#tasks.values()].filter(({ session }) => session !== undefined).map(({ name }) => name)
  }

  get healthy(): boolean {
    const tasks = [...this.#tasks.values()]
    return this.#membership.isMember && tasks.every(({ session }) => session !== undefined)
  }

  stop(graceMs: number): Promise<void> {
    this.#stopped ??= this.#stop(graceMs)
    return this.#stopped
  }

  /**
   * 1. No task begins a session any more, and polls give nothing: handlers finish and return. 2. Past the grace
   *    period sessions end; transactions under way fail. 3. The member leaves its group, and the tasks go on
   *    elsewhere.
   */
  async #stop(graceMs: number): Promise<void> {
    this.#isStopping = true
    for (const task of this.#tasks.values()) task.retire()
    const handled = Promise.all([...this.#tasks.values()].map(({ done }) => done))
    await atMost(graceMs, handled)
    for (const task of this.#tasks.values()) task.end('aborted')
    await atMost(ABORTED_MS, Promise.all([handled, ...this.#leaving.values()]))
    this.#membership.close()
    await atMost(DISCONNECT_MS, this.#run.stop())
    this.#resolveEnded()
  }

  get #groupId(): string {
    return `${this.#dependencies.namespace}.${this.#options.group}`
  }

  async #start(): Promise<void> {
    this.#consumer.on(this.#consumer.events.GROUP_JOIN, (event) => this.#onJoin(event))
    await this.#run.start([...this.#topicOf.keys()])
  }

  /**
   * The only complete word on what is ours. Runs before the first fetch of the new generation, and must not wait for
   * anything.
   */
  #onJoin({ payload: { memberAssignment } }: ConsumerGroupJoinEvent): void {
    const { metrics, logger } = this.#dependencies
    const { group, tasks: unit } = this.#options
    metrics.rebalance({ group })
    const assignment = Object.entries(memberAssignment).map(([topic, partitions]) => ({ topic, partitions }))
    this.#flow.reset(assignment)
    const partitions = assignment.flatMap(({ topic, partitions: numbers }) => {
      const name = this.#topicOf.get(topic)
      return name === undefined ? [] : numbers.map((partition) => ({ topic: name, partition }))
    })
    const wanted = tasksOf(unit, partitions)
    for (const [name, task] of this.#tasks) {
      // A task that gained a topic begins anew with it.
      if (wanted.get(name)?.topics.length !== task.topics.length) this.#leave(name, task)
    }
    for (const [name, { partition, topics }] of wanted) {
      if (!this.#tasks.has(name) && !this.#isStopping) this.#tasks.set(name, this.#newTask(name, partition, topics))
    }
    this.#taskOf = new Map(
      [...this.#tasks.values()].flatMap((task) => task.topics.map((topic) => [key(topic, task.partition), task])),
    )
    // A task that was ours before keeps its session: had another member owned it meanwhile, its transactions would
    // fail.
    for (const task of this.#tasks.values()) this.#adjust(task)
    logger.info({ group, tasks: [...this.#tasks.keys()] }, 'joined the group')
  }

  #leave(name: string, task: Task): void {
    this.#tasks.delete(name)
    task.end('revoked')
    const done = task.done.then(() => {
      if (this.#leaving.get(name) === done) this.#leaving.delete(name)
    })
    this.#leaving.set(name, done)
  }

  #newTask(name: string, partition: number, topics: readonly TopicName[]): Task {
    const { logger, metrics } = this.#dependencies
    const { group, handler, replayed = [], onHalt, ready = async () => undefined } = this.#options
    const needed = this.#options.tasks === 'by-lane' ? this.#options.topics : []
    const isStopping = () => this.#isStopping
    const onFlow = (task: Task) => this.#adjust(task)
    const onUndecodable: OpeningDependencies['onUndecodable'] = (session, error) =>
      void watchHalt(session, error, { ...this.#dependencies, onHalt })
    const opening = { ...this.#dependencies, group, replayed, needed, isStopping, onFlow, onUndecodable }
    return new Task({
      name,
      partition,
      topics,
      group,
      handler,
      logger,
      metrics,
      isStopping,
      ready,
      open: (task) => openSession(task, opening),
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
    const task = topic === undefined ? undefined : this.#taskOf.get(key(topic, partition))
    const session = task?.session
    // What arrives for a paused partition was asked for earlier; it is asked for again when the partition is resumed.
    if (
      topic === undefined ||
      task === undefined ||
      session === undefined ||
      !this.#flow.isFetching(topic, partition)
    ) {
      return false
    }
    try {
      session.receive(topic, messages, offsets)
      this.#adjust(task)
      return true
    } catch (error) {
      this.#dependencies.logger.error({ topic, partition, err: error }, 'a fetch could not be taken in')
      session.finish(new TaskEndedError(session.name, 'a fetch could not be taken in', { cause: error }))
      return false
    }
  }

  #adjust(task: Task): void {
    if (this.#membership.isJoined && this.#tasks.get(task.name) === task) this.#flow.adjust(task)
  }

  #ownedPartitions(): number[] {
    return [...new Set([...this.#tasks.values()].map(({ partition }) => partition))]
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
