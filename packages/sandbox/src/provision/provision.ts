import { mkdir, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { kafkaOfEnvironment, redisOfEnvironment } from './environment.ts'
import { findJava } from './java.ts'
import { KafkaProcesses } from './kafka-processes.ts'
import type { KafkaProvision } from './kafka-provision.ts'
import { Lifeline } from './lifeline.ts'
import { kafkaJars, mavenFolder } from './maven-folder.ts'
import { ProvisionError } from './provision-error.ts'
import { RedisProcess } from './redis-process.ts'
import { findRedis } from './redis-program.ts'
import type { RedisProvision } from './redis-provision.ts'
import { type Attempt, takeFirstWay, type WayName, wayOrder } from './way.ts'

/** What is wanted of Kafka and Redis. */
export interface ProvisionOptions {
  /** 1, or 3 for a cluster with replication 3 and min ISR 2, which only processes of this machine give. Default 1. */
  readonly brokers?: 1 | 3
  /** Broker settings in Kafka's own words, e.g. `{ 'group.min.session.timeout.ms': '1000' }`. */
  readonly kafkaSettings?: Record<string, string>
  /** Told, in a sentence, what takes long. */
  readonly progress?: (message: string) => void
  /** Where processes keep their data; kept on stop, and gone on with next time. Default: a temporary folder, removed on stop. */
  readonly dataDir?: string
  /** The way that is tried first. Default: environment, docker, processes, in that order. */
  readonly prefer?: WayName
}

/** A Kafka and a Redis that answer. */
export interface Provisioned {
  readonly kafka: KafkaProvision
  readonly redis: RedisProvision
  /** Which way was taken, in words for a person. */
  readonly how: { readonly kafka: string; readonly redis: string }
  /** Ends what was started here; what the environment named goes on. */
  stop(): Promise<void>
}

const PORT_TRIES = 3

/** Tries again, with other ports, when another program took a port between its choice and its use. */
async function withOtherPorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      const isTaken = error instanceof ProvisionError && error.code === 'PROVISION_PORT_TAKEN'
      if (!isTaken || attempt === PORT_TRIES) throw error
    }
  }
}

/** What both servers' ways need. */
interface Ground {
  readonly options: ProvisionOptions
  readonly progress: (message: string) => void
  readonly folder: string
  readonly lifeline: Lifeline
}

async function kafkaByProcesses({ options, progress, folder, lifeline }: Ground): Promise<Attempt<KafkaProvision>> {
  const found = await findJava()
  if ('missing' in found) return { missing: `${found.missing}; Java 17 or later is needed` }
  try {
    const jars = await mavenFolder(kafkaJars, progress)
    const brokers = options.brokers ?? 1
    progress(brokers === 3 ? 'starting three Kafka brokers (about 6 seconds)' : 'starting Kafka (about 3 seconds)')
    const settings = options.kafkaSettings ?? {}
    const kafka = await withOtherPorts(() =>
      KafkaProcesses.start({ brokers, settings, java: found.java, jars, folder, lifeline }),
    )
    const count = brokers === 3 ? 'three brokers' : 'one broker'
    return { server: kafka, how: `Apache Kafka 4.1.0, ${count}, by processes of this machine (${found.java})` }
  } catch (error) {
    if (error instanceof ProvisionError) return { missing: error.message }
    throw error
  }
}

async function redisByProcess({ progress, folder, lifeline }: Ground): Promise<Attempt<RedisProvision>> {
  const found = await findRedis(progress)
  if ('missing' in found) return found
  try {
    return { server: await withOtherPorts(() => RedisProcess.start(found.program, folder, lifeline)), how: found.how }
  } catch (error) {
    if (error instanceof ProvisionError) return { missing: error.message }
    throw error
  }
}

async function kafkaFromEnvironment(brokers: 1 | 3): Promise<Attempt<KafkaProvision>> {
  const list = process.env.KAFKA_BROKERS
  if (!list) return { missing: 'KAFKA_BROKERS is not set' }
  if (brokers === 3) return { missing: 'KAFKA_BROKERS names a Kafka whose brokers cannot be stopped and started here' }
  return { server: await kafkaOfEnvironment(list), how: `the Kafka that KAFKA_BROKERS names (${list})` }
}

async function redisFromEnvironment(): Promise<Attempt<RedisProvision>> {
  const url = process.env.REDIS_URL
  if (!url) return { missing: 'REDIS_URL is not set' }
  return { server: await redisOfEnvironment(url), how: 'the Redis that REDIS_URL names' }
}

/**
 * Gives a Kafka and a Redis: those that the environment names (KAFKA_BROKERS, REDIS_URL; either alone too), else
 * by Docker, else by processes of this machine. What it starts listens on 127.0.0.1 only, on ports of its own, and
 * ends with this process, however that ends.
 * @throws ProvisionError PROVISION_NOTHING_FOUND naming all that is missing, and the ways out; PROVISION_UNREACHABLE
 * when the environment names a server that doesn't answer.
 */
export async function provision(options: ProvisionOptions = {}): Promise<Provisioned> {
  const lifeline = new Lifeline()
  try {
    const folder = await dataFolder(options.dataDir, lifeline)
    const ground: Ground = { options, progress: options.progress ?? (() => undefined), folder, lifeline }
    const order = wayOrder(options.prefer)
    const [kafka, redis] = await Promise.allSettled([
      takeFirstWay<KafkaProvision>('Kafka', order, {
        environment: () => kafkaFromEnvironment(options.brokers ?? 1),
        docker: async () => ({ missing: 'not tried' }),
        processes: () => kafkaByProcesses(ground),
      }),
      takeFirstWay<RedisProvision>('Redis', order, {
        environment: () => redisFromEnvironment(),
        docker: async () => ({ missing: 'not tried' }),
        processes: () => redisByProcess(ground),
      }),
    ])
    if (kafka.status === 'rejected' || redis.status === 'rejected') throw failure([kafka, redis])
    return {
      kafka: kafka.value.server,
      redis: redis.value.server,
      how: { kafka: kafka.value.how, redis: redis.value.how },
      stop: () => stop([kafka.value.server, redis.value.server], options.dataDir !== undefined, lifeline),
    }
  } catch (error) {
    await lifeline.cut()
    throw error
  }
}

async function dataFolder(dataDir: string | undefined, lifeline: Lifeline): Promise<string> {
  if (dataDir !== undefined) {
    await mkdir(dataDir, { recursive: true })
    return resolve(dataDir)
  }
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'payout-sandbox-')))
  lifeline.removeFolder(folder)
  return folder
}

/** One error for both: what is missing for Kafka and for Redis is told at once. */
function failure(results: readonly PromiseSettledResult<unknown>[]): Error {
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  const [first, ...others] = reasons
  if (others.length === 0) return first
  const message = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason))).join('\n\n')
  const code = first instanceof ProvisionError ? first.code : 'PROVISION_START_FAILED'
  return new ProvisionError(code, message, { cause: first })
}

/** Data that is kept deserves an orderly end; data that is thrown away does not need one. */
async function stop(
  [kafka, redis]: readonly [KafkaProvision, RedisProvision],
  isDataKept: boolean,
  lifeline: Lifeline,
): Promise<void> {
  if (isDataKept) {
    const started = [...kafka.nodes, ...(redis.pid === undefined ? [] : [redis])]
    await Promise.all(started.map((server) => server.kill('SIGTERM')))
  }
  await lifeline.cut()
}
