import { Agent, type Dispatcher, request } from 'undici'
import type { BrokenCode, Gateway, GatewayCall, GatewayReply } from './gateway.ts'

export interface AnswerLimits {
  /** From the beginning of the call, connecting included, to the last byte of the answer, milliseconds. */
  readonly timeoutMs: number
  /** What is read of the answer at most. */
  readonly maxBytes: number
}

export interface HttpGatewaySettings {
  /** The gateway's address, without a query. */
  readonly url: string
  /**
   * After so long, connections are not used for new calls any more, so that a change of address is followed (MAPI-2).
   */
  readonly connectionLifeMs: number
  readonly connectTimeoutMs: number
  /** For each thing that a call may wait for. */
  readonly limits: Readonly<Record<GatewayCall['expects'], AnswerLimits>>
  /** Stands in for the system's own look-up of the name. */
  readonly lookup?: (
    hostname: string,
    options: object,
    callback: (error: Error | null, addresses: { address: string; family: number }[]) => void,
  ) => void
}

/**
 * The gateway over HTTP. One `post` is one HTTP request: no redirect is followed, nothing is sent again, neither here
 * nor by the connection pool, and no proxy is asked (S5.2). The name is looked up for each new connection, by the
 * system (MAPI-2).
 */
export class HttpGateway implements Gateway {
  readonly #settings: HttpGatewaySettings
  #agent: Agent
  #agentBorn = performance.now()

  constructor(settings: HttpGatewaySettings) {
    this.#settings = settings
    this.#agent = this.#newAgent()
  }

  async post({ charset, body, expects, mayGo }: GatewayCall, signal: AbortSignal): Promise<GatewayReply> {
    const { url, limits } = this.#settings
    const { timeoutMs, maxBytes } = limits[expects]
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(new AnswerTimeout()), timeoutMs)
    const giveUp = (): void => limit.abort(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    let status: number | null = null
    const received: Buffer[] = []
    try {
      const response = await request(`${url}?_input_charset=${encodeURIComponent(charset)}`, {
        method: 'POST',
        headers: { 'content-type': `application/x-www-form-urlencoded; charset=${charset}` },
        body,
        dispatcher: this.#currentAgent().compose(
          (dispatch) => (call, handler) => dispatch(call, heldBackUnless(mayGo, handler)),
        ),
        signal: limit.signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      })
      status = response.statusCode
      const contentType = single(response.headers['content-type'])
      let bytes = 0
      for await (const chunk of response.body) {
        const piece: Buffer = chunk
        bytes += piece.length
        if (bytes > maxBytes) {
          received.push(piece.subarray(0, piece.length - (bytes - maxBytes)))
          // Leaving the loop destroys the connection: the rest is not read.
          return { kind: 'answered', status, contentType, body: Buffer.concat(received), cut: true }
        }
        received.push(piece)
      }
      return { kind: 'answered', status, contentType, body: Buffer.concat(received), cut: false }
    } catch (error) {
      const half = received.length > 0 ? Buffer.concat(received) : null
      return { kind: 'broken', code: brokenCode(error), status, body: half }
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
    }
  }

  /** Waits for calls under way. */
  async close(): Promise<void> {
    await this.#agent.close()
  }

  #currentAgent(): Agent {
    if (performance.now() - this.#agentBorn >= this.#settings.connectionLifeMs) {
      const old = this.#agent
      this.#agent = this.#newAgent()
      this.#agentBorn = performance.now()
      // Ends its connections when the calls under way have ended.
      old.close().catch(() => old.destroy())
    }
    return this.#agent
  }

  #newAgent(): Agent {
    const { connectTimeoutMs, lookup } = this.#settings
    return new Agent({
      allowH2: false,
      pipelining: 1,
      connect: {
        timeout: connectTimeoutMs,
        ...(lookup === undefined ? {} : { lookup }),
      },
    })
  }
}

class AnswerTimeout extends Error {}
class HeldBack extends Error {}

/** Asks right before the first byte is written whether it may be. */
function heldBackUnless(mayGo: () => boolean, handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => {
      if (mayGo()) handler.onRequestStart?.(controller, context)
      else controller.abort(new HeldBack())
    },
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  }
}

const codes: Readonly<Record<string, BrokenCode>> = {
  ENOTFOUND: 'NAME_NOT_RESOLVED',
  EAI_AGAIN: 'NAME_NOT_RESOLVED',
  EAI_FAIL: 'NAME_NOT_RESOLVED',
  UND_ERR_CONNECT_TIMEOUT: 'CONNECT_TIMED_OUT',
  ETIMEDOUT: 'TIMED_OUT',
  UND_ERR_HEADERS_TIMEOUT: 'TIMED_OUT',
  UND_ERR_BODY_TIMEOUT: 'TIMED_OUT',
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ECONNRESET: 'CONNECTION_RESET',
  EPIPE: 'CONNECTION_RESET',
  UND_ERR_SOCKET: 'CONNECTION_RESET',
}

/** The name and address of the other side stay out of it: only what went wrong is in it. */
function brokenCode(error: unknown): BrokenCode {
  if (error instanceof AnswerTimeout) return 'TIMED_OUT'
  if (error instanceof HeldBack) return 'HELD_BACK'
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : ''
    const known = codes[code]
    if (known !== undefined) return known
    if (/^(CERT_|ERR_TLS_|ERR_SSL_|EPROTO|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(code)) return 'TLS_FAILED'
    if (cause instanceof AggregateError) {
      const first: unknown = cause.errors[0]
      if (first instanceof Error) return brokenCode(first)
    }
  }
  return 'NO_ANSWER'
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
