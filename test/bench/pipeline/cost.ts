/** What a payout cost, from the counters before and after a portion of them. */
import type { Measured } from './measured-load.ts'

/** Each figure is of one payout, on the average of the portion. */
export interface Cost {
  /** µs of CPU by process, the most first. */
  readonly cpu: readonly (readonly [name: string, microseconds: number])[]
  /** µs of CPU of everything that runs. */
  readonly allCpu: number
  /** µs of CPU of who asked for the payouts and read the events. */
  readonly ownCpu: number
  readonly redisScripts: number
  /** Those of scripts among them. */
  readonly redisCommands: number
  /** Those among them that say when a key ends. */
  readonly redisExpiries: number
  readonly redisBytesIn: number
  readonly redisBytesOut: number
  /** Bytes that Redis holds more. */
  readonly redisMemory: number
  /** Bytes by topic, the most first. */
  readonly kafkaBytes: readonly (readonly [topic: string, bytes: number])[]
  readonly allKafkaBytes: number
  /** Payouts of one transaction, by service. */
  readonly payoutsATransaction: readonly (readonly [service: string, payouts: number])[]
  /** Payouts of one call of the gateway. */
  readonly payoutsACall: number
}

/** Shares what the counters grew by among the payouts. */
export function costOf({ payouts, before, after }: Pick<Measured, 'payouts' | 'before' | 'after'>): Cost {
  const grown = (earlier: ReadonlyMap<string, number>, later: ReadonlyMap<string, number>) =>
    [...later]
      .map(([name, value]) => [name, value - (earlier.get(name) ?? 0)] as const)
      .filter(([, value]) => value > 0)
      .toSorted(([, a], [, b]) => b - a)
  const each = (rows: readonly (readonly [string, number])[], factor = 1) =>
    rows.map(([name, value]) => [name, (value * factor) / payouts] as const)
  const sum = (rows: readonly (readonly [string, number])[]) => rows.reduce((total, [, value]) => total + value, 0)
  const seconds = ({ processes }: Measured['before']) =>
    new Map([...processes].map(([name, { cpuSeconds }]) => [name, cpuSeconds]))
  const cpu = each(grown(seconds(before), seconds(after)), 1e6)
  const kafkaBytes = each(grown(before.kafkaBytes, after.kafkaBytes))
  return {
    cpu,
    allCpu: sum(cpu),
    ownCpu: ((after.ownCpuSeconds - before.ownCpuSeconds) * 1e6) / payouts,
    redisScripts: (after.redisScripts - before.redisScripts) / payouts,
    redisCommands: (after.redisCommands - before.redisCommands) / payouts,
    redisExpiries: (after.redisExpiries - before.redisExpiries) / payouts,
    redisBytesIn: (after.redisBytesIn - before.redisBytesIn) / payouts,
    redisBytesOut: (after.redisBytesOut - before.redisBytesOut) / payouts,
    redisMemory: (after.redisMemory - before.redisMemory) / payouts,
    kafkaBytes,
    allKafkaBytes: sum(kafkaBytes),
    payoutsATransaction: grown(before.transactions, after.transactions).map(
      ([service, count]) => [service, payouts / count] as const,
    ),
    payoutsACall: payouts / (after.gatewayCalls - before.gatewayCalls),
  }
}

/** Memory of each process before and after, in MB. */
export function memoryOf({ before, after }: Pick<Measured, 'before' | 'after'>): Map<string, string> {
  const megabytes = (bytes: number | undefined) => (bytes === undefined ? '–' : (bytes / 1e6).toFixed(0))
  return new Map(
    [...after.processes].map(([name, { rssBytes }]) => [
      name,
      `${megabytes(before.processes.get(name)?.rssBytes)} → ${megabytes(rssBytes)}`,
    ]),
  )
}
