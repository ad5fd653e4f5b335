import { escapeUnprintableJson } from '@payout/mapi/text/printable-text'
import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino'

export type { Logger } from 'pino'
export type LogLevel = LevelWithSilent

/**
 * Fields that must not be logged by mistake (MAPI-14): partner ids, keys, personal data, and raw bodies, which hold
 * all of them.
 */
const PRIVATE_FIELDS = [
  'partnerId', 'partner_id', 'signingKey', 'verifyingKeys', 'key', 'secret', 'password', 'sign', 'body',
  'payeeName', 'payeeAccount', 'account_name', 'accountName', 'buyerAccountName', 'email', 'detail_data', 'success_details', 'fail_details',
] as const // biome-ignore format: a list of words

/** Where a log line may carry a whole record. Paths are spelled out, since wildcards make every line slower. */
const CARRIERS = ['', 'partner.', 'request.', 'notify.', 'command.', 'payout.', 'account.', 'line.']

/** How deep a chain of causes is followed: a cycle ends there. */
const MOST_CAUSES = 5

/**
 * The logger of a service: JSON lines on standard output, with the level and the time (UTC) as text, and nothing in
 * them that a terminal obeys. An error under `err` is reduced to its code, its message and its causes.
 */
export function logger(service: string, level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // pino escapes what JSON has to; a terminal obeys more than that.
    hooks: { streamWrite: (line: string) => `${escapeUnprintableJson(line.slice(0, -1))}\n` },
    serializers: { err: (error: unknown) => errorSummary(error) },
    redact: {
      paths: CARRIERS.flatMap((carrier) => PRIVATE_FIELDS.map((field) => `${carrier}${field}`)),
      censor: '[private]',
    },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** What is logged of an error. */
export interface ErrorSummary {
  readonly name: string
  readonly code?: string
  readonly message: string
  /** Only of an error without a code, which nobody expected: where it was thrown. */
  readonly at?: readonly string[]
  readonly cause?: ErrorSummary
}

/** Leaves out whatever else an error carries: commands with their arguments, requests, responses. */
export function errorSummary(error: unknown, depth = 1): ErrorSummary {
  if (!(error instanceof Error)) return { name: typeof error, message: withoutPartnerIds(String(error)) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    name: error.name,
    ...(code === undefined ? {} : { code }),
    message: withoutPartnerIds(error.message),
    ...(code === undefined ? { at: frames.slice(0, 8).map((line) => line.trim()) } : {}),
    ...(error.cause === undefined || depth === MOST_CAUSES ? {} : { cause: errorSummary(error.cause, depth + 1) }),
  }
}

/** The last net: messages of other libraries may quote what they were given. */
function withoutPartnerIds(message: string): string {
  return message.replace(/2088\d{12}/g, '2088…')
}
