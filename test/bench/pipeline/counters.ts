/** What a running system has counted so far, and what it has used. */
import { globSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Pipeline } from '@payout/demo/system/pipeline'
import { logger } from '@payout/runtime/observability/logging'
import { RedisConnection } from '@payout/runtime/redis/connection/connection'
import { type ProcessUse, startedHere } from '../processes.ts'

/** All of it since the start of the system. */
export interface Counters {
  readonly processes: ReadonlyMap<string, ProcessUse>
  /** CPU of this process, which asks for the payouts and reads the events, in seconds. */
  readonly ownCpuSeconds: number
  /** Scripts that Redis was sent. */
  readonly redisScripts: number
  /** Commands that Redis ran, those of its scripts among them. */
  readonly redisCommands: number
  /** Those among them that say when a key ends: how many depends on which claims are found again. */
  readonly redisExpiries: number
  /** What came into Redis and what went out. */
  readonly redisBytesIn: number
  readonly redisBytesOut: number
  /** What Redis holds. */
  readonly redisMemory: number
  /** What stands in Kafka's logs, by topic without its namespace; Kafka's own topics under `internal`. */
  readonly kafkaBytes: ReadonlyMap<string, number>
  /** Transactions that were committed, by service. */
  readonly transactions: ReadonlyMap<string, number>
  /** Calls of the gateway. */
  readonly gatewayCalls: number
}

/** Reads them. */
export async function readCounters({ settings }: Pipeline): Promise<Counters> {
  const { user, system } = process.cpuUsage()
  const processes = startedHere()
  const transactions = new Map<string, number>()
  let gatewayCalls = 0
  for (const [service, port] of Object.entries(settings.adminPorts)) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    transactions.set(service, sumOf(text, 'event_log_transactions_total', 'outcome="ok"'))
    gatewayCalls += sumOf(text, 'egress_calls_total')
  }
  return {
    processes,
    ownCpuSeconds: (user + system) / 1e6,
    ...(await redisCounters(settings.redisUrl)),
    kafkaBytes: logBytes(settings.namespace),
    transactions,
    gatewayCalls,
  }
}

/** The sum of those lines of a metric that hold the text. */
function sumOf(metrics: string, name: string, text = ''): number {
  const lines = metrics.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(text))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

async function redisCounters(url: string) {
  const redis = new RedisConnection('bench', { url, logger: logger('bench', 'silent') })
  const info = String(await redis.command('INFO', 'everything'))
  await redis.close()
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1])
  const calls = (command: string) => Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(info)?.[1] ?? 0)
  return {
    redisScripts: calls('eval') + calls('evalsha'),
    redisCommands: field('total_commands_processed'),
    redisExpiries: calls('pexpire') + calls('persist'),
    redisBytesIn: field('total_net_input_bytes'),
    redisBytesOut: field('total_net_output_bytes'),
    redisMemory: field('used_memory'),
  }
}

/** Kafka as processes of this machine keeps its data in the system's temporary folder. */
function logBytes(namespace: string): Map<string, number> {
  const bytes = new Map<string, number>()
  for (const file of globSync(join(process.env.TMPDIR ?? '', '*', 'kafka-*', 'data', '*', '*.log'))) {
    const partition = basename(dirname(file))
    const topic = partition.startsWith(`${namespace}.`) ? partition.slice(namespace.length + 1) : 'internal-0'
    const name = topic.replace(/-\d+$/, '')
    bytes.set(name, (bytes.get(name) ?? 0) + statSync(file).size)
  }
  return bytes
}
