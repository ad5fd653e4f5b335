import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { kafkaOfEnvironment, parseBrokers, redisOfEnvironment } from './environment.ts'
import { freePort } from './process/free-port.ts'

const opened: { close(): void }[] = []
afterEach(() => {
  for (const server of opened.splice(0)) server.close()
})

/** The port of a server that accepts connections and says nothing. */
async function listen(): Promise<number> {
  const server = createServer((socket) => socket.destroy())
  opened.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

describe('KAFKA_BROKERS', () => {
  it('is a list of host:port', () => {
    expect(parseBrokers('a.example:9092, 10.0.0.1:9093 ,[::1]:9094,')).toEqual([
      { host: 'a.example', port: 9092 },
      { host: '10.0.0.1', port: 9093 },
      { host: '::1', port: 9094 },
    ])
  })

  it.each(['a.example', 'a:b', 'a:0', 'a:65536', 'http://a:9092', '::1:9092'])('is refused as %j', (list) => {
    expect(() => parseBrokers(list)).toThrow(expect.objectContaining({ code: 'PROVISION_UNREACHABLE' }))
  })

  it('is taken when one of its addresses answers', async () => {
    const [open, closed] = [`127.0.0.1:${await listen()}`, `127.0.0.1:${await freePort()}`]
    const kafka = await kafkaOfEnvironment(`${closed},${open}`)
    expect(kafka.brokers).toEqual([closed, open])
    await expect(kafka.restart()).rejects.toMatchObject({ code: 'PROVISION_NOT_POSSIBLE' })
  })

  it('is an error when nothing answers there', async () => {
    const list = `127.0.0.1:${await freePort()}`
    await expect(kafkaOfEnvironment(list)).rejects.toMatchObject({ code: 'PROVISION_UNREACHABLE' })
  })
})

describe('REDIS_URL', () => {
  it('is taken when it answers, and is not ours to stop', async () => {
    const url = `redis://127.0.0.1:${await listen()}/2`
    const redis = await redisOfEnvironment(url)
    expect(redis.url).toBe(url)
    await expect(redis.kill()).rejects.toMatchObject({ code: 'PROVISION_NOT_POSSIBLE' })
  })

  it('is an error when nothing answers there; the password in it is not repeated', async () => {
    const error = await redisOfEnvironment(`redis://:hunter2@127.0.0.1:${await freePort()}`).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code: 'PROVISION_UNREACHABLE' })
    expect(String(error)).not.toContain('hunter2')
  })

  it.each(['localhost:6379', 'http://localhost:6379', 'redis://', ''])('is refused as %j', async (url) => {
    await expect(redisOfEnvironment(url)).rejects.toMatchObject({ code: 'PROVISION_UNREACHABLE' })
  })
})
