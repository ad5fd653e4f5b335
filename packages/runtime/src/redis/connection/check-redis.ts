import { RedisUnfitError } from '../errors.ts'
import { RedisConnection } from './connection.ts'
import type { RedisServerOptions } from './server.ts'

const OLDEST: readonly [number, number] = [6, 2]

/**
 * Looks at the server with INFO and refuses one that would forget claims by design (S7.5): in any mode one that
 * evicts, that is older than 6.2, or a Cluster; in production also a primary with replicas that takes writes when
 * none of them follows. Every fault is named at once. It is asked once, at the start of a service: a replica that
 * takes over later is not looked at again.
 * @returns what is no fault but should be known, for the log.
 * @throws RedisUnfitError; RedisUnavailableError when it can't be asked.
 */
export async function checkRedis(options: RedisServerOptions & { readonly production: boolean }): Promise<string[]> {
  const connection = new RedisConnection('check', options)
  try {
    const { faults, warnings } = judgeRedis(String(await connection.command('INFO')), options.production)
    if (faults.length > 0) throw new RedisUnfitError(faults)
    return warnings
  } finally {
    await connection.close()
  }
}

/** Judges a server by what it answers to INFO. */
export function judgeRedis(text: string, production: boolean): { faults: string[]; warnings: string[] } {
  const info = parseInfo(text)
  const faults: string[] = []
  const warnings: string[] = []
  // A Valkey says 7.2.4 here for the sake of clients.
  const version = info.get('redis_version') ?? '0'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    faults.push(`it is version ${version}: use Redis 6.2 or later, or a Valkey`)
  }
  if (info.get('cluster_enabled') === '1') {
    faults.push('it is a Cluster, and our scripts take keys of many slots: use one server, or a group with Sentinel')
  }
  const policy = info.get('maxmemory_policy')
  if (policy !== 'noeviction') {
    faults.push(
      `maxmemory-policy is ${policy}, so claims would vanish when it is full: set maxmemory-policy noeviction`,
    )
  }
  // INFO has this line only where min-replicas-to-write and min-replicas-max-lag are both above 0.
  if (production && Number(info.get('connected_slaves') ?? 0) > 0 && !info.has('min_slaves_good_slaves')) {
    faults.push(
      'it has replicas but takes writes without one, so a failover would lose claims: set min-replicas-to-write 1 or more',
    )
  }
  if (production && info.get('aof_enabled') !== '1') {
    warnings.push(
      'appendonly is off: a restart loses what stands in it, and everything has to be rebuilt from the topics by hand',
    )
  }
  return { faults, warnings }
}

function parseInfo(text: string): Map<string, string> {
  const info = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) info.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return info
}
