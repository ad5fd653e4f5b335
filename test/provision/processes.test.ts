import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killProvider } from './outliving.ts'
import { askRedis, readFirst, writeToNewTopic } from './round-trip.ts'

const LIMIT = 120_000
const folder = mkdtempSync(join(tmpdir(), 'provision-test-'))
let provided: Provisioned
/** Started at the same time as the first. */
let other: Provisioned

beforeAll(async () => {
  const first = { light: true, dataDir: folder, kafkaSettings: { 'group.min.session.timeout.ms': '1000' } }
  ;[provided, other] = await Promise.all([
    provision({ prefer: 'processes', ...first }),
    provision({ prefer: 'processes', light: true }),
  ])
}, LIMIT)

afterAll(async () => {
  await Promise.all([provided.stop(), other.stop()])
  rmSync(folder, { recursive: true, force: true })
}, LIMIT)

describe('Kafka and Redis as processes of this machine', { timeout: LIMIT }, () => {
  it('say how they are run, and listen on the loopback address', () => {
    expect(provided.how.kafka).toMatch(/process of this machine/)
    expect(provided.how.redis).toMatch(/process of this machine/)
    expect(provided.kafka.brokers).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)])
    expect(provided.redis.url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/)
  })

  it('are there twice at the same time, each with its own', async () => {
    const addresses = [provided, other].flatMap(({ kafka, redis }) => [...kafka.brokers, redis.url])
    expect(new Set(addresses).size).toBe(4)
    await other.stop()
    await expect(askRedis(provided.redis.url, 'PING')).resolves.toBe('+PONG')
  })

  it('take a record of nearly 4 MiB and give it back', async () => {
    const value = Buffer.alloc(4 * 1024 * 1024 - 1024, 'x')
    const topic = await writeToNewTopic(provided.kafka.brokers, value)
    const read = await readFirst(provided.kafka.brokers, topic)
    expect(read?.equals(value)).toBe(true)
  })

  it('keep what they were told when they are killed and started again, at the same addresses', async () => {
    const { kafka, redis } = provided
    const topic = await writeToNewTopic(kafka.brokers, 'kept')
    await expect(askRedis(redis.url, 'SET', 'kept', 'yes')).resolves.toBe('+OK')
    const [before] = kafka.nodes
    const pids = [before?.pid, redis.pid]
    // What is written is on its way to the disk within the second; an orderly end writes it at once.
    await Promise.all([kafka.restart('SIGKILL'), redis.restart('SIGTERM')])
    expect([kafka.nodes[0]?.pid, redis.pid]).not.toEqual(pids)
    await expect(readFirst(kafka.brokers, topic)).resolves.toEqual(Buffer.from('kept'))
    await expect(askRedis(redis.url, 'GET', 'kept')).resolves.toBe('$3\r\nyes')
  })

  it('stand still and go on', async () => {
    const { redis } = provided
    await redis.pause()
    const answer = askRedis(redis.url, 'PING')
    await expect(Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'silence'))])).resolves.toBe(
      'silence',
    )
    await redis.resume()
    await expect(answer).resolves.toBe('+PONG')
  })

  it('start with a Redis that evicts nothing and keeps a log of its writes', async () => {
    await expect(askRedis(provided.redis.url, 'CONFIG', 'GET', 'maxmemory-policy')).resolves.toContain('noeviction')
    await expect(askRedis(provided.redis.url, 'CONFIG', 'GET', 'appendonly')).resolves.toContain('yes')
  })

  it('go on with the data of a folder that is given', async () => {
    const topic = await writeToNewTopic(provided.kafka.brokers, 'from before')
    await askRedis(provided.redis.url, 'SET', 'from', 'before')
    await provided.stop()
    expect(existsSync(folder)).toBe(true)
    provided = await provision({ prefer: 'processes', light: true, dataDir: folder })
    await expect(readFirst(provided.kafka.brokers, topic)).resolves.toEqual(Buffer.from('from before'))
    await expect(askRedis(provided.redis.url, 'GET', 'from')).resolves.toBe('$6\r\nbefore')
  })

  it('end when the process that provided them is killed, and leave no folder', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'provision-test-'))
    const { before, after } = await killProvider('processes', temporary, 10_000)
    expect(before).toBe(2)
    expect(after).toEqual([])
    await expect.poll(() => readdirSync(temporary), { timeout: 10_000 }).toEqual([])
    rmSync(temporary, { recursive: true })
  })
})
