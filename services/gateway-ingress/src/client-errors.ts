import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { IngressMetrics } from './metrics.ts'
import { REFUSAL_BODY, refusalStatus } from './refusal.ts'

/** What comes over a connection and is no request: garbage, headers too large or too slow. */
export class ClientErrors {
  readonly #metrics: Pick<IngressMetrics, 'refused'>
  /** How many requests of a connection are not answered yet. */
  readonly #unanswered = new WeakMap<Socket, number>()

  constructor(metrics: Pick<IngressMetrics, 'refused'>) {
    this.#metrics = metrics
  }

  /** Remembers a request until its response has ended or its connection has. */
  track(socket: Socket, response: ServerResponse): void {
    this.#unanswered.set(socket, this.#count(socket) + 1)
    response.once('close', () => this.#unanswered.set(socket, this.#count(socket) - 1))
  }

  /** Ends the connection, with a plain refusal where that can't be taken for the answer to an earlier request on it. */
  answer(error: NodeJS.ErrnoException, socket: Socket): void {
    const underWay = this.#count(socket) > 0
    // A connection that broke says nothing of a request; where one was under way, its reader counts it.
    const broken = error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.code === 'HPE_INVALID_EOF_STATE'
    if (!broken || (error.code === 'HPE_INVALID_EOF_STATE' && !underWay)) {
      this.#metrics.refused(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too-slow' : 'malformed-http')
    }
    if (broken || underWay || !socket.writable) {
      socket.destroy()
      return
    }
    const status = refusalStatus('malformed-http')
    socket.end(
      `HTTP/1.1 ${status} Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${REFUSAL_BODY.length}\r\nConnection: close\r\n\r\n${REFUSAL_BODY}`,
    )
    // The sender may go on sending: it is not waited for.
    socket.destroySoon()
  }

  #count(socket: Socket): number {
    return this.#unanswered.get(socket) ?? 0
  }
}
