import { connect } from 'node:net'
import type { KafkaProvision } from './kafka/kafka-provision.ts'
import { ProvisionError } from './provision-error.ts'
import type { RedisProvision } from './redis/redis-provision.ts'
import { limitMs } from './start-limit.ts'

/** Host and port of each address in `host:port,host:port` (IPv6 hosts in brackets). */
export function parseBrokers(list: string): { host: string; port: number }[] {
  return list
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '')
    .map((address) => {
      const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(address)
      const host = match?.[1] ?? match?.[2]
      const port = Number(match?.[3])
      if (host === undefined || port < 1 || port > 65_535) {
        throw new ProvisionError('PROVISION_UNREACHABLE', `KAFKA_BROKERS holds "${address}": write host:port,host:port`)
      }
      return { host, port }
    })
}

function answers(host: string, port: number, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout })
    const end = (result: boolean) => {
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}

function withinWords(limit: number): string {
  return `within ${limit / 1000} s (CONNECT_LIMIT raises that)`
}

function refuse(variable: string): () => Promise<never> {
  return async () => {
    throw new ProvisionError(
      'PROVISION_NOT_POSSIBLE',
      `the server that ${variable} names is not ours to stop or start; take ${variable} out of the environment for that`,
    )
  }
}

/**
 * The Kafka that KAFKA_BROKERS names.
 * @throws ProvisionError PROVISION_UNREACHABLE when none of the addresses answers, or one is malformed.
 */
export async function kafkaOfEnvironment(list: string): Promise<KafkaProvision> {
  const addresses = parseBrokers(list)
  const limit = limitMs('CONNECT_LIMIT')
  const answered = await Promise.all(addresses.map(({ host, port }) => answers(host, port, limit)))
  if (!answered.includes(true)) {
    throw new ProvisionError(
      'PROVISION_UNREACHABLE',
      `KAFKA_BROKERS is ${list}, and nothing answers there ${withinWords(limit)}`,
    )
  }
  const brokers = addresses.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`))
  return { brokers, nodes: [], restart: refuse('KAFKA_BROKERS') }
}

/**
 * The Redis that REDIS_URL names.
 * @throws ProvisionError PROVISION_UNREACHABLE when it doesn't answer, or is no redis:// or rediss:// URL.
 */
export async function redisOfEnvironment(url: string): Promise<RedisProvision> {
  const parsed = URL.parse(url)
  if (parsed === null || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new ProvisionError(
      'PROVISION_UNREACHABLE',
      'REDIS_URL is no address: write redis://host:port or rediss://host:port',
    )
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  const port = Number(parsed.port || 6379)
  const limit = limitMs('CONNECT_LIMIT')
  if (!(await answers(host, port, limit))) {
    throw new ProvisionError(
      'PROVISION_UNREACHABLE',
      `REDIS_URL names ${host}:${port}, and nothing answers there ${withinWords(limit)}`,
    )
  }
  const refused = refuse('REDIS_URL')
  return { url, pid: undefined, kill: refused, start: refused, pause: refused, resume: refused, restart: refused }
}
