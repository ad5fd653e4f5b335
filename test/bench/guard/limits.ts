/** What a payout may cost at most, and how what it costs is compared. */

/**
 * What was measured when they were set, and half as much again; twice as much for CPU, which varies with what else the
 * machine does. Less where the count hardly varies: one more command for each payout, or one more request for each
 * transaction, is too much.
 */
export const limits = {
  /** CPU a payout, in RSA-2048 signatures that the same CPU makes: a slower machine is slower at both. */
  'CPU of signer': 0.3,
  'CPU of gateway-egress': 0.22,
  'CPU of gateway-ingress': 0.16,
  'CPU of reconciler': 0.6,
  'CPU of Kafka': 0.75,
  'CPU of Redis': 0.25,
  /** A payout, of a burst. */
  'scripts in Redis': 0.06,
  /** Without those that say when a key ends: their count varies. */
  'commands in Redis': 3.6,
  'commands for the ends of keys': 5,
  'bytes into Redis': 1_100,
  'bytes out of Redis': 30,
  'bytes kept in Redis': 1_150,
  'bytes in Kafka': 2_500,
  /** To the broker, of one transaction with offsets and records for six partitions. */
  'requests of a transaction': 5.5,
}

/** What has a limit. */
export type Limited = keyof typeof limits

/** One row of what the guard says. */
export interface Verdict {
  readonly name: Limited
  readonly value: number | undefined
  readonly limit: number
  readonly isKept: boolean
}

/**
 * Compares what was measured with the limits. What was not measured keeps none.
 * @param found one value a burst; the lowest counts, since what else the machine does only adds to it
 */
export function verdicts(found: ReadonlyMap<Limited, readonly number[]>): readonly Verdict[] {
  return (Object.keys(limits) as Limited[]).map((name) => {
    const values = found.get(name)?.filter((value) => Number.isFinite(value)) ?? []
    const value = values.length === 0 ? undefined : Math.min(...values)
    return { name, value, limit: limits[name], isKept: value !== undefined && value <= limits[name] }
  })
}
