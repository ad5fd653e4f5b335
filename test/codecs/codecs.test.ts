/** What others compress is paid like anything else, whether or not the broker leaves it compressed. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkTopics, createTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import type { TopicPlan } from '@payout/runtime/event-log/topic-findings'
import { logger } from '@payout/runtime/observability/logging'
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { Codec } from '@payout/schemas/codec'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { payout } from '../system/actors/commands.ts'
import { type System, startSystem } from '../system/system.ts'
import { kafkaConfigs, kafkaPrograms, recordsByCodec } from './kafka-programs.ts'
import { otherClients } from './other-clients.ts'

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd']
const EACH = 500
const PARTNER = 'shop-md5-utf8'

const programs = await kafkaPrograms()
const clients = await otherClients(programs)
const codec = new Codec()

let folder: string
let servers: Provisioned
let system: System

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'payout-codecs-'))
  servers = await provision({ dataDir: folder, light: true, prefer: 'processes' })
  const namespace = 'codecs'
  await createTopics(connection(), planOf(namespace, ['payout.commands', 'gateway.requests']))
  await setCompression(qualifiedTopic(namespace, 'payout.commands'), 'producer')
  await setCompression(qualifiedTopic(namespace, 'gateway.requests'), 'zstd')
  system = await startSystem({ brokers: servers.kafka.brokers, redisUrl: servers.redis.url, namespace })
})

afterAll(async () => {
  await system?.stop()
  await servers?.stop()
  await rm(folder, { recursive: true, force: true })
})

function planOf(namespace: string, topics: readonly TopicName[]): TopicPlan {
  const one = { replicationFactor: 1, minInsyncReplicas: 1, mode: 'sandbox' as const }
  return { namespace, topics, lanes: 3, keyPartitions: 3, ...one }
}

function connection() {
  return { brokers: servers.kafka.brokers, clientId: 'codecs', logger: logger('codecs', 'silent') }
}

async function setCompression(topic: string, type: string): Promise<void> {
  const where = ['--bootstrap-server', servers.kafka.brokers.join(','), '--topic', topic]
  await kafkaConfigs(programs, [...where, '--alter', '--add-config', `compression.type=${type}`])
}

it('the command that the check of topics prints changes compression.type and nothing else', async () => {
  const namespace = `check-${randomUUID().slice(0, 8)}`
  const topic = qualifiedTopic(namespace, 'payout.commands')
  const [brokers, plan] = [servers.kafka.brokers.join(','), planOf(namespace, ['payout.commands'])]
  const described = () => kafkaConfigs(programs, ['--bootstrap-server', brokers, '--describe', '--topic', topic])
  await createTopics(connection(), plan)
  const before = await described()
  expect(before).toContain('retention.ms=2592000000')
  await setCompression(topic, 'lz4')
  const findings = await checkTopics(connection(), plan)
  expect(findings).toMatchObject([{ topic: 'payout.commands', level: 'warning' }])
  const [, command = ''] = findings[0]?.message.split('kafka-configs.sh ') ?? []
  await kafkaConfigs(programs, command.replace('"$KAFKA_BROKERS"', brokers).split(' '))
  expect(await checkTopics(connection(), plan)).toEqual([])
  expect(await described()).toBe(before)
})

it.each(clients)('payouts in compressed batches of $name are all paid', async ({ name, write }) => {
  const ids = CODECS.flatMap((codec) => Array.from({ length: EACH }, (_, at) => ({ codec, id: `${codec}-${at}` })))
  const records = ids.map(({ codec: compression, id }) => {
    const payoutId = `${name.slice(0, 4)}-${id}`
    const value = codec.encode('payout.PayoutRequested', payout(payoutId, { partner: PARTNER }))
    return { codec: compression, key: payoutId, value }
  })
  await write(servers.kafka.brokers, qualifiedTopic(system.namespace, 'payout.commands'), records)
  const succeeded = () => {
    const outcomes = system.events.outcomes()
    return records.filter(({ key }) => outcomes.get(`${PARTNER}/${key}`)?.join() === 'payout.succeeded')
  }
  await system.events.until(() => succeeded().length === records.length, `${name}'s payouts are paid`, 60_000)
})

it('batches stood in the log compressed, and each payout was paid once', async () => {
  const stored = (topic: TopicName) =>
    recordsByCodec(programs, join(folder, 'kafka-1', 'data'), qualifiedTopic(system.namespace, topic))
  const all = clients.length * EACH
  expect(await stored('payout.commands')).toEqual(Object.fromEntries(CODECS.map((codec) => [codec, all])))
  expect(await stored('gateway.requests')).toEqual({ zstd: expect.any(Number) })
  const paid = await system.gateway.paid()
  expect(paid).toHaveLength(CODECS.length * all)
  expect(paid.filter(({ accepted, paid: times }) => accepted !== 1 || times !== 1)).toEqual([])
})
