import { describe, expect, it } from 'vitest'
import { attemptStart } from './attempt.ts'
import { ProvisionError } from './provision-error.ts'
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

  it('was there, and was too slow: the error says so, and advises nothing that is there', async () => {
    const slow = new ProvisionError('PROVISION_TOO_SLOW', 'Kafka broker 1 (java) was not ready in 180 s')
    const { all } = ways({})
    const processes = () => attemptStart('by processes', () => Promise.reject(slow))
    const error = await takeFirstWay('Kafka', wayOrder(), { ...all, processes }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'PROVISION_TOO_SLOW', cause: slow })
    expect(String(error)).toContain('Kafka was started here, and was too slow:\n')
    expect(String(error)).toContain('START_LIMIT=10m')
    expect(String(error)).not.toMatch(/install|Java 17|none can be started/)
  })

  it.each([
    ['PROVISION_START_FAILED', 'put right what is said above'],
    ['PROVISION_FETCH_FAILED', 'look at the network'],
    ['PROVISION_NOT_POSSIBLE', 'put right what is said above'],
  ] as const)('was there, and failed: %s stays what it is', async (code, wayOut) => {
    const { all } = ways({})
    const docker = () => attemptStart('by docker', () => Promise.reject(new ProvisionError(code, 'what went wrong')))
    const error = await takeFirstWay('Redis', wayOrder(), { ...all, docker }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code, message: expect.stringContaining('Redis could not be started here:\n') })
    expect(String(error)).toContain(wayOut)
    expect(String(error)).not.toContain('start a Docker engine')
  })

  it('says what a way itself knows to help', async () => {
    const { all } = ways({})
    const processes = async () => ({ missing: 'no Maven (mvn) on the PATH', wayOut: 'install Maven (mvn)' })
    const error = await takeFirstWay('Kafka', wayOrder(), { ...all, processes }).catch((reason: unknown) => reason)
    expect(String(error)).toMatch(/or install Maven \(mvn\)\.$/)
    expect(String(error)).not.toContain('Java')
  })

  it('is not passed over when a way fails with an error instead of a reason', async () => {
    const { all } = ways({ processes: 'a process' })
    const broken = { ...all, environment: () => Promise.reject(new Error('nothing answers at that address')) }
    await expect(takeFirstWay('Redis', wayOrder(), broken)).rejects.toThrow('nothing answers at that address')
  })
})
