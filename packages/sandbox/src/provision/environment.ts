import { connect } from 'node:net'
import type { KafkaProvision } from './kafka-provision.ts'
import { ProvisionError } from './provision-error.ts'
import type { RedisProvision } from './redis-provision.ts'

const CONNECT_LIMIT_MS = 5_000

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

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_LIMIT_MS })
    const end = (result: boolean) => {
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
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
  const answered = await Promise.all(addresses.map(({ host, port }) => answers(host, port)))
  if (!answered.includes(true)) {
    throw new ProvisionError('PROVISION_UNREACHABLE', `KAFKA_BROKERS is ${list}, and nothing answers there`)
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
  if (!(await answers(host, port))) {
    throw new ProvisionError('PROVISION_UNREACHABLE', `REDIS_URL names ${host}:${port}, and nothing answers there`)
  }
  const refused = refuse('REDIS_URL')
  return { url, pid: undefined, kill: refused, start: refused, pause: refused, resume: refused, restart: refused }
}
