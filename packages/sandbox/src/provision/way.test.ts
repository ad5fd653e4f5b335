import { describe, expect, it } from 'vitest'
import { type Attempt, takeFirstWay, type WayName, wayOrder } from './way.ts'

/** Ways that lead there or lack something, and a list of those that were asked. */
function ways(found: Partial<Record<WayName, string>>) {
  const asked: WayName[] = []
  const way = (name: WayName) => async (): Promise<Attempt<string>> => {
    asked.push(name)
    const server = found[name]
    return server === undefined ? { missing: `nothing by ${name}` } : { server, how: `by ${name}` }
  }
  return { asked, all: { environment: way('environment'), docker: way('docker'), processes: way('processes') } }
}

describe('the order of the ways', () => {
  it('is the addresses in the environment, Docker, processes', () => {
    expect(wayOrder()).toEqual(['environment', 'docker', 'processes'])
  })

  it('has the preferred way first and the others after it in their order', () => {
    expect(wayOrder('processes')).toEqual(['processes', 'environment', 'docker'])
    expect(wayOrder('docker')).toEqual(['docker', 'environment', 'processes'])
  })
})

describe('the way that is taken', () => {
  it('is the first that leads there; those after it are not tried', async () => {
    const { asked, all } = ways({ docker: 'a container', processes: 'a process' })
    await expect(takeFirstWay('Kafka', wayOrder(), all)).resolves.toEqual({ server: 'a container', how: 'by docker' })
    expect(asked).toEqual(['environment', 'docker'])
  })

  it('is none when nothing is there: one error names what each way lacks, and the ways out', async () => {
    const { all } = ways({})
    const error = await takeFirstWay('Kafka', wayOrder(), all).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'PROVISION_NOTHING_FOUND' })
    for (const words of [
      'nothing by environment',
      'nothing by docker',
      'nothing by processes',
      'KAFKA_BROKERS',
      'Java 17',
      'Maven',
      'Docker',
    ]) {
      expect(String(error)).toContain(words)
    }
    await expect(takeFirstWay('Redis', wayOrder(), all)).rejects.toThrow(/REDIS_URL.*Docker.*redis-server 6\.2/)
  })

  it('is not passed over when a way fails with an error instead of a reason', async () => {
    const { all } = ways({ processes: 'a process' })
    const broken = { ...all, environment: () => Promise.reject(new Error('nothing answers at that address')) }
    await expect(takeFirstWay('Redis', wayOrder(), broken)).rejects.toThrow('nothing answers at that address')
  })
})
