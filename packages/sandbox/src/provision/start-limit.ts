import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@payout/schemas/units'
import { ProvisionError } from './provision-error.ts'

/**
 * How long something may take, by the environment variable that says it; what a machine with one slow core keeps, even
 * where others keep that core busy.
 *
 * - START_LIMIT: anything that is started, until it is ready: a server, a service, all services together.
 * - DOCKER_LIMIT: a Docker engine, until it answers; after that there counts as none.
 * - CONNECT_LIMIT: a server that KAFKA_BROKERS or REDIS_URL names, until it takes a connection.
 */
const STANDARD = { START_LIMIT: '3m', DOCKER_LIMIT: '5s', CONNECT_LIMIT: '5s' } as const
export type LimitName = keyof typeof STANDARD

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS }
const LEAST_MS = SECOND_MS
const MOST_MS = DAY_MS

/**
 * A limit in milliseconds, from the environment: `90s` or `10m`.
 * @throws ProvisionError PROVISION_SETTING when it is written otherwise
 */
export function limitMs(name: LimitName, env: Readonly<Record<string, string | undefined>> = process.env): number {
  const text = env[name] || STANDARD[name]
  const [, number, unit = ''] = /^(\d{1,8})(ms|s|m|h)$/.exec(text) ?? []
  const ms = Number(number) * (UNIT_MS[unit] ?? Number.NaN)
  if (ms >= LEAST_MS && ms <= MOST_MS) return ms
  throw new ProvisionError(
    'PROVISION_SETTING',
    `${name} is "${text}" and must be a time from 1s to 24h, a number with ms, s, m or h`,
  )
}

/**
 * How long anything that is started may take until it is ready, in milliseconds: START_LIMIT. @throws ProvisionError as
 * `limitMs` does
 */
export function startLimitMs(env: Readonly<Record<string, string | undefined>> = process.env): number {
  return limitMs('START_LIMIT', env)
}

/** What is said of something that took longer: `not ready in 180 s; START_LIMIT raises that`. */
export function notReadyIn(limitMs: number): string {
  return `not ready in ${limitMs / 1000} s; START_LIMIT raises that`
}
