import { describe, expect, it } from 'vitest'
import { judgeRedis } from './check-redis.ts'

function info(fields: Readonly<Record<string, string | number>> = {}): string {
  const lines = {
    redis_version: '7.0.15',
    maxmemory_policy: 'noeviction',
    aof_enabled: 1,
    connected_slaves: 0,
    cluster_enabled: 0,
    ...fields,
  }
  return `# Server\r\n${Object.entries(lines)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('')}`
}

describe('a Redis judged by its INFO', () => {
  it.each(['6.2.0', '6.2.14', '7.0.15', '7.2.4', '8.0.0', '10.1.0'])('may be version %s', (redis_version) => {
    expect(judgeRedis(info({ redis_version }), true)).toEqual({ faults: [], warnings: [] })
  })

  it.each(['6.0.16', '5.0.14', '2.8.0'])('must not be version %s', (redis_version) => {
    expect(judgeRedis(info({ redis_version }), false).faults).toEqual([
      expect.stringContaining(`version ${redis_version}`),
    ])
  })

  it('must not be a Cluster', () => {
    expect(judgeRedis(info({ cluster_enabled: 1 }), false).faults).toEqual([expect.stringContaining('Cluster')])
  })

  it('is no good when it says nothing', () => {
    expect(judgeRedis('', false).faults).toHaveLength(2)
  })
})
