/** Which setting it is, when Kafka is there and can't be used: log-in, certificates, TLS. */
import { X509Certificate } from 'node:crypto'
import type { ConnectionOptions } from 'node:tls'
import { PipelineError } from '@payout/schemas/error'
import { LogAccessError } from '../../errors.ts'
import { type KafkaConnection, kafkaErrors, kafkaErrorType } from '../client.ts'
import { BrokerPort, readHandshake, type Shown } from './broker-port.ts'

/** kafkajs tries a port again for some seconds; one that answers does so sooner. */
const LOOK_AFTER_MS = 500
/** Several brokers are set up alike. */
const MOST_ASKED = 3
/** The protocol's error codes of a handshake. */
const UNSUPPORTED_MECHANISM = 33
const NO_LOGIN_HERE = 34
/** Node's words against a certificate's time. */
const DATE_WORDS: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
const HOST_WORD = 'ERR_TLS_CERT_ALTNAME_INVALID'
const MOST_SHOWN = 80

type Access = Pick<KafkaConnection, 'brokers' | 'ssl' | 'sasl'>

/**
 * The work's result. Where it fails, or takes long, the brokers are asked whether the settings are what is wrong.
 * @throws LogAccessError when they are, without waiting for the work any longer, which goes on; else what the work
 *   has thrown
 */
export async function withReason<T>(access: Access, work: Promise<T>): Promise<T> {
  const { promise: lateFault, reject } = Promise.withResolvers<never>()
  // Nobody waits for what is found when the work is over.
  lateFault.catch(() => undefined)
  const fault = (error?: unknown) => accessFault(access, error).then((found) => found && Promise.reject(found))
  const late = setTimeout(() => void fault().catch(reject), LOOK_AFTER_MS)
  try {
    return await Promise.race([work, lateFault])
  } catch (error) {
    if (!(error instanceof PipelineError)) await fault(error)
    throw error
  } finally {
    clearTimeout(late)
  }
}

/**
 * What the first broker that is there has against the settings; undefined where that is nothing.
 * @param error what kafkajs has thrown
 */
async function accessFault(access: Access, error: unknown): Promise<LogAccessError | undefined> {
  if (kafkaErrorType(error) === 'SASL_AUTHENTICATION_FAILED') return loginRefused(access, error)
  const failed = kafkaErrors(error).flatMap((one) =>
    'broker' in one && typeof one.broker === 'string' ? [one.broker] : [],
  )
  for (const address of [...new Set([...failed, ...access.brokers])].slice(0, MOST_ASKED)) {
    const fault = await faultAt(address, access)
    if (fault !== 'away') return fault
  }
  return undefined
}

async function faultAt(address: string, { ssl, sasl }: Access): Promise<LogAccessError | 'away' | undefined> {
  const port = new BrokerPort(address)
  const where = printable(address)
  const mechanism = sasl?.mechanism.toUpperCase() ?? 'PLAIN'
  const options = ssl === undefined || ssl === false ? undefined : ssl === true ? {} : ssl
  const heard = await port.handshake(mechanism, options)
  switch (heard.kind) {
    case 'away':
      return 'away'
    case 'answers':
      return loginFault(where, sasl && mechanism, heard.bodies.at(-1) ?? Buffer.alloc(0))
    case 'refused':
      return options && tlsFault(where, port, options, heard.code)
    case 'no-kafka': {
      if (options === undefined) return (await port.shown({})) && tlsMissing(where)
      const { kind } = await port.handshake(mechanism, undefined)
      return kind === 'answers' ? tlsUnwanted(where) : undefined
    }
  }
}

async function tlsFault(where: string, port: BrokerPort, options: ConnectionOptions, code: string) {
  if (/ALERT.*(?:CERTIFICATE|UNKNOWN_CA)/.test(code)) return clientCertificate(where, options)
  const shown = await port.shown(options)
  if (shown?.against !== undefined) return certificateFault(where, port, options, shown, shown.against)
  if (!/^ERR_OSSL_/.test(code)) return undefined
  return new LogAccessError(
    'LOG_TLS_FILES',
    `the certificates for Kafka can't be used (${code}): KAFKA_TLS_KEY_FILE has to hold the key of the certificate in KAFKA_TLS_CERT_FILE, both as PEM, and KAFKA_TLS_CA_FILE certificates`,
  )
}

function certificateFault(
  where: string,
  port: BrokerPort,
  { ca }: ConnectionOptions,
  { certificate }: Shown,
  against: string,
) {
  const { subject, issuer, subjectaltname = 'no names', valid_from: from, valid_to: to } = certificate
  const shows = `${where} shows a certificate`
  if (against === HOST_WORD) {
    return new LogAccessError(
      'LOG_CERTIFICATE_HOST',
      `${shows} for ${printable(subjectaltname)}, and is reached as ${printable(port.host)}: name it in KAFKA_BROKERS, and in the brokers' advertised.listeners, as its certificate does, or give it a certificate for that name`,
    )
  }
  if (DATE_WORDS.has(against)) {
    return new LogAccessError(
      'LOG_CERTIFICATE_DATE',
      `${shows} for ${quoted(subject.CN)} that holds from ${printable(from)} to ${printable(to)}, and here it is ${new Date().toISOString()}: give the broker a new one, or set the clock right`,
    )
  }
  const known =
    ca === undefined
      ? 'none that Node knows, and KAFKA_TLS_CA_FILE is not set: let it name the certificate of that authority'
      : `not in KAFKA_TLS_CA_FILE, which holds ${authorities(ca)}: let it name the certificate of that authority`
  return new LogAccessError(
    'LOG_CERTIFICATE_UNTRUSTED',
    `${shows} for ${quoted(subject.CN)}, signed by ${quoted(issuer.CN)}, which is ${known} (${against})`,
  )
}

function clientCertificate(where: string, { cert }: ConnectionOptions): LogAccessError {
  const message =
    cert === undefined
      ? `wants a certificate of the client, and none is set: set KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE`
      : `does not take the certificate in KAFKA_TLS_CERT_FILE, which holds ${authorities(cert, 'issuer')}: it has to hold one, still valid, by an authority that the brokers trust (ssl.truststore)`
  return new LogAccessError('LOG_CLIENT_CERTIFICATE', `${where} ${message}`)
}

function tlsMissing(where: string): LogAccessError {
  return new LogAccessError(
    'LOG_TLS_MISSING',
    `${where} speaks TLS, and is spoken to without: set KAFKA_TLS=true, or give a port without TLS in KAFKA_BROKERS`,
  )
}

function tlsUnwanted(where: string): LogAccessError {
  return new LogAccessError(
    'LOG_TLS_UNWANTED',
    `${where} speaks no TLS, and is spoken to by TLS: give its port for TLS in KAFKA_BROKERS, or set KAFKA_TLS=false and no KAFKA_TLS_…_FILE`,
  )
}

function loginFault(where: string, mechanism: string | undefined, body: Buffer): LogAccessError | undefined {
  const answer = readHandshake(body)
  if (answer === undefined) return undefined
  const { errorCode, mechanisms } = answer
  const takes = mechanisms.map(printable).join(', ')
  if (mechanism === undefined) {
    if (errorCode === NO_LOGIN_HERE) return undefined
    return new LogAccessError(
      'LOG_LOGIN_MISSING',
      `${where} wants a log-in by ${takes}, and none is set: set KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD`,
    )
  }
  if (errorCode === NO_LOGIN_HERE) {
    return new LogAccessError(
      'LOG_LOGIN_UNWANTED',
      `${where} takes no log-in, and KAFKA_SASL_MECHANISM asks for ${mechanism}: give its port with SASL in KAFKA_BROKERS, or leave KAFKA_SASL_MECHANISM out`,
    )
  }
  if (errorCode !== UNSUPPORTED_MECHANISM) return undefined
  return new LogAccessError(
    'LOG_LOGIN_MECHANISM',
    `${where} takes a log-in by ${takes}, and not by ${mechanism}: set KAFKA_SASL_MECHANISM to one of them`,
  )
}

function loginRefused({ sasl }: Access, cause: unknown): LogAccessError {
  return new LogAccessError(
    'LOG_LOGIN_REFUSED',
    `Kafka refuses the log-in of ${quoted(sasl?.username)} by ${sasl?.mechanism.toUpperCase()}: KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD have to be those of a user that the brokers know for this mechanism`,
    { cause },
  )
}

/** Whom the certificates in a setting belong to, or who has signed them. */
function authorities(pem: NonNullable<ConnectionOptions['ca']>, which: 'subject' | 'issuer' = 'subject'): string {
  const blocks = String(pem).match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  const names = blocks.slice(0, 3).map((block) => quoted(/^CN=(.*)$/m.exec(new X509Certificate(block)[which])?.[1]))
  if (names.length === 0) return 'no certificate'
  const more = blocks.length > names.length ? ` and ${blocks.length - names.length} more` : ''
  return which === 'subject' ? `that of ${names.join(', ')}${more}` : `one signed by ${names[0]}`
}

function quoted(name: unknown): string {
  return name === undefined ? 'nobody by name' : `"${printable(String(name))}"`
}

/** What others have written, for one line. */
function printable(text: string): string {
  const clean = text.replaceAll(/[^\x20-\x7e]/g, '?')
  return clean.length > MOST_SHOWN ? `${clean.slice(0, MOST_SHOWN)}…` : clean
}
