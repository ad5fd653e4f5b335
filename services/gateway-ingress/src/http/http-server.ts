import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { KIB } from '@payout/schemas/units'

/** Certificate chain and private key, PEM. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface ServerBounds {
  /** From the first moment of a connection (or the end of the request before) to the last header, in milliseconds. */
  readonly headerTimeoutMs: number
  /** For one whole request to come in, in milliseconds; a backstop behind the time limit of the body. */
  readonly requestTimeoutMs: number
  /** How long a connection may stand idle between two requests, in milliseconds. */
  readonly keepAliveMs: number
}

/** How often Node looks for connections that are past their time, in milliseconds. */
const CHECK_INTERVAL_MS = 500

/** A server for HTTP, or HTTPS where there are TLS files, that gives nobody more time than the bounds say. */
export function httpServer(bounds: ServerBounds, tls: TlsFiles | undefined, listener: RequestListener): Server {
  const options = {
    headersTimeout: bounds.headerTimeoutMs,
    requestTimeout: bounds.requestTimeoutMs,
    keepAliveTimeout: bounds.keepAliveMs,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, bounds.headerTimeoutMs),
    maxHeaderSize: 16 * KIB,
    insecureHTTPParser: false,
    // Node's own answer to a request without Host is not ours.
    requireHostHeader: false,
  }
  return tls
    ? createTlsServer({ ...options, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: bounds.headerTimeoutMs }, listener)
    : createServer(options, listener)
}
