import { ProvisionError } from './provision-error.ts'

/** What a machine with one slow core keeps, even where others keep that core busy. */
const STANDARD = '3m'
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const LEAST_MS = 1000
const MOST_MS = 24 * 3_600_000

/**
 * How long anything that is started may take until it is ready, in milliseconds: a server, a service, all services together. START_LIMIT in the
 * environment says it, `90s` or `10m`; without it three minutes.
 * @throws ProvisionError PROVISION_SETTING when it is written otherwise
 */
export function startLimitMs(env: Readonly<Record<string, string | undefined>> = process.env): number {
  const text = env.START_LIMIT || STANDARD
  const [, number, unit = ''] = /^(\d{1,8})(ms|s|m|h)$/.exec(text) ?? []
  const ms = Number(number) * (UNIT_MS[unit] ?? Number.NaN)
  if (ms >= LEAST_MS && ms <= MOST_MS) return ms
  throw new ProvisionError(
    'PROVISION_SETTING',
    `START_LIMIT is "${text}" and must be a time from 1s to 24h, a number with ms, s, m or h`,
  )
}

/** What is said of something that took longer: `not ready in 180 s; START_LIMIT raises that`. */
export function notReadyIn(limitMs: number): string {
  return `not ready in ${limitMs / 1000} s; START_LIMIT raises that`
}
