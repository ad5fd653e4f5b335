import { checkGatewayUrl, PRODUCTION_GATEWAY } from '@payout/mapi/wire/gateway'
import { PipelineError } from '@payout/schemas/error'
import * as z from 'zod'
import type { LogLevel } from '../observability/logging.ts'
import { type Field, flag, integer, oneOf, text, timeSpan } from './field.ts'
import { nodeFields, productionFaults } from './production-refusals.ts'

export const LOG_LEVELS = [
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'fatal',
  'silent',
] as const satisfies readonly LogLevel[]

/** The settings of every service. */
export const serviceFields = {
  NAMESPACE: text(
    {
      description:
        'begins every topic, group, transactional id and Redis key, so that environments can share a cluster',
      default: 'payout',
    },
    {
      pattern: /^[a-z0-9][a-z0-9-]{0,31}$/,
      words: 'up to 32 lower-case letters, digits and hyphens, a letter or digit first',
    },
  ),
  MODE: oneOf(
    {
      description: 'sandbox allows what production refuses: a stand-in for Alipay, test accounts, a shifted clock',
      default: 'production',
    },
    ['production', 'sandbox'],
  ),
  LOG_LEVEL: oneOf({ description: 'the least that is logged', default: 'info' }, LOG_LEVELS),
  ADMIN_HOST: text({ description: 'the address that health and metrics are served on', default: '127.0.0.1' }),
  ADMIN_PORT: integer(
    {
      description: 'the port that health and metrics are served on; with 0 a free one is taken and logged',
      default: '0',
    },
    { min: 0, max: 65_535 },
  ),
  SHUTDOWN_LIMIT: timeSpan(
    { description: 'what is still under way this long after SIGTERM is given up', default: '25s' },
    { min: '0ms', max: '10m' },
  ),
  CLOCK_SHIFT: timeSpan(
    {
      description: 'shifts the wall clock, in sandbox mode only; give all services and the sandbox the same',
      default: '0ms',
    },
    { min: '-3650d', max: '3650d' },
  ),
  EXIT_WITH_PARENT: flag({
    description: 'whether to stop when the process that started this one has ended',
    default: 'false',
  }),
  ...nodeFields,
}

/** For services that read the partners file. */
export const partnersFields = {
  PARTNERS_FILE: text({ description: 'the partners file', unit: 'path', example: '/etc/payout/partners.json' }),
}

/** For services that call the gateway. */
export const gatewayFields = {
  GATEWAY_URL: text({
    description: "the gateway; another one than Alipay's in sandbox mode only",
    unit: 'URL',
    default: PRODUCTION_GATEWAY,
  }),
}

/** The settings that `runService` itself needs. */
export type ServiceSettings = z.output<z.ZodObject<typeof serviceFields>>

/**
 * The schema of a service: its own fields beside those above, with the rules that look at several of them at once.
 * Those rules speak even when other fields are wrong, so that all faults come out together.
 */
export function serviceSchema<F extends Readonly<Record<string, Field<unknown>>>>(fields: F) {
  return z.object(fields).superRefine(
    (values: Readonly<Record<string, unknown>>, context) => {
      for (const [name, message] of crossChecks(values)) context.addIssue({ code: 'custom', path: [name], message })
    },
    { when: () => true },
  )
}

/** Values of fields that were wrong by themselves are of any type here. */
function* crossChecks(values: Readonly<Record<string, unknown>>): Generator<[name: string, message: string]> {
  const { MODE: mode, CLOCK_SHIFT: shift, GATEWAY_URL: gateway } = values
  if (mode === 'production' && typeof shift === 'number' && shift !== 0)
    yield ['CLOCK_SHIFT', 'must be 0ms in production mode']
  if ((mode === 'production' || mode === 'sandbox') && typeof gateway === 'string') {
    try {
      checkGatewayUrl(gateway, mode)
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      yield ['GATEWAY_URL', `can't be used: ${error.message}`]
    }
  }
  if (mode === 'production') yield* productionFaults(values)
  yield* pairs(values)
}

/** Settings that are good for nothing without one another. */
function* pairs(values: Readonly<Record<string, unknown>>): Generator<[name: string, message: string]> {
  const together = [
    ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME'],
    ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_PASSWORD'],
    ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_MECHANISM'],
    ['KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE'],
    ['KAFKA_TLS_KEY_FILE', 'KAFKA_TLS_CERT_FILE'],
    ['REDIS_TLS_CERT_FILE', 'REDIS_TLS_KEY_FILE'],
    ['REDIS_TLS_KEY_FILE', 'REDIS_TLS_CERT_FILE'],
    ['SCHEMA_REGISTRY_USERNAME', 'SCHEMA_REGISTRY_PASSWORD'],
    ['SCHEMA_REGISTRY_PASSWORD', 'SCHEMA_REGISTRY_USERNAME'],
    ['SCHEMA_REGISTRY_USERNAME', 'SCHEMA_REGISTRY_URL'],
    ['REDIS_SENTINELS', 'REDIS_SENTINEL_NAME'],
    ['REDIS_SENTINEL_NAME', 'REDIS_SENTINELS'],
  ] as const
  for (const [one, other] of together) {
    if (one in values && values[one] !== undefined && values[other] === undefined)
      yield [other, `is not set, and ${one} is`]
  }
  if ('REDIS_URL' in values || 'REDIS_SENTINELS' in values) {
    const { REDIS_URL: url, REDIS_SENTINELS: sentinels } = values
    if (url === undefined && sentinels === undefined) yield ['REDIS_URL', 'is not set, nor is REDIS_SENTINELS']
    if (url !== undefined && sentinels !== undefined)
      yield ['REDIS_SENTINELS', 'is set, and so is REDIS_URL: set one of them']
  }
}
