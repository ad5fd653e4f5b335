import { loadConfig } from '@payout/runtime/config/config'
import { oneOf, optional, timeSpan } from '@payout/runtime/config/field'
import { kafkaAccess, kafkaFields } from '@payout/runtime/config/kafka'
import { nodeFields, processEnvironment } from '@payout/runtime/config/production-refusals'
import { redisFields, redisOptions } from '@payout/runtime/config/redis'
import { registryFields, registryOptions } from '@payout/runtime/config/registry'
import { LOG_LEVELS, partnersFields, serviceFields, serviceSchema } from '@payout/runtime/config/service'
import type { KafkaConnection } from '@payout/runtime/event-log/kafkajs/client'
import type { EventLog } from '@payout/runtime/event-log/port'
import { type Logger, logger } from '@payout/runtime/observability/logging'
import { loadPartners } from '@payout/runtime/partners/partners'
import type { StateStore } from '@payout/runtime/redis/port'
import type { SchemaRegistry, SchemaRegistryOptions } from '@payout/runtime/schema-registry/registry'
import type { Codec } from '@payout/schemas/codec'
import type * as z from 'zod'
import { closedInTime } from '../terminal/closed-in-time.ts'
import { NoSystemError, SystemGoneError, UsageError } from '../terminal/errors.ts'
import { isAlive, type LocalSystem, localSystemFile, runningLocalSystem } from './local-system.ts'

const { NAMESPACE, MODE } = serviceFields

/** The settings that every command reads, from the environment or as the local system has them. */
const commonFields = {
  NAMESPACE,
  MODE,
  LOG_LEVEL: oneOf({ description: 'the least that is logged, to standard error', default: 'silent' }, LOG_LEVELS),
  PARTNERS_FILE: optional(partnersFields.PARTNERS_FILE),
  ...nodeFields,
}
const kafkaSchema = serviceSchema({ ...commonFields, ...kafkaFields })
/** Whoever types a command is not kept waiting for a registry that is away, as a service is. */
const REGISTRY_LIMIT = timeSpan(
  { description: 'how long a schema registry may take to answer a command', default: '10s' },
  { min: '1s', max: '24h' },
)
const logSchema = serviceSchema({ ...commonFields, ...kafkaFields, ...registryFields, REGISTRY_LIMIT })
const redisSchema = serviceSchema({ ...commonFields, ...redisFields })

/** How often commands look whether the local system still runs. */
const LOCAL_LOOK_MS = 500

/** A system that commands talk to. What only some commands need of it is loaded when it is needed. */
export class RunningSystem {
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #local: LocalSystem | undefined

  /**
   * The one that the environment names, if KAFKA_BROKERS or REDIS_URL is set there, else the one that runs on this
   * machine.
   * @throws NoSystemError where there is neither
   */
  constructor(
    env: Readonly<Record<string, string | undefined>> = processEnvironment(),
    file: string = localSystemFile,
  ) {
    const isNamed = Boolean(env.KAFKA_BROKERS || env.REDIS_URL || env.REDIS_SENTINELS)
    this.#local = isNamed ? undefined : runningLocalSystem(file)
    if (!isNamed && this.#local === undefined) {
      throw new NoSystemError(
        'no system is named: set KAFKA_BROKERS, REDIS_URL, NAMESPACE and PARTNERS_FILE in the environment; to try things on this machine, type `npm run up` in another terminal',
      )
    }
    this.#env = { ...env, ...this.#local?.environment }
  }

  /**
   * Gives the event log to `work`, with the codec that reads and writes its records as the services do, and closes the
   * log whatever comes.
   * @throws ConfigurationError; RegistryUnavailableError, RegistryRefusedError where a schema registry is configured
   */
  async withLog<T>(work: (log: EventLog, codec: Codec) => Promise<T>): Promise<T> {
    const config = loadConfig(logSchema, this.#env)
    const options = registryOptions(config)
    const registry =
      options &&
      (await connectedRegistry({ ...options, logger: stderrLogger(config.LOG_LEVEL) }, config.REGISTRY_LIMIT))
    const { kafkaEventLog } = await import('@payout/runtime/event-log/kafkajs/event-log')
    const { Codec } = await import('@payout/schemas/codec')
    const log = kafkaEventLog({ ...this.#kafka(config), namespace: config.NAMESPACE })
    try {
      return await work(registry ? await throughRegistry(log, registry) : log, new Codec(registry))
    } catch (error) {
      const unfit = await this.#unfitTopics(error)
      throw unfit ?? error
    } finally {
      await closedInTime(log.close())
    }
  }

  /**
   * The signal. Where this is a local system, it also aborts when that system has ended, with a SystemGoneError: else a
   * command that follows events would wait for Kafka for ever. A system that the environment names may come back, so
   * commands wait for it.
   */
  whileUp(signal: AbortSignal): AbortSignal {
    const local = this.#local
    if (local === undefined) return signal
    const ended = new AbortController()
    const look = setInterval(() => {
      if (isAlive(local.pid)) return
      clearInterval(look)
      ended.abort(new SystemGoneError('the local system has ended, and all that was in it is gone'))
    }, LOCAL_LOOK_MS)
    look.unref()
    return AbortSignal.any([signal, ended.signal])
  }

  /** Gives what is kept in Redis to `work`, and closes the connection whatever comes. @throws ConfigurationError */
  async withStateStore<T>(work: (stateStore: StateStore) => Promise<T>): Promise<T> {
    const config = loadConfig(redisSchema, this.#env)
    const { redisStateStore } = await import('@payout/runtime/redis/state-store')
    const stateStore = redisStateStore(redisOptions(config, `${config.NAMESPACE}.cli`, stderrLogger(config.LOG_LEVEL)))
    try {
      return await work(stateStore)
    } finally {
      await closedInTime(stateStore.close())
    }
  }

  /** How Kafka is reached, for what is done besides the event log. @throws ConfigurationError */
  kafka(): KafkaConnection & { readonly namespace: string; readonly mode: 'production' | 'sandbox' } {
    const config = loadConfig(kafkaSchema, this.#env)
    return { ...this.#kafka(config), namespace: config.NAMESPACE, mode: config.MODE }
  }

  /** A setting that only one command knows. */
  setting(name: string): string | undefined {
    return this.#env[name] || undefined
  }

  /** The aliases of the partners file; undefined where none is named. @throws ConfigurationError when it is wrong */
  aliases(): string[] | undefined {
    const { PARTNERS_FILE: file, MODE: mode } = this.#env
    if (!file) return undefined
    const partners = loadPartners(file, { mode: mode === 'sandbox' ? mode : 'production', need: 'none' })
    return partners.list().map(({ alias }) => alias)
  }

  /** The partner where a command names none: the default of a local system, or the only one of the partners file. */
  defaultPartner(): string | undefined {
    if (this.#local) return this.#local.defaultPartner
    const aliases = this.aliases() ?? []
    return aliases.length === 1 ? aliases[0] : undefined
  }

  /**
   * The partner that a person named, or else the one that is meant where none is named.
   * @throws UsageError where that is not clear, or the partners file has no such partner
   */
  partnerNamed(alias: string | undefined): string {
    if (alias !== undefined) return this.knownPartner(alias)
    const partner = this.defaultPartner()
    if (partner !== undefined) return partner
    const aliases = this.aliases()
    const choice = aliases ? `; there are: ${aliases.join(', ')}` : ': no partners file (PARTNERS_FILE) tells who it is'
    throw new UsageError(`name the partner with --partner${choice}`)
  }

  /** The alias again. @throws UsageError where the partners file, if one is named, has no partner of it */
  knownPartner(alias: string): string {
    const aliases = this.aliases()
    if (aliases === undefined || aliases.includes(alias)) return alias
    throw new UsageError(`the partners file has no partner ${alias}; there are: ${aliases.join(', ')}`)
  }

  /**
   * What is wrong with the topics, where that may have caused the error: a topic or partition is missing; or the error
   * is unexpected and numbers of partitions differ. Other faults of topics don't explain an error.
   */
  async #unfitTopics(cause: unknown): Promise<Error | undefined> {
    const { PartitionMissingError, TopicMissingError, TopicsUnfitError } = await import(
      '@payout/runtime/event-log/errors'
    )
    const isAboutTopics = cause instanceof PartitionMissingError || cause instanceof TopicMissingError
    const isExpected = cause instanceof Error && ('code' in cause || cause.name === 'AbortError')
    if (isExpected && !isAboutTopics) return undefined
    const { checkTopics } = await import('@payout/runtime/event-log/kafkajs/admin/topic-admin')
    const { TOPIC_RULES } = await import('@payout/runtime/event-log/topic-rules')
    const { namespace, mode, ...connection } = this.kafka()
    const findings = await checkTopics(connection, { namespace, mode }).catch(() => [])
    const why = findings.filter(({ fault }) => (isAboutTopics ? TOPIC_RULES[fault].waits : fault === 'lanes'))
    if (why.length === 0) return undefined
    return new TopicsUnfitError(
      why.map(({ message }) => message),
      { cause },
    )
  }

  #kafka(config: z.output<typeof kafkaSchema>): KafkaConnection {
    return {
      ...kafkaAccess(config),
      clientId: `${config.NAMESPACE}.cli`,
      logger: stderrLogger(config.LOG_LEVEL),
    }
  }
}

async function connectedRegistry(options: SchemaRegistryOptions, limitMs: number): Promise<SchemaRegistry> {
  const { SchemaRegistry } = await import('@payout/runtime/schema-registry/registry')
  const { RegistryUnavailableError } = await import('@payout/runtime/schema-registry/client')
  const registry = new SchemaRegistry(options)
  const limit = AbortSignal.timeout(limitMs)
  try {
    await registry.connect(limit)
    return registry
  } catch (cause) {
    if (!limit.aborted) throw cause
    throw new RegistryUnavailableError(`within ${limitMs / 1000} s (REGISTRY_LIMIT raises that)`, { cause })
  }
}

async function throughRegistry(log: EventLog, registry: SchemaRegistry): Promise<EventLog> {
  const { registryEventLog } = await import('@payout/runtime/schema-registry/log')
  return registryEventLog(log, registry)
}

/** Standard output holds a command's results only. */
function stderrLogger(level: (typeof LOG_LEVELS)[number]): Logger {
  return logger('cli', level, process.stderr)
}
