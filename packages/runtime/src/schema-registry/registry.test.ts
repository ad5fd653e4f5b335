import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { currentSchema, recordNames } from '@payout/schemas/avro/schema-catalog'
import { Codec, UnknownSchemaError } from '@payout/schemas/codec'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { registryFields, registryOptions } from '../config/registry.ts'
import { serviceFields, serviceSchema } from '../config/service.ts'
import type { EventLog, Fetched, LogRecord, ReadOptions, TaskSession } from '../event-log/port.ts'
import { RegistryRefusedError, RegistryUnavailableError } from './client.ts'
import { registryEventLog } from './log.ts'
import { SchemaRegistry, type SchemaRegistryOptions, subjectOf } from './registry.ts'

interface Version {
  readonly subject: string
  readonly schema: string
  readonly id: number
}

/** Answers as the Confluent API is documented. */
class FakeRegistry {
  readonly versions: Version[] = []
  readonly asked: string[] = []
  authorization: string | undefined
  /** Answers this instead, so many times. */
  fault: { readonly status: number; readonly body: string } | 'silence' | undefined
  faults = 0
  readonly #server: Server

  constructor() {
    this.#server = createServer(async (request, response) => {
      const [status, body] = await this.#answer(request)
      if (status === 0) return
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
      response.end(body)
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  add(subject: string, schema: string): number {
    const same = this.versions.find((version) => version.schema === schema)
    const id = same?.id ?? 100 + this.versions.length
    this.versions.push({ subject, schema, id })
    return id
  }

  async #answer(request: IncomingMessage): Promise<[number, string]> {
    const { method = '', url = '' } = request
    const body = await text(request)
    const sent: { readonly schema?: string } = body ? JSON.parse(body) : {}
    this.asked.push(`${method} ${url}`)
    this.authorization = request.headers.authorization
    if (this.fault && this.faults-- > 0)
      return this.fault === 'silence' ? [0, ''] : [this.fault.status, this.fault.body]
    const [, , collection, name = '', , number] = url.split('/').map(decodeURIComponent)
    const mine = this.versions.filter(({ subject }) => subject === name)
    const ok = (answer: unknown): [number, string] => [200, JSON.stringify(answer)]
    const missing = (code: number): [number, string] => [
      404,
      JSON.stringify({ error_code: code, message: 'not found' }),
    ]
    if (collection === 'schemas') {
      const found = this.versions.find(({ id }) => String(id) === url.split('/').at(-1))
      return found ? ok({ schema: found.schema }) : missing(40403)
    }
    if (method === 'POST' && url.endsWith('/versions')) return ok({ id: this.add(name, sent.schema ?? '') })
    if (method === 'POST') {
      const found = mine.find(({ schema }) => schema === sent.schema)
      return found ? ok({ ...found, version: mine.indexOf(found) + 1 }) : missing(mine.length > 0 ? 40403 : 40401)
    }
    if (number === undefined) return mine.length > 0 ? ok(mine.map((_, index) => index + 1)) : missing(40401)
    const found = mine[Number(number) - 1]
    return found ? ok({ ...found, version: Number(number) }) : missing(40402)
  }
}

const PAYOUT = {
  payoutId: 'order-1',
  partner: 'acme',
  payer: null,
  payeeAccount: 'payee@example.com',
  payeeName: 'Li',
  amountFen: 1,
  memo: '',
  requestedAt: null,
}
const COMMAND = 'payout.PayoutRequested'
const SUBJECT = 'live.payout.commands-payout.PayoutRequested'

let fake: FakeRegistry
let url: string
beforeEach(async () => {
  fake = new FakeRegistry()
  url = await fake.listen()
})
afterEach(() => fake.close())

function registry(options: Partial<SchemaRegistryOptions> = {}): SchemaRegistry {
  const logger = { info: () => undefined, warn: () => undefined }
  return new SchemaRegistry({ url, namespace: 'live', register: true, timeoutMs: 2_000, logger, ...options })
}

/** A later release's command: a field more. */
function laterSchema(): string {
  const schema = JSON.parse(currentSchema(COMMAND).json)
  schema.fields.push({ name: 'more', type: 'boolean', default: false })
  return JSON.stringify(schema)
}

/** `PAYOUT` as that release writes it. */
function laterBytes(id: number): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(5), new Codec().encode(COMMAND, PAYOUT).subarray(10), Buffer.of(1)])
  bytes.writeUInt32BE(id, 1)
  return bytes
}

describe('a schema registry', () => {
  it('gets every schema under its topic and record, is asked for no compatibility, and gives the ids that are written', async () => {
    const schemas = registry()
    await schemas.connect()
    expect(schemas.connected).toBe(true)
    expect(fake.versions.map(({ subject }) => subject).toSorted()).toEqual(
      recordNames.map((name) => subjectOf('live', name)).toSorted(),
    )
    expect(subjectOf('live', COMMAND)).toBe(SUBJECT)
    expect(fake.asked.filter((line) => line.includes('config') || line.includes('compatib'))).toEqual([])
    const bytes = new Codec(schemas).encode(COMMAND, PAYOUT)
    expect(bytes.readUInt32BE(1)).toBe(fake.versions.find(({ subject }) => subject === SUBJECT)?.id)
    expect({ ...new Codec(schemas).decode(bytes, [COMMAND]).value }).toEqual(PAYOUT)
  })

  it('keeps what is there: a second start registers nothing', async () => {
    await registry().connect()
    const before = fake.versions.length
    fake.asked.length = 0
    const again = registry({ register: false })
    await again.connect()
    expect(fake.versions.length).toBe(before)
    expect(fake.asked.filter((line) => line.startsWith('POST') && line.endsWith('/versions'))).toEqual([])
  })

  it('that lacks a schema and may not be written is refused by name', async () => {
    const error = await registry({ register: false })
      .connect()
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RegistryRefusedError)
    expect(String(error)).toContain('SCHEMA_REGISTRY_REGISTER')
    expect(fake.versions).toEqual([])
  })

  it('knows from the start what was registered before under the same subject', async () => {
    const id = fake.add(SUBJECT, laterSchema())
    const schemas = registry()
    await schemas.connect()
    expect({ ...new Codec(schemas).decode(laterBytes(id), [COMMAND]).value }).toEqual(PAYOUT)
  })

  it('is asked for an id that came later, once', async () => {
    const schemas = registry()
    await schemas.connect()
    const bytes = laterBytes(fake.add(SUBJECT, laterSchema()))
    expect(schemas.isNew(bytes)).toBe(true)
    fake.asked.length = 0
    await schemas.learn([bytes, bytes, null, Buffer.from('{}'), Buffer.of(0)])
    expect(fake.asked).toHaveLength(1)
    expect(schemas.isNew(bytes)).toBe(false)
    expect({ ...new Codec(schemas).decode(bytes, [COMMAND]).value }).toEqual(PAYOUT)
  })

  it('is asked once for ids that it does not know, and not at all for what can not be an id', async () => {
    const schemas = registry()
    await schemas.connect()
    fake.asked.length = 0
    for (let round = 0; round < 3; round++) await schemas.learn([laterBytes(7), laterBytes(2 ** 32 - 1)])
    expect(fake.asked).toEqual(['GET /api/schemas/ids/7'])
    expect(() => new Codec(schemas).decode(laterBytes(7), [COMMAND])).toThrow(UnknownSchemaError)
  })

  it('is asked for an id within another record after the codec met it in vain', async () => {
    const schemas = registry()
    await schemas.connect()
    const bytes = laterBytes(fake.add(SUBJECT, laterSchema()))
    expect(() => new Codec(schemas).decode(bytes, [COMMAND])).toThrow(UnknownSchemaError)
    await schemas.learn([])
    expect({ ...new Codec(schemas).decode(bytes, [COMMAND]).value }).toEqual(PAYOUT)
  })

  it.each([
    '{"type":"record","name":"other.Thing","fields":[]}',
    '{"type":"record","name":"payout.PayoutRequested","fields":[]}',
    'nonsense',
  ])('with a schema that is none of ours leaves its records unknown: %s', async (schema) => {
    const schemas = registry()
    await schemas.connect()
    const bytes = laterBytes(fake.add('x', schema))
    await schemas.learn([bytes])
    expect(() => new Codec(schemas).decode(bytes, [COMMAND])).toThrow(UnknownSchemaError)
    expect(schemas.isNew(bytes)).toBe(false)
  })

  it('gets user and password, which no error repeats', async () => {
    const credentials = { username: 'user', password: 'geheim' }
    await registry({ credentials }).connect()
    expect(fake.authorization).toBe(`Basic ${Buffer.from('user:geheim').toString('base64')}`)
    fake.fault = { status: 401, body: '{"error_code":401,"message":"no"}' }
    fake.faults = 1_000
    const error = await registry({ credentials })
      .connect()
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RegistryRefusedError)
    expect(String(error)).toContain('SCHEMA_REGISTRY_PASSWORD')
    expect(String(error)).not.toContain('geheim')
  })

  it.each([
    [409, 'compatibility'],
    [404, 'SCHEMA_REGISTRY_URL'],
    [200, 'SCHEMA_REGISTRY_URL'],
  ] as const)('that answers %s with something else says what to look at', async (status, word) => {
    fake.fault = { status, body: '<html>' }
    fake.faults = 1_000
    await expect(registry().connect()).rejects.toThrow(word)
  })

  it('that is away at the start is waited for; nothing is written before', async () => {
    fake.fault = { status: 503, body: '' }
    fake.faults = 1
    const schemas = registry()
    expect(() => new Codec(schemas).encode(COMMAND, PAYOUT)).toThrow(RegistryUnavailableError)
    await schemas.connect()
    expect(new Codec(schemas).encode(COMMAND, PAYOUT)[0]).toBe(0)
  })

  it('that says nothing is given up on within the time limit, and asked again later', async () => {
    // Each of the forty questions of a connect has to be answered within it, on a busy machine too.
    const schemas = registry({ timeoutMs: 1_000 })
    await schemas.connect()
    const bytes = laterBytes(fake.add(SUBJECT, laterSchema()))
    fake.fault = 'silence'
    fake.faults = 1
    await expect(schemas.learn([bytes])).rejects.toBeInstanceOf(RegistryUnavailableError)
    await schemas.learn([bytes])
    expect(schemas.isNew(bytes)).toBe(false)
  })

  it('that is waited for does not hold up a stop', async () => {
    fake.fault = { status: 503, body: '' }
    fake.faults = 1_000_000
    const stopping = new AbortController()
    const connecting = registry().connect(stopping.signal)
    stopping.abort(new Error('stopping'))
    await expect(connecting).rejects.toThrow()
  })
})

describe('an event log with a schema registry', () => {
  const record = (value: Buffer): LogRecord => ({
    topic: 'payout.commands',
    partition: 0,
    offset: 0,
    timestamp: 0,
    key: null,
    value,
    headers: {},
  })

  it('hands on polled and read records only when their ids were asked for', async () => {
    const schemas = registry()
    await schemas.connect()
    const polled = laterBytes(fake.add(SUBJECT, laterSchema()))
    const read = laterBytes(fake.add(SUBJECT, laterSchema().replace('"more"', '"other"')))
    const fetched: Fetched[] = [{ topic: 'payout.commands', partition: 0, records: [record(polled)], next: 1 }]
    const inner = {
      consume: ({ handler }: { handler: (session: TaskSession) => Promise<void> }) =>
        handler({ poll: async () => fetched } as unknown as TaskSession),
      read: async function* ({ onPosition }: ReadOptions) {
        yield record(read)
        onPosition?.('payout.commands', 0, 1)
      },
    } as unknown as EventLog
    const log = registryEventLog(inner, schemas)
    const codec = new Codec(schemas)
    const seen: string[] = []
    await log.consume({
      group: 'signer',
      tasks: 'by-partition',
      topics: ['payout.commands'],
      handler: async (session) => {
        for (const { records } of await session.poll({ maxRecords: 1, timeoutMs: 1 }))
          for (const { value } of records) seen.push(codec.decode(value, [COMMAND]).value.payoutId)
      },
    })
    const onPosition = (_topic: string, _partition: number, next: number) => void seen.push(`position ${next}`)
    for await (const { value } of log.read({ from: [], until: 'end', onPosition }))
      seen.push(codec.decode(value, [COMMAND]).value.payoutId)
    // Its caller was done with the record before the position behind it was told.
    expect(seen).toEqual(['order-1', 'order-1', 'position 1'])
  })
})

describe('the settings of the schema registry', () => {
  const schema = serviceSchema({ ...serviceFields, ...registryFields })

  it('are off by default', () => {
    expect(registryOptions(loadConfig(schema, {}))).toBeUndefined()
  })

  it('name where it is, and who asks', () => {
    const env = {
      SCHEMA_REGISTRY_URL: 'https://registry:8081/apis/ccompat/v7',
      SCHEMA_REGISTRY_USERNAME: 'user',
      SCHEMA_REGISTRY_PASSWORD: 'geheim',
      NAMESPACE: 'live',
    }
    expect(registryOptions(loadConfig(schema, env))).toEqual({
      url: 'https://registry:8081/apis/ccompat/v7',
      credentials: { username: 'user', password: 'geheim' },
      namespace: 'live',
      register: true,
      timeoutMs: 5_000,
    })
  })

  it('are refused without one another, and with a password in the URL', () => {
    expect(() => loadConfig(schema, { SCHEMA_REGISTRY_PASSWORD: 'p' })).toThrow('SCHEMA_REGISTRY_USERNAME')
    expect(() => loadConfig(schema, { SCHEMA_REGISTRY_URL: 'https://user:geheim@registry' })).toThrow(
      'http://host:port',
    )
  })
})
