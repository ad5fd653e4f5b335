import type { Clock } from '@payout/runtime/clock'
import type { Logger } from '@payout/runtime/observability/logging'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { InFlightBytes } from '../http/in-flight-bytes.ts'
import { REFUSAL_BODY, RETRY_AFTER_S, RefusalError, type RefusalReason, refusalStatus } from '../http/refusal.ts'
import { type BodyLimits, readBody } from '../http/request-body.ts'
import type { IngressMetrics } from '../metrics.ts'
import { SUCCESS_BODY } from './acceptance.ts'
import type { AddressedPartner } from './addressed-partner.ts'
import type { Ingress } from './ingress.ts'

export interface NotifyRouteDependencies {
  readonly ingress: Pick<Ingress, 'accept'>
  /** The partner of an alias. */
  readonly partner: (alias: string) => AddressedPartner | undefined
  readonly inFlight: InFlightBytes
  readonly bodyLimits: BodyLimits
  readonly clock: Clock
  readonly metrics: IngressMetrics
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  /** True once the process was asked to stop. */
  readonly stopping: () => boolean
}

/**
 * Refusals that say something is wrong with us or with what Alipay signed; the others are anybody's traffic and only
 * counted.
 */
const WORTH_A_WARNING: ReadonlySet<RefusalReason> = new Set([
  'overloaded',
  'malformed-field',
  'not-confirmed',
  'verification-unavailable',
  'log-unavailable',
])

/**
 * `POST /notify/<alias>`, and a plain refusal for everything else. Nothing but the path and the body decides anything:
 * no query, no cookie, no header that a proxy adds; of the content type only the name of a character set is read
 * (BTN-10).
 */
export function notifyRoute(app: FastifyInstance, dependencies: NotifyRouteDependencies): void {
  const contentTypes = new WeakMap<FastifyRequest, string>()

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  // Alipay's content types can be malformed, and fastify refuses such before any parser sees them.
  app.addHook('onRequest', async (request) => {
    const { headers } = request.raw
    if (headers['content-type'] !== undefined) contentTypes.set(request, headers['content-type'])
    headers['content-type'] = 'application/octet-stream'
  })

  app.post<{ Params: { alias: string } }>('/notify/:alias', async (request, reply) => {
    const receivedAt = dependencies.clock.now()
    if (dependencies.stopping()) throw new RefusalError('stopping', 'the process is about to end')
    const partner = dependencies.partner(request.params.alias)
    if (!partner) throw new RefusalError('unknown-partner', 'no partner has the alias of the path')

    const reservation = dependencies.inFlight.reserve()
    try {
      const body = await readBody(request.raw, dependencies.bodyLimits, reservation)
      const contentType = contentTypes.get(request)
      const acceptance = await dependencies.ingress.accept({ partner, body, contentType, receivedAt })
      dependencies.metrics.accepted(partner.alias, acceptance, dependencies.clock.now() - receivedAt)
      dependencies.logger.debug({ partner: partner.alias, bytes: body.length, acceptance }, 'notify accepted')
    } finally {
      reservation.release()
    }
    return reply.code(200).header('content-type', 'text/plain').send(SUCCESS_BODY)
  })

  app.setNotFoundHandler(() => {
    throw new RefusalError('unknown-path', 'nothing is at this method and path')
  })
  app.setErrorHandler((error, request, reply) => refuse(error, reply, dependencies, aliasOf(request, dependencies)))
}

/** Answers without information, and closes the connection, since the rest of the body may be unread. */
export function refuse(
  error: unknown,
  reply: FastifyReply,
  { metrics, logger }: Pick<NotifyRouteDependencies, 'metrics' | 'logger'>,
  partner?: string,
): FastifyReply {
  const reason = error instanceof RefusalError ? error.reason : 'internal'
  metrics.refused(reason)
  const fields = { reason, ...(partner === undefined ? {} : { partner }), err: error }
  if (reason === 'internal') logger.error(fields, 'notify refused by a defect')
  else if (WORTH_A_WARNING.has(reason)) logger.warn(fields, 'notify refused')
  else logger.debug(fields, 'request refused')

  const status = refusalStatus(reason)
  reply.code(status).header('content-type', 'text/plain').header('connection', 'close')
  if (status === 503) reply.header('retry-after', String(RETRY_AFTER_S))
  return reply.send(REFUSAL_BODY)
}

/** Only an alias that we know: anything else in a path is a stranger's text. */
function aliasOf(request: FastifyRequest, dependencies: NotifyRouteDependencies): string | undefined {
  const { params } = request
  if (typeof params !== 'object' || params === null || !('alias' in params)) return undefined
  return typeof params.alias === 'string' ? dependencies.partner(params.alias)?.alias : undefined
}
