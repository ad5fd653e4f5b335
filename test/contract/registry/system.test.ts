import { registryEventLog } from '@payout/runtime/schema-registry/log'
import { SchemaRegistry, subjectOf } from '@payout/runtime/schema-registry/registry'
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { currentSchema } from '@payout/schemas/avro/schema-catalog'
import { Codec } from '@payout/schemas/codec'
import { type TopicName, topics } from '@payout/schemas/topics'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { typed } from '../../e2e/typed-command.ts'
import { ask, payout } from '../../system/actors/commands.ts'
import { batchNoOf } from '../../system/event-watch.ts'
import { type System, startSystem } from '../../system/system.ts'
import { type Apicurio, startApicurio } from './apicurio.ts'

const COMMAND = 'payout.PayoutRequested'

let apicurio: Apicurio
let provisioned: Provisioned
let system: System
let registry: SchemaRegistry

beforeAll(async () => {
  ;[apicurio, provisioned] = await Promise.all([startApicurio(), provision({})])
  const [brokers, redisUrl] = [provisioned.kafka.brokers, provisioned.redis.url]
  const env = { SCHEMA_REGISTRY_URL: apicurio.url, SCHEMA_REGISTRY_TIMEOUT: '20s' }
  system = await startSystem({ brokers, redisUrl, env, lanes: 1, keyPartitions: 1 })
  const { namespace, logger } = system
  registry = new SchemaRegistry({ url: apicurio.url, namespace, register: false, timeoutMs: 20_000, logger })
  await registry.connect()
})

afterAll(async () => {
  await system?.stop()
  await provisioned?.stop()
  await apicurio?.stop()
})

/** All records of a topic of one partition. */
async function values(topic: TopicName): Promise<Buffer[]> {
  const found: Buffer[] = []
  const from = [{ topic, partition: 0, at: 'beginning' }] as const
  for await (const { value } of registryEventLog(system.log, registry).read({ from, until: 'end' }))
    if (value) found.push(value)
  return found
}

/** A command as a later release of upstream writes it, under an id that no service has heard of. */
async function laterCommand(payoutId: string): Promise<Buffer> {
  const schema = JSON.parse(currentSchema(COMMAND).json)
  schema.fields.push({ name: 'more', type: 'boolean', default: false })
  const response = await fetch(`${apicurio.url}/subjects/${subjectOf(system.namespace, COMMAND)}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  })
  const { id } = (await response.json()) as { id: number }
  const body = new Codec().encode(COMMAND, payout(payoutId)).subarray(10)
  const bytes = Buffer.concat([Buffer.alloc(5), body, Buffer.of(1)])
  bytes.writeUInt32BE(id, 1)
  return bytes
}

it("with a schema registry all services write Confluent's framing, and read both and what was registered later", async () => {
  const { publisher } = system
  await ask(system, payout('single-object'))
  const value = await laterCommand('registered-later')
  await publisher.append({ topic: 'payout.commands', partition: 0, key: 'registered-later', value, headers: {} })
  const unknown = Buffer.from('007fffffff00', 'hex')
  await publisher.append({ topic: 'payout.commands', partition: 0, key: 'unknown', value: unknown, headers: {} })

  const codec = new Codec(registry)
  const succeeded = async () =>
    (await values('payout.events'))
      .map((bytes) => codec.decode(bytes, topics['payout.events'].values))
      .flatMap((event) => (event.name === 'payout.PayoutSucceeded' ? [event.value.payoutId] : []))
      .toSorted()
  await expect.poll(succeeded, { timeout: 60_000, interval: 500 }).toEqual(['registered-later', 'single-object'])
  for (const topic of ['gateway.requests', 'gateway.attempts', 'gateway.answers', 'gateway.notifies'] as const) {
    // A notify may be faster than the answer.
    await expect.poll(async () => (await values(topic)).length, { timeout: 30_000, message: topic }).toBeGreaterThan(0)
    const found = await values(topic)
    expect(
      found.map((bytes) => bytes[0]),
      topic,
    ).toEqual(found.map(() => 0))
    for (const bytes of found) codec.decode(bytes, topics[topic].values)
  }
  expect((await values('payout.commands.dlq')).map((bytes) => bytes.toString('hex'))).toEqual(['007fffffff00'])
}, 120_000)

it('with a schema registry the commands that a person types write and read the same framing', async () => {
  const env = {
    PATH: process.env.PATH,
    MODE: 'sandbox',
    NAMESPACE: system.namespace,
    KAFKA_BROKERS: provisioned.kafka.brokers.join(','),
    REDIS_URL: provisioned.redis.url,
    PARTNERS_FILE: system.partnersFile,
    SCHEMA_REGISTRY_URL: apicurio.url,
    SCHEMA_REGISTRY_TIMEOUT: '20s',
  }
  const type = async (script: string, ...args: string[]) => {
    const { code, stdout, stderr } = await typed(script, args, env)
    expect(code, `${script}: ${stderr}`).toBe(0)
    return stdout
  }
  const partner = ['--partner', 'shop-md5-utf8']
  await type('pay', '--id', 'typed', '--to', 'ok@example.com', '--name', '毛毛', '--amount', '1.23', ...partner)
  expect((await values('payout.commands')).at(-1)?.[0]).toBe(0)
  const outcome = () => system.events.story('typed').includes('succeeded')
  await system.events.until(outcome, 'the payout that was typed has its outcome')
  const events = await type('events', '--json', '--from-start', '--payout', 'typed', '--idle', '2')
  expect(events).toContain('"payout.succeeded"')
  expect(await type('trace', 'typed', ...partner, '--json')).toContain('"event succeeded"')
  // There is something to decide about a payout of which no notify comes.
  await type('pay', '--id', 'open', '--to', 'never@example.com', '--name', '毛毛', '--amount', '1', ...partner)
  const accepted = () => system.events.story('open').includes('accepted')
  await system.events.until(accepted, 'the payout without a notify is accepted')
  const looked = ['--batch-no', system.events.of('open').map(batchNoOf).find(Boolean) ?? '', '--serial', 'open']
  const words = ['--looked-at', '2026-01-01T00:00:00Z', '--looked-where', 'books', '--alipay-said', 'paid']
  const decided = ['--decision', 'succeeded', ...looked, ...words, '--by', 'li', '--reason', 'books']
  await type('decide', 'open', ...partner, ...decided, '--yes')
  const last = (await values('payout.commands')).at(-1)
  expect(last?.[0]).toBe(0)
  expect(new Codec(registry).decode(last ?? null, topics['payout.commands'].values).name).toBe('payout.PayoutDecided')
  expect(await type('dead-letters', 'list', '--json')).toContain('SCHEMA_UNKNOWN')
}, 120_000)

it('a schema registry that is away keeps nobody waiting who types a command', async () => {
  const env = { PATH: process.env.PATH, MODE: 'sandbox', NAMESPACE: system.namespace, KAFKA_BROKERS: '127.0.0.1:9' }
  const away = { ...env, SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9', SCHEMA_REGISTRY_TIMEOUT: '100ms' }
  const { code, stderr } = await typed('dead-letters', ['list'], away)
  expect(code).toBe(1)
  expect(stderr).toContain('the schema registry did not answer')
})
