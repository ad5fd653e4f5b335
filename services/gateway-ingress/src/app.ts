import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Clock } from '@payout/runtime/clock'
import type { Logger } from '@payout/runtime/observability/logging'
import type { StateStore } from '@payout/runtime/redis/port'
import { Codec } from '@payout/schemas/codec'
import Fastify, { type FastifyInstance } from 'fastify'
import { agreementRoute, isForAgreement, refuseForm } from './agreement-page/agreement-route.ts'
import { FormSearch, type FormSearchLog } from './agreement-page/form-search.ts'
import { Forms, type FormsEventLog } from './agreement-page/forms.ts'
import type { RoomLimits } from './http/connection-room.ts'
import { httpServer, type TlsFiles } from './http/http-server.ts'
import { InFlightBytes } from './http/in-flight-bytes.ts'
import { RefusalError } from './http/refusal.ts'
import { Sockets } from './http/sockets.ts'
import type { IngressMetrics } from './metrics.ts'
import type { AddressedPartner } from './notify/addressed-partner.ts'
import { Ingress } from './notify/ingress.ts'
import { MAX_BODY_BYTES } from './notify/notify-check.ts'
import { type NotifyEventLog, NotifyLog } from './notify/notify-log.ts'
import { notifyRoute, refuse } from './notify/notify-route.ts'
import { NotifyVerification, type VerificationOptions } from './notify/notify-verification.ts'

/** Bounds on what comes in, and how notifies are verified. */
export interface IngressSettings {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly room: RoomLimits
  readonly headerTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly keepAliveMs: number
  /** All bodies that are read or processed at the same moment. */
  readonly maxInFlightBytes: number
  /** How long a request for an agreement page waits for its form to be read. */
  readonly formWaitMs: number
  readonly verification: Omit<VerificationOptions, 'onAsked'>
}

export interface IngressAppDependencies {
  readonly log: NotifyEventLog & FormsEventLog & FormSearchLog
  readonly stateStore: Pick<StateStore, 'storedNotifies' | 'usedForms'>
  /** The partner of an alias. */
  readonly partner: (alias: string) => AddressedPartner | undefined
  readonly clock: Clock
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  readonly metrics: IngressMetrics
  readonly settings: IngressSettings
  readonly tls?: TlsFiles | undefined
  readonly codec?: Codec
}

/** How often idle connections are closed while stopping, in milliseconds. */
const SWEEP_MS = 20

/** A running gateway-ingress. */
export interface IngressApp {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string
  /** Whether it can store notifies; agreement pages are no part of it, since notifies must not wait for them. */
  ready(): Promise<boolean>
  /** New connections get this certificate. */
  replaceTls(files: TlsFiles): void
  /**
   * Refuses new requests, waits for those under way (past `graceMs` their connections are cut), then closes the
   * producers.
   */
  stop(graceMs: number): Promise<void>
}

/** Builds the service from its dependencies, and listens. */
export async function startIngress(dependencies: IngressAppDependencies): Promise<IngressApp> {
  const { settings, metrics, logger } = dependencies
  const codec = dependencies.codec ?? new Codec()
  const notifyLog = new NotifyLog(dependencies.log, codec, settings.maxInFlightBytes)
  const forms = new Forms({ ...dependencies, codec })
  const formSearch = new FormSearch({ ...dependencies, forms, waitMs: settings.formWaitMs })
  const verification = new NotifyVerification({
    ...settings.verification,
    onAsked: (outcome, durationMs) => metrics.asked(outcome, durationMs),
  })
  const ingress = new Ingress({
    storedNotifies: dependencies.stateStore.storedNotifies,
    verification,
    log: notifyLog,
    metrics,
  })
  const inFlight = new InFlightBytes(settings.maxInFlightBytes, (bytes) => metrics.inFlight(bytes))
  let stopping = false

  const sockets = new Sockets(metrics, settings.room)
  const { app, server } = fastify(dependencies, sockets)
  notifyRoute(app, {
    ...dependencies,
    ingress,
    inFlight,
    bodyLimits: { maxBytes: MAX_BODY_BYTES, timeoutMs: settings.bodyTimeoutMs },
    stopping: () => stopping,
  })
  agreementRoute(app, {
    ...dependencies,
    forms: formSearch,
    usedForms: dependencies.stateStore.usedForms,
    gatewayUrl: settings.verification.gatewayUrl,
    stopping: () => stopping,
  })
  await app.listen({ host: settings.host, port: settings.port })

  return {
    url: urlOf(server),
    ready: async () => !stopping && (await notifyLog.healthy()),
    replaceTls: (files) => {
      if (server instanceof TlsServer) server.setSecureContext({ ...files, minVersion: 'TLSv1.2' })
    },
    stop: async (graceMs) => {
      stopping = true
      formSearch.close()
      const formsClosed = forms.close()
      const cut = setTimeout(() => {
        logger.warn({ graceMs }, 'requests did not end in time: their connections are cut')
        sockets.closeAll()
      }, graceMs)
      // Again and again, since a connection may come in the last moment, and one that has its answer is idle then.
      const sweep = setInterval(() => sockets.closeIdle(), SWEEP_MS)
      // Stops listening, and waits until no connection is left.
      await app.close()
      clearInterval(sweep)
      clearTimeout(cut)
      await Promise.all([verification.close(), notifyLog.close(), formsClosed])
    },
  }
}

/**
 * fastify on a server with our bounds. Where fastify would say what is wrong with a request, it answers a plain
 * refusal.
 */
function fastify(
  { settings, metrics, logger, tls }: IngressAppDependencies,
  sockets: Sockets,
): { app: FastifyInstance; server: Server } {
  let made: Server | undefined
  const app = Fastify({
    logger: false,
    trustProxy: false,
    exposeHeadRoutes: false,
    // A request on a connection that was open before gets our own refusal.
    return503OnClosing: false,
    serverFactory: (listener) => {
      const bounds = { ...settings, requestTimeoutMs: settings.headerTimeoutMs + settings.bodyTimeoutMs + 1000 }
      made = httpServer(bounds, tls, (request, response) => {
        sockets.requested(request, response)
        listener(request, response)
      })
      made.on('connection', (socket) => sockets.accepted(socket))
      made.on(tls ? 'secureConnection' : 'connection', (socket) => sockets.opened(socket))
      return made
    },
    clientErrorHandler: (error, socket: Socket) => sockets.broken(error, socket),
    frameworkErrors: (cause, request, reply) => {
      if (isForAgreement(request)) {
        refuseForm('unknown', request, reply, { metrics, logger })
        return
      }
      const error = new RefusalError('unknown-path', 'the path is malformed or too long', { cause })
      refuse(error, reply, { metrics, logger })
    },
  })
  if (!made) throw new Error('fastify did not make a server')
  return { app, server: made }
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  return `${server instanceof TlsServer ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
