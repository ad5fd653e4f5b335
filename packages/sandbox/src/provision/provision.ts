import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { ProvisionDependencies } from './attempt.ts'
import type { KafkaProvision } from './kafka/kafka-provision.ts'
import { kafkaWays } from './kafka/kafka-ways.ts'
import { Lifeline } from './process/lifeline.ts'
import { ProvisionError } from './provision-error.ts'
import type { RedisProvision } from './redis/redis-provision.ts'
import { redisWays } from './redis/redis-ways.ts'
import { takeFirstWay, type WayName, wayOrder } from './way.ts'

/** What is wanted of Kafka and Redis. */
export interface ProvisionOptions {
  /** 1, or 3 for a cluster with replication 3 and min ISR 2, which only processes of this machine give. Default 1. */
  readonly brokers?: 1 | 3
  /** Broker settings in Kafka's own words, e.g. `{ 'group.min.session.timeout.ms': '1000' }`. */
  readonly kafkaSettings?: Record<string, string>
  /**
   * Brokers on this machine that cost less to start and to keep, and do less at once: for those that are gone after
   * some minutes. Default: no.
   */
  readonly light?: boolean
  /** Told, in a sentence, what takes long. */
  readonly progress?: (message: string) => void
  /**
   * Where processes of this machine keep their data; it is left there on stop, and gone on with next time. Default: a
   * temporary folder, removed on stop. (Containers keep their data until stop.)
   */
  readonly dataDir?: string
  /** Where the logs of processes of this machine go, and stay. Default: beside their data. */
  readonly logs?: string | undefined
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

/**
 * Gives a Kafka and a Redis: those that the environment names (KAFKA_BROKERS, REDIS_URL; either alone too), else by
 * Docker, else by processes of this machine. What it starts listens on 127.0.0.1 only, on ports of its own, and ends
 * with this process, however that ends.
 * @throws ProvisionError PROVISION_NOTHING_FOUND naming all that is missing, and the ways out; PROVISION_TOO_SLOW,
 *   PROVISION_START_FAILED and the like where something was there and failed; PROVISION_UNREACHABLE when the
 *   environment names a server that doesn't answer.
 */
export async function provision(options: ProvisionOptions = {}): Promise<Provisioned> {
  const lifeline = new Lifeline()
  try {
    const dependencies: ProvisionDependencies = {
      brokers: options.brokers ?? 1,
      kafkaSettings: options.kafkaSettings ?? {},
      light: options.light ?? false,
      progress: options.progress ?? (() => undefined),
      folder: await dataFolder(options.dataDir, lifeline),
      logs: await logsFolder(options.logs),
      keepsData: options.dataDir !== undefined,
      session: randomUUID(),
      lifeline,
      docker: once(async () => (await import('./docker/docker-engine.ts')).findDockerEngine()),
    }
    const order = wayOrder(options.prefer)
    const [kafka, redis] = await Promise.allSettled([
      takeFirstWay('Kafka', order, kafkaWays(dependencies)),
      takeFirstWay('Redis', order, redisWays(dependencies)),
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

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work()
    return result
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

async function logsFolder(logs: string | undefined): Promise<string | undefined> {
  if (logs === undefined) return undefined
  await mkdir(logs, { recursive: true })
  return resolve(logs)
}

/** One error for both: what is missing for Kafka and for Redis comes together. */
function failure(results: readonly PromiseSettledResult<unknown>[]): Error {
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  const [first, ...others] = reasons
  if (others.length === 0) return first
  const message = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason))).join('\n\n')
  const code = first instanceof ProvisionError ? first.code : 'PROVISION_START_FAILED'
  return new ProvisionError(code, message)
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
