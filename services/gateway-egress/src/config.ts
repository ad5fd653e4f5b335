import { integer, oneOf, optional, text, timeSpan } from '@payout/runtime/config/field'
import { kafkaFields } from '@payout/runtime/config/kafka'
import { redisFields } from '@payout/runtime/config/redis'
import { registryFields } from '@payout/runtime/config/registry'
import { gatewayFields, partnersFields, serviceFields, serviceSchema } from '@payout/runtime/config/service'
import { MIB } from '@payout/schemas/units'
import type { EgressAppDependencies } from './app.ts'

/** The settings of gateway-egress. */
export const egressSchema = serviceSchema({
  ...serviceFields,
  ...kafkaFields,
  ...redisFields,
  ...registryFields,
  ...partnersFields,
  ...gatewayFields,
  GATEWAY_CONNECT_TIMEOUT: timeSpan(
    { description: 'how long a connection to the gateway may take', default: '10s' },
    { min: '100ms', max: '1m' },
  ),
  GATEWAY_ANSWER_TIMEOUT: timeSpan(
    { description: 'how long a call of the gateway may take in all; then its outcome is unknown', default: '60s' },
    { min: '100ms', max: '10m' },
  ),
  FILE_ANSWER_TIMEOUT: timeSpan(
    { description: 'how long the download of a return file may take in all; then it is tried again', default: '60s' },
    { min: '100ms', max: '10m' },
  ),
  FILE_MAX_BYTES: integer(
    {
      description:
        'a return file that is larger is refused; a process fetches and reads one at a time, whatever the number of lanes and partners',
      unit: 'bytes',
      default: String(64 * MIB),
    },
    { min: 1_024, max: 64 * MIB },
  ),
  EVIDENCE_FOLDER: text({
    description:
      'where everything is kept that comes in answer to a request for a return file, each content under its SHA-256; made when missing',
    unit: 'path',
    default: 'evidence',
  }),
  GATEWAY_CONNECTION_LIFE: timeSpan(
    {
      description: 'connections older than this take no new calls, so that a change of address is followed',
      default: '60s',
    },
    { min: '0ms', max: '1h' },
  ),
  RESEND: oneOf(
    {
      description:
        'identical: after an unknown answer the identical request is sent again under its own batch number; never: a person has to look. It is about payouts: questions, cancelled agreements and return files are asked for again all the same',
      default: 'identical',
    },
    ['identical', 'never'],
  ),
  RESEND_DELAY_MIN: timeSpan(
    { description: 'the pause before the second attempt; it doubles with each', default: '1s' },
    { min: '10ms', max: '1h' },
  ),
  RESEND_DELAY_MAX: timeSpan(
    { description: 'the longest pause between attempts', default: '5m' },
    { min: '10ms', max: '12h' },
  ),
  BREAKER_UNKNOWNS: integer(
    {
      description: "so many unknown answers one after the other open a partner's circuit breaker: its requests wait",
      default: '5',
    },
    { min: 1, max: 10_000 },
  ),
  BREAKER_OPEN: timeSpan(
    { description: 'how long an open circuit breaker lets nothing through', default: '15s' },
    { min: '10ms', max: '1h' },
  ),
  BALANCE_STOP: optional(
    timeSpan(
      {
        description:
          'for how long a balance that is too small stops its partner; where it is not set, until a person lets it go on',
        example: '30m',
      },
      { min: '1s', max: '7d' },
    ),
  ),
  QUEUED_PER_PARTNER: integer(
    {
      description: 'so many requests of a partner wait in a lane for a free call; more are written down as deferred',
      default: '32',
    },
    { min: 1, max: 1_000 },
  ),
  BACKLOG_MAX_MIB: integer(
    {
      description: 'a lane reads no new requests while those that wait are larger than this',
      unit: 'MiB',
      default: '128',
    },
    { min: 8, max: 65_536 },
  ),
})

type EgressConfig = ReturnType<typeof egressSchema.parse>

/** The settings in the words of the service. */
export function egressSettings(config: EgressConfig): EgressAppDependencies['settings'] {
  return {
    resend: config.RESEND,
    balanceStopMs: config.BALANCE_STOP,
    retry: { minMs: config.RESEND_DELAY_MIN, maxMs: Math.max(config.RESEND_DELAY_MIN, config.RESEND_DELAY_MAX) },
    breaker: { unknowns: config.BREAKER_UNKNOWNS, openMs: config.BREAKER_OPEN },
    queuedPerPartner: config.QUEUED_PER_PARTNER,
    undecided: 256,
    backlogMaxBytes: config.BACKLOG_MAX_MIB * MIB,
  }
}
