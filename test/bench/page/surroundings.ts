import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { kafkaJars } from '@payout/sandbox/provision/process/maven-folder'
import { findRedis } from '@payout/sandbox/provision/redis/redis-program'
import { MIB } from '@payout/schemas/units'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const LIBRARIES = ['kafkajs', 'ioredis', 'fastify']

/** The machine and the versions of what was measured, each as a name and words. */
export type Surroundings = Readonly<Record<string, string>>

/** The surroundings of this run. */
export async function surroundings(): Promise<Surroundings> {
  const redis = process.env.REDIS_URL ? undefined : await findRedis(() => undefined)
  const versions = LIBRARIES.map((name) => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'))
    return [name, String(version)]
  })
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: String(availableParallelism()),
    memory: `${(totalmem() / MIB / 1024).toFixed(1)} GiB`,
    kernel: `${type()} ${release()}`,
    Node: `${process.versions.node} with OpenSSL ${process.versions.openssl}`,
    Kafka: process.env.KAFKA_BROKERS ? 'the one that KAFKA_BROKERS names' : versionIn(kafkaJars.file),
    Redis: redis === undefined || 'missing' in redis ? 'the one that REDIS_URL names' : versionIn(redis.how),
    openssl: versionIn(execFileSync('openssl', ['version'], { encoding: 'utf8' })),
    ...Object.fromEntries(versions),
  }
}

/** The commit that is checked out, short; with a `+` where files of the project were changed since. */
export function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', '--', '.', ':!docs', ':!README.md', ':!test/bench/page/notes.ts')
  return `${git('rev-parse', '--short=7', 'HEAD')}${changed === '' ? '' : '+'}`
}

function versionIn(words: string): string {
  return /\d+\.\d+\.\d+/.exec(words)?.[0] ?? words
}
