import { certificateFile, integer, keyFile, networks, optional, text, timeSpan } from '@payout/runtime/config/field'
import { kafkaFields } from '@payout/runtime/config/kafka'
import { redisFields } from '@payout/runtime/config/redis'
import { registryFields } from '@payout/runtime/config/registry'
import { gatewayFields, partnersFields, serviceFields, serviceSchema } from '@payout/runtime/config/service'
import { MIB } from '@payout/schemas/units'
import type { IngressSettings } from './app.ts'
import type { TlsFiles } from './http/http-server.ts'

const ingressFields = {
  INGRESS_HOST: text({
    description: 'the address that notifies are taken on and signing pages are shown at; 0.0.0.0 for all',
    default: '127.0.0.1',
  }),
  INGRESS_PORT: integer(
    { description: 'the port of both; with 0 a free one is taken and logged', default: '8080' },
    { min: 0, max: 65_535 },
  ),
  INGRESS_TLS_CERT_FILE: optional(
    certificateFile({
      description: 'certificate chain (PEM), for HTTPS; read again on SIGHUP. Without it, HTTP',
    }),
  ),
  INGRESS_TLS_KEY_FILE: optional(keyFile({ description: 'the key of that certificate (PEM); read again on SIGHUP' })),
  INGRESS_MAX_CONNECTIONS: integer(
    {
      description:
        'connections that are open at a time; past it the one that has waited longest without a whole request goes. The process needs as many file descriptors, and 200 more',
      default: '1000',
    },
    { min: 1, max: 100_000 },
  ),
  INGRESS_MAX_CONNECTIONS_PER_ADDRESS: integer(
    {
      description: 'of these, from one address (IPv6: from one network of 64 bits); past it one of its own goes',
      default: '250',
    },
    { min: 1, max: 100_000 },
  ),
  INGRESS_BALANCERS: networks({
    description:
      'the load balancers before it, for which the limit of one address does not hold; they have to bound each client themselves',
    default: '127.0.0.0/8,::1',
  }),
  INGRESS_HEADER_TIMEOUT: timeSpan(
    { description: 'within which the headers of a request must have come', default: '10s' },
    { min: '100ms', max: '2m' },
  ),
  INGRESS_BODY_TIMEOUT: timeSpan(
    { description: 'within which the body of a request must have come', default: '30s' },
    { min: '100ms', max: '10m' },
  ),
  INGRESS_KEEP_ALIVE: timeSpan(
    { description: 'how long a connection may stand idle between two requests', default: '5s' },
    { min: '1ms', max: '10m' },
  ),
  INGRESS_MAX_IN_FLIGHT_BYTES: integer(
    {
      description:
        'bodies that are read or wait for Kafka at a time; past it a request gets 503. Plan four times as much memory',
      unit: 'bytes',
      default: String(64 * MIB),
    },
    { min: 8 * MIB, max: 1024 * MIB },
  ),
  INGRESS_FORM_WAIT: timeSpan(
    {
      description:
        'how long a request for an agreement page that is not known waits for gateway.forms to be read on; past it, it gets 503',
      default: '2s',
    },
    { min: '100ms', max: '30s' },
  ),
  NOTIFY_VERIFY_TIMEOUT: timeSpan(
    { description: 'within which Alipay must have answered notify_verify', default: '10s' },
    { min: '100ms', max: '1m' },
  ),
  NOTIFY_VERIFY_CONNECTIONS: integer(
    { description: 'questions by notify_verify that are under way at a time', default: '32' },
    { min: 1, max: 1000 },
  ),
  NOTIFY_VERIFY_CONNECTION_LIFE: timeSpan(
    {
      description:
        "after which a connection to Alipay is made anew, so that a change of the gateway's address is followed",
      default: '1m',
    },
    { min: '1s', max: '1h' },
  ),
  NOTIFY_VERIFY_BREAKER_FAILURES: integer(
    { description: 'so many questions in a row without an answer, and none are asked for a while', default: '10' },
    { min: 1, max: 1000 },
  ),
  NOTIFY_VERIFY_BREAKER_OPEN: timeSpan(
    { description: 'how long none are asked then, before one tries', default: '10s' },
    { min: '100ms', max: '10m' },
  ),
}

/** The settings of gateway-ingress. */
export const ingressSchema = serviceSchema({
  ...serviceFields,
  ...kafkaFields,
  ...redisFields,
  ...registryFields,
  ...partnersFields,
  ...gatewayFields,
  ...ingressFields,
}).superRefine(
  (values, context) => {
    const { INGRESS_TLS_CERT_FILE: cert, INGRESS_TLS_KEY_FILE: key } = values
    const missing = cert === undefined ? 'INGRESS_TLS_CERT_FILE' : 'INGRESS_TLS_KEY_FILE'
    if ((cert === undefined) !== (key === undefined)) {
      context.addIssue({ code: 'custom', path: [missing], message: 'is not set, and the other one of the two is' })
    }
  },
  { when: () => true },
)

export type IngressConfig = ReturnType<typeof ingressSchema.parse>

/** Certificate and key, where HTTPS is wanted. */
export function tlsFiles(config: IngressConfig): TlsFiles | undefined {
  const { INGRESS_TLS_CERT_FILE: cert, INGRESS_TLS_KEY_FILE: key } = config
  return cert === undefined || key === undefined ? undefined : { cert, key }
}

export function ingressSettings(config: IngressConfig): IngressSettings {
  return {
    host: config.INGRESS_HOST,
    port: config.INGRESS_PORT,
    room: {
      max: config.INGRESS_MAX_CONNECTIONS,
      maxPerAddress: config.INGRESS_MAX_CONNECTIONS_PER_ADDRESS,
      balancers: config.INGRESS_BALANCERS,
    },
    headerTimeoutMs: config.INGRESS_HEADER_TIMEOUT,
    bodyTimeoutMs: config.INGRESS_BODY_TIMEOUT,
    keepAliveMs: config.INGRESS_KEEP_ALIVE,
    maxInFlightBytes: config.INGRESS_MAX_IN_FLIGHT_BYTES,
    formWaitMs: config.INGRESS_FORM_WAIT,
    verification: {
      gatewayUrl: config.GATEWAY_URL,
      timeoutMs: config.NOTIFY_VERIFY_TIMEOUT,
      connections: config.NOTIFY_VERIFY_CONNECTIONS,
      connectionLifeMs: config.NOTIFY_VERIFY_CONNECTION_LIFE,
      breakerFailures: config.NOTIFY_VERIFY_BREAKER_FAILURES,
      breakerOpenMs: config.NOTIFY_VERIFY_BREAKER_OPEN,
    },
  }
}
