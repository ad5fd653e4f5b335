/** The part of Confluent's registry API that the pipeline uses; Apicurio and Karapace speak it too. */
import { PipelineError } from '@payout/schemas/error'

/** The registry doesn't answer, or not in time. Nothing is known; try again later. */
export class RegistryUnavailableError extends PipelineError {
  constructor(what: string, options?: ErrorOptions) {
    super('REGISTRY_UNAVAILABLE', `the schema registry did not answer (${what}): is it up, and reachable?`, options)
  }
}

/** The registry says no: trying again does not help before a person has looked. */
export class RegistryRefusedError extends PipelineError {
  constructor(message: string) {
    super('REGISTRY_REFUSED', message)
  }
}

export interface RegistryClientOptions {
  /** Without a `/` at the end or with one: `https://registry:8081`, `http://apicurio:8080/apis/ccompat/v7`. */
  readonly url: string
  readonly credentials?: { readonly username: string; readonly password: string } | undefined
  readonly timeoutMs: number
}

/** A schema with the id that the registry gave it. */
export interface RegisteredSchema {
  readonly id: number
  /** The schema as JSON. */
  readonly schema: string
}

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'
/** Not there: subject, version, schema or id. */
const NOT_THERE = 404
/** Ids are signed numbers of 32 bits at the registries. */
const HIGHEST_ID = 2 ** 31 - 1
/** Words of the registry that are repeated in an error. */
const MOST_WORDS = 300

/**
 * Each method throws RegistryUnavailableError, after which nothing is known, and RegistryRefusedError, for whatever
 * else the registry says than an answer.
 */
export class RegistryClient {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #timeoutMs: number

  constructor({ url, credentials, timeoutMs }: RegistryClientOptions) {
    this.#base = url.replace(/\/+$/, '')
    this.#timeoutMs = timeoutMs
    const { username, password } = credentials ?? {}
    const basic = Buffer.from(`${username}:${password}`).toString('base64')
    this.#headers = {
      accept: `${MEDIA_TYPE}, application/json`,
      'content-type': MEDIA_TYPE,
      ...(credentials ? { authorization: `Basic ${basic}` } : {}),
    }
  }

  /** The id of this schema under this subject; undefined where it is not there. */
  async lookUp(subject: string, schema: string): Promise<number | undefined> {
    const answer = await this.#ask('POST', `/subjects/${encodeURIComponent(subject)}`, { schema, schemaType: 'AVRO' })
    return answer && integer(answer, 'id')
  }

  /** Registers the schema under the subject, or finds it there. */
  async register(subject: string, schema: string): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`
    const answer = await this.#ask('POST', path, { schema, schemaType: 'AVRO' })
    if (!answer) throw new RegistryRefusedError(`the schema registry has no ${path}: is SCHEMA_REGISTRY_URL whole?`)
    return integer(answer, 'id')
  }

  /** All schemas that were ever registered under the subject. */
  async versions(subject: string): Promise<RegisteredSchema[]> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`
    const numbers = (await this.#ask('GET', path)) ?? []
    if (!Array.isArray(numbers)) throw unexpected(path)
    const found = await Promise.all(numbers.map((number) => this.#ask('GET', `${path}/${Number(number)}`)))
    return found.flatMap((answer) => (answer ? [{ id: integer(answer, 'id'), schema: text(answer, 'schema') }] : []))
  }

  /** The schema of an id; undefined where the registry has none, or where no registry could have one. */
  async schemaOf(id: number): Promise<string | undefined> {
    if (id > HIGHEST_ID) return undefined
    const answer = await this.#ask('GET', `/schemas/ids/${id}`)
    return answer && text(answer, 'schema')
  }

  /** The answer's JSON; undefined for what is not there. */
  async #ask(method: 'GET' | 'POST', path: string, body?: object): Promise<object | undefined> {
    const what = `${method} ${path}`
    let status: number
    let words: string
    try {
      const response = await fetch(`${this.#base}${path}`, {
        method,
        headers: this.#headers,
        body: body ? JSON.stringify(body) : null,
        redirect: 'error',
        signal: AbortSignal.timeout(this.#timeoutMs),
      })
      status = response.status
      words = await response.text()
    } catch (cause) {
      throw new RegistryUnavailableError(what, { cause })
    }
    if (status >= 500 || status === 408 || status === 429) throw new RegistryUnavailableError(`${what}: ${status}`)
    const answer = parse(words)
    // A 404 of something else than a registry has no error_code of one.
    if (status === NOT_THERE && answer && 'error_code' in answer) return undefined
    if (status !== 200 || !answer) {
      throw new RegistryRefusedError(
        `the schema registry answered ${status} to ${what}: ${words.slice(0, MOST_WORDS)}. ${wayOut(status)}`,
      )
    }
    return answer
  }
}

function wayOut(status: number): string {
  if (status === 401 || status === 403)
    return 'Check SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD, and what that user may do'
  if (status === 409)
    return "The subject's compatibility rule refuses this release's schema: compare it with what is registered there"
  return 'Check SCHEMA_REGISTRY_URL, which includes the path of the Confluent API'
}

function parse(words: string): object | undefined {
  try {
    const answer: unknown = JSON.parse(words)
    return typeof answer === 'object' && answer !== null ? answer : undefined
  } catch {
    return undefined
  }
}

function integer(answer: object, name: string): number {
  const value: unknown = Object.entries(answer).find(([key]) => key === name)?.[1]
  if (typeof value !== 'number' || !Number.isInteger(value)) throw unexpected(name)
  return value
}

function text(answer: object, name: string): string {
  const value: unknown = Object.entries(answer).find(([key]) => key === name)?.[1]
  if (typeof value !== 'string') throw unexpected(name)
  return value
}

function unexpected(what: string): RegistryRefusedError {
  return new RegistryRefusedError(`the schema registry's answer has no ${what}: is SCHEMA_REGISTRY_URL one?`)
}
