import { SchemaRegistry, subjectOf } from '@payout/runtime/schema-registry'
import { registryEventLog } from '@payout/runtime/schema-registry-log'
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { Codec } from '@payout/schemas/codec'
import { currentSchema } from '@payout/schemas/schema-catalog'
import { type TopicName, topics } from '@payout/schemas/topics'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, payout } from '../../system/commands.ts'
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
      .filter(({ name }) => name === 'payout.PayoutSucceeded')
      .map((event) => event.value.payoutId)
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
