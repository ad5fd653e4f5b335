import { ProvisionError } from './provision-error.ts'

/** The ways to a server, in the order in which they are tried. */
export const wayNames = ['environment', 'docker', 'processes'] as const
export type WayName = (typeof wayNames)[number]

/** What a way came to: a server, with words for a person on how it was had; or the reason why not. */
export type Attempt<T> = { readonly server: T; readonly how: string } | { readonly missing: string }

/** One way to a server. */
export type Way<T> = () => Promise<Attempt<T>>

/** The order of the ways when one is preferred: it comes first, the others keep their order. */
export function wayOrder(prefer?: WayName): WayName[] {
  return prefer === undefined ? [...wayNames] : [prefer, ...wayNames.filter((name) => name !== prefer)]
}

/** What a person can do when no way leads to `what`. */
const waysOut: Record<string, string> = {
  Kafka:
    'set KAFKA_BROKERS to a Kafka that runs (host:port,host:port); or start a Docker engine; ' +
    'or install Java 17 or later and Maven (mvn)',
  Redis:
    'set REDIS_URL to a Redis that runs (redis://host:port); or start a Docker engine; ' +
    'or install redis-server 6.2 or later, or Maven (mvn)',
}

/**
 * Takes the first way that leads to a server.
 * @throws ProvisionError PROVISION_NOTHING_FOUND naming what each way lacked, and the ways out.
 */
export async function takeFirstWay<T>(
  what: 'Kafka' | 'Redis',
  order: readonly WayName[],
  ways: Record<WayName, Way<T>>,
): Promise<{ server: T; how: string }> {
  const reasons: string[] = []
  for (const name of order) {
    const attempt = await ways[name]()
    if ('server' in attempt) return attempt
    reasons.push(`- ${name}: ${attempt.missing}`)
  }
  throw new ProvisionError(
    'PROVISION_NOTHING_FOUND',
    `There is no ${what} to work with, and none can be started here:\n${reasons.join('\n')}\nWays out: ${waysOut[what]}.`,
  )
}
