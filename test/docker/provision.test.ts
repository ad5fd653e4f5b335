import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findDockerEngine } from '@payout/sandbox/provision/docker/docker-engine'
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killProvider } from '../provision/outliving.ts'
import { askRedis, readFirst, writeToNewTopic } from '../provision/round-trip.ts'

const LIMIT = 600_000
const told: string[] = []
let provided: Provisioned

/** The ids of all containers that a provision has started, whoever it was. */
async function containers(): Promise<string[]> {
  const engine = await findDockerEngine()
  if ('missing' in engine) throw new Error(engine.missing)
  const all = await engine.client.container.dockerode.listContainers({
    all: true,
    filters: { label: ['payout-sandbox'] },
  })
  return all.map(({ Id }) => Id)
}

beforeAll(async () => {
  provided = await provision({
    prefer: 'docker',
    kafkaSettings: { 'group.min.session.timeout.ms': '1000' },
    progress: (message) => told.push(message),
  })
}, LIMIT)

afterAll(() => provided.stop(), LIMIT)

describe('Kafka and Redis by Docker', { timeout: LIMIT }, () => {
  it('say how they are run', () => {
    expect(provided.how.kafka, told.join('\n')).toMatch(/Docker container/)
    expect(provided.how.redis, told.join('\n')).toMatch(/Docker container/)
  })

  it('take a record of nearly 4 MiB and give it back', async () => {
    const value = Buffer.alloc(4 * 1024 * 1024 - 1024, 'x')
    const topic = await writeToNewTopic(provided.kafka.brokers, value)
    const read = await readFirst(provided.kafka.brokers, topic)
    expect(read?.equals(value)).toBe(true)
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'keep what Kafka was told when it ends by %s and is started again',
    async (signal) => {
      const { kafka } = provided
      const topic = await writeToNewTopic(kafka.brokers, 'kept')
      await kafka.restart(signal)
      await expect(readFirst(kafka.brokers, topic)).resolves.toEqual(Buffer.from('kept'))
    },
  )

  it('keep what Redis was told when it is started again', async () => {
    const { redis } = provided
    await askRedis(redis.url, 'SET', 'kept', 'yes')
    await redis.restart()
    await expect(askRedis(redis.url, 'GET', 'kept')).resolves.toBe('$3\r\nyes')
    await expect(askRedis(redis.url, 'CONFIG', 'GET', 'maxmemory-policy')).resolves.toContain('noeviction')
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

  it('end when the process that provided them is killed, and leave no container', async () => {
    const ours = await containers()
    const temporary = mkdtempSync(join(tmpdir(), 'provision-test-'))
    const { before, after } = await killProvider('docker', temporary, 30_000)
    expect(before).toBe(2)
    expect(after).toEqual([])
    const left = async () => (await containers()).filter((id) => !ours.includes(id))
    await expect.poll(left, { timeout: 30_000 }).toEqual([])
    rmSync(temporary, { recursive: true })
  })
})
