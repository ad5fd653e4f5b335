/**
 * A schema registry in use: Confluent's framing is written, and what carries an id is read. Ids are looked up before
 * they are needed, so that the codec itself talks to nobody:
 *
 * 1. `connect`: the ids of this release's schemas, and all that was ever registered beside them.
 * 2. `learn`: ids that came later, before a record that carries one is handed to a service (`registryEventLog`).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  currentSchema,
  type ReadableSchema,
  type RecordName,
  readableFromJson,
} from '@payout/schemas/avro/schema-catalog'
import type { RegistryIds } from '@payout/schemas/codec'
import { qualifiedTopic, topicNames, topics } from '@payout/schemas/topics'
import type { Logger } from '../observability/logging.ts'
import { RepeatedWords } from '../observability/repeated-messages.ts'
import { RegistryClient, type RegistryClientOptions, RegistryRefusedError, RegistryUnavailableError } from './client.ts'

export interface SchemaRegistryOptions extends RegistryClientOptions {
  readonly namespace: string
  /** Whether schemas that the registry lacks are registered; if not, they must all be there. */
  readonly register: boolean
  readonly logger: Pick<Logger, 'info' | 'warn'>
}

const RETRY_MS = 1_000
/** An id that the registry doesn't know is not asked for again for so long: anybody can write one. */
const UNKNOWN_FOR_MS = 30_000
const MOST_UNKNOWN = 10_000
const AT_A_TIME = 8

/** The subject of a record: TopicRecordNameStrategy, by the real name of the topic. */
export function subjectOf(namespace: string, record: RecordName): string {
  const topic = topicNames.find((name) => topics[name].values.some((value) => value === record))
  if (!topic) throw new RangeError(`${record} stands in no topic`)
  return `${qualifiedTopic(namespace, topic)}-${record}`
}

export class SchemaRegistry implements RegistryIds {
  readonly #options: SchemaRegistryOptions
  readonly #client: RegistryClient
  readonly #ids = new Map<RecordName, number>()
  /** By id; undefined for what is no record of ours, or can't be read as one. */
  readonly #schemas = new Map<number, ReadableSchema | undefined>()
  /** When it may be asked for again. */
  readonly #unknown = new Map<number, number>()
  /** Asked for by the codec in vain: they stood in records within records. */
  readonly #missed = new Set<number>()
  readonly #repeated = new RepeatedWords()
  #connecting: Promise<void> | undefined
  #connected = false

  constructor(options: SchemaRegistryOptions) {
    this.#options = options
    this.#client = new RegistryClient(options)
  }

  /**
   * Looks up all that is known now, however long the registry is away. Sets no compatibility rule: that is its owner's.
   * @throws RegistryRefusedError when the registry says no; the signal's reason when that aborts.
   */
  connect(signal?: AbortSignal): Promise<void> {
    this.#connecting ??= this.#untilConnected(signal)
    return this.#connecting
  }

  /** Whether `connect` has resolved: before that nothing can be written. */
  get connected(): boolean {
    return this.#connected
  }

  /** @throws RegistryUnavailableError before `connect` has resolved. */
  idOf(name: RecordName): number {
    const id = this.#ids.get(name)
    if (id === undefined) throw new RegistryUnavailableError(`the id of ${name} is not known yet`)
    return id
  }

  schemaOf(id: number): ReadableSchema | undefined {
    if (this.#isNew(id)) this.#missed.add(id)
    return this.#schemas.get(id)
  }

  /** Whether `learn` has something to ask for this value of a record. */
  isNew(value: Buffer | null): boolean {
    return this.#missed.size > 0 || (value !== null && this.#idIn(value) !== undefined)
  }

  /**
   * Asks for the ids that these records carry and nobody has asked for. An id that the registry lacks stays unknown;
   * the codec then says so.
   * @throws RegistryUnavailableError, RegistryRefusedError
   */
  async learn(values: readonly (Buffer | null)[]): Promise<void> {
    const found = values.flatMap((value) => (value === null ? [] : (this.#idIn(value) ?? [])))
    const ids = [...new Set([...found, ...this.#missed])]
    for (let at = 0; at < ids.length; at += AT_A_TIME) {
      await Promise.all(ids.slice(at, at + AT_A_TIME).map((id) => this.#ask(id)))
    }
  }

  #idIn(value: Buffer): number | undefined {
    if (value[0] !== 0 || value.length < 5) return undefined
    const id = value.readUInt32BE(1)
    return this.#isNew(id) ? id : undefined
  }

  #isNew(id: number): boolean {
    return !this.#schemas.has(id) && (this.#unknown.get(id) ?? 0) <= performance.now()
  }

  async #ask(id: number): Promise<void> {
    const json = await this.#client.schemaOf(id)
    this.#missed.delete(id)
    if (json !== undefined) {
      this.#keep(id, json)
      return
    }
    if (this.#unknown.size >= MOST_UNKNOWN) this.#unknown.clear()
    this.#unknown.set(id, performance.now() + UNKNOWN_FOR_MS)
  }

  #keep(id: number, json: string): void {
    try {
      this.#schemas.set(id, readableFromJson(json))
    } catch (err) {
      this.#schemas.set(id, undefined)
      this.#options.logger.warn(
        { err, id },
        'the schema registry has a schema that can not be read as a record of ours',
      )
    }
    this.#unknown.delete(id)
  }

  /**
   * Looks up all that is known now, once.
   * @throws RegistryUnavailableError: try again; RegistryRefusedError when the registry says no
   */
  async tryToConnect(): Promise<void> {
    const names = topicNames.flatMap((topic) => [...topics[topic].values])
    await Promise.all(names.map((name) => this.#connectRecord(name)))
    this.#connected = true
  }

  async #untilConnected(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      try {
        return await this.tryToConnect()
      } catch (error) {
        if (!(error instanceof RegistryUnavailableError)) throw error
        if (this.#repeated.isDue(error.code))
          this.#options.logger.warn({ err: error }, 'waiting for the schema registry')
        await sleep(RETRY_MS, undefined, { signal })
      }
    }
  }

  async #connectRecord(name: RecordName): Promise<void> {
    const subject = subjectOf(this.#options.namespace, name)
    // Without the line breaks of the file: a registry may compare texts.
    const json = JSON.stringify(JSON.parse(currentSchema(name).json))
    const id = (await this.#client.lookUp(subject, json)) ?? (await this.#registered(subject, json))
    this.#keep(id, json)
    for (const version of await this.#client.versions(subject)) this.#keep(version.id, version.schema)
    this.#ids.set(name, id)
  }

  async #registered(subject: string, json: string): Promise<number> {
    if (!this.#options.register) {
      throw new RegistryRefusedError(
        `the schema registry lacks this release's schema under ${subject}: register it, or set SCHEMA_REGISTRY_REGISTER=true`,
      )
    }
    const id = await this.#client.register(subject, json)
    this.#options.logger.info({ subject, id }, 'registered a schema')
    return id
  }
}
