/** A batch of commands that nobody can decode, from its alarm to the word of a person. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import { kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'
import { logger } from '@payout/runtime/observability/logging'
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { Codec } from '@payout/schemas/codec'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { giveUnknownCodec } from '../contract/event-log/damaged-log.ts'
import { ask, keyOf, payout } from '../system/actors/commands.ts'
import { logOf, metricsOf } from '../system/admin.ts'
import { type System, startSystem } from '../system/system.ts'
import { typed } from './typed-command.ts'

const namespace = 'undecodable'
const codec = new Codec()

let dataDir: string
let servers: Provisioned
let system: System

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'undecodable-'))
  servers = await provision({ light: true, prefer: 'processes', dataDir })
  const { brokers } = servers.kafka
  const connection = { brokers, clientId: 'upstream', logger: logger('test', 'silent') }
  const plan = { namespace, lanes: 2, keyPartitions: 2, replicationFactor: 1, minInsyncReplicas: 1 }
  await createTopics(connection, { ...plan, mode: 'sandbox' })
  const log = kafkaEventLog({ ...connection, namespace })
  const publisher = log.publisher({ maxBytes: 1024 * 1024 })
  // Each in a batch of its own, all of partition 0.
  for (const payoutId of ['before', 'lost', 'behind']) {
    const value = codec.encode('payout.PayoutRequested', payout(payoutId))
    await publisher.append({ topic: 'payout.commands', partition: 0, key: payoutId, value, headers: {} })
  }
  await log.close()
  await giveUnknownCodec({ dataDir, topic: `${namespace}.payout.commands`, partition: 0, firstOffset: 1 })
  system = await startSystem({ brokers, redisUrl: servers.redis.url, namespace, lanes: 2, keyPartitions: 2 })
}, 180_000)

afterAll(async () => {
  await system?.stop()
  await servers?.stop()
  await rm(dataDir, { recursive: true, force: true })
}, 60_000)

const isPaid = (payoutId: string) => system.events.story(payoutId).includes('succeeded')

it('one partition waits with its alarm, the others pay on, and a command steps over it', {
  timeout: 120_000,
}, async () => {
  const [signer] = system.services.signer
  if (signer === undefined) throw new RangeError('one signer')
  const other = await keyOf(system, 1)
  await system.events.until(() => isPaid('before'), 'what lies before it is paid')
  await ask(system, payout(other))
  await system.events.until(() => isPaid(other), 'the other partition pays on')
  await expect
    .poll(() => metricsOf(signer), { timeout: 20_000 })
    .toMatch(/^task_halted\{task="payout.commands-0",reason="LOG_BATCH_UNDECODABLE".*\} 1$/m)
  const alarm = logOf(signer).find(({ msg }) => msg === 'a partition waits: somebody has to look at it')
  expect(alarm?.err?.message).toContain('npm run dead-letters -- step-over payout.commands/0@1')
  expect(isPaid('behind')).toBe(false)

  const env = { PATH: process.env.PATH, NAMESPACE: namespace, KAFKA_BROKERS: servers.kafka.brokers.join(',') }
  const words = ['--by', 'Chen Li', '--why', 'upstream asks again']
  expect(await typed('dead-letters', ['step-over', 'payout.commands/0@0', ...words, '--yes'], env)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('can be decoded'),
  })
  const stepped = await typed('dead-letters', ['step-over', 'payout.commands/0@1', ...words, '--yes'], env)
  expect(stepped).toMatchObject({ code: 0, stdout: expect.stringContaining('its codec has the number 5') })

  await system.events.until(() => isPaid('behind'), 'what lies behind it is paid')
  await expect.poll(() => metricsOf(signer), { timeout: 20_000 }).not.toMatch(/^task_halted\{/m)
  const listed = await typed('dead-letters', ['list'], env)
  expect(listed.stdout).toContain('stepped over by Chen Li: upstream asks again')
  const replayed = await typed('dead-letters', ['replay', 'payout.commands.dlq/0@0', '--yes'], env)
  expect(replayed).toMatchObject({ code: 1, stderr: expect.stringContaining('no command') })
  const again = await typed('dead-letters', ['step-over', 'payout.commands/0@1', ...words, '--yes'], env)
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('somebody has stepped over it already') })

  await ask(system, payout('lost'))
  await system.events.until(() => isPaid('lost'), 'what was in it can be asked for again')
})
