import { ProvisionError, type ProvisionErrorCode } from './provision-error.ts'

/** The ways to a server, in the order in which they are tried. */
export const wayNames = ['environment', 'docker', 'processes'] as const
export type WayName = (typeof wayNames)[number]

/** Why a way does not lead to a server. */
export interface Missing {
  readonly missing: string
  /** What a person can do about it; where it is absent, what helps in general. */
  readonly wayOut?: string
  /** What was there, and did not do: not that there is nothing. */
  readonly failure?: ProvisionError
}

/** What a way came to: a server, with words for a person on how it was had; or the reason why not. */
export type Attempt<T> = { readonly server: T; readonly how: string } | Missing

/** One way to a server. */
export type Way<T> = () => Promise<Attempt<T>>

/** The order of the ways when one is preferred: it comes first, the others keep their order. */
export function wayOrder(prefer?: WayName): WayName[] {
  return prefer === undefined ? [...wayNames] : [prefer, ...wayNames.filter((name) => name !== prefer)]
}

/** What a person can do when a way does not lead to `what`, where the way itself does not know better. */
const waysOut: Record<'Kafka' | 'Redis', Record<WayName, string>> = {
  Kafka: {
    environment: 'set KAFKA_BROKERS to a Kafka that runs (host:port,host:port)',
    docker: 'start a Docker engine',
    processes: 'install Java 17 or later and Maven (mvn)',
  },
  Redis: {
    environment: 'set REDIS_URL to a Redis that runs (redis://host:port)',
    docker: 'start a Docker engine',
    processes: 'install redis-server 6.2 or later, or Maven (mvn)',
  },
}

/**
 * Takes the first way that leads to a server.
 * @throws ProvisionError naming what each way lacked, and the ways out: PROVISION_NOTHING_FOUND where there is nothing,
 *   PROVISION_TOO_SLOW where a server was not ready in time, else the code of what failed.
 */
export async function takeFirstWay<T>(
  what: 'Kafka' | 'Redis',
  order: readonly WayName[],
  ways: Record<WayName, Way<T>>,
): Promise<{ server: T; how: string }> {
  const missed: (Missing & { readonly name: WayName })[] = []
  for (const name of order) {
    const attempt = await ways[name]()
    if ('server' in attempt) return attempt
    missed.push({ name, ...attempt })
  }
  const failures = missed.flatMap(({ failure }) => (failure ? [failure] : []))
  const cause = failures.find(({ code }) => code === 'PROVISION_TOO_SLOW') ?? failures[0]
  const code = cause?.code ?? 'PROVISION_NOTHING_FOUND'
  const reasons = missed.map(({ name, missing }) => `- ${name}: ${missing}`).join('\n')
  const out = missed.map(({ name, wayOut }) => wayOut ?? waysOut[what][name]).join('; or ')
  throw new ProvisionError(code, `${headOf(what, code)}:\n${reasons}\nWays out: ${out}.`, { cause })
}

function headOf(what: string, code: ProvisionErrorCode): string {
  if (code === 'PROVISION_TOO_SLOW') return `${what} was started here, and was too slow`
  if (code === 'PROVISION_NOTHING_FOUND') return `There is no ${what} to work with, and none can be started here`
  return `${what} could not be started here`
}
