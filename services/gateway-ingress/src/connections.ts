import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { IngressMetrics } from './metrics.ts'
import { REFUSAL_BODY, refusalStatus } from './refusal.ts'

const TOO_SLOW: ReadonlySet<string> = new Set(['ERR_HTTP_REQUEST_TIMEOUT', 'ERR_TLS_HANDSHAKE_TIMEOUT'])

/** The open connections, and how many requests of each are not answered yet. */
export class Connections {
  readonly #metrics: Pick<IngressMetrics, 'refused'>
  readonly #accepted = new Set<Socket>()
  readonly #unanswered = new Map<Socket, number>()

  constructor(metrics: Pick<IngressMetrics, 'refused'>) {
    this.#metrics = metrics
  }

  /** TCP has brought it. With TLS it is not yet open, and has another socket then. */
  accepted(socket: Socket): void {
    this.#accepted.add(socket)
    socket.once('close', () => this.#accepted.delete(socket))
  }

  /** Requests may come over it. */
  opened(socket: Socket): void {
    this.#unanswered.set(socket, 0)
    socket.once('close', () => this.#unanswered.delete(socket))
  }

  /** A request of it has come, and is answered when the response is closed. */
  asked(socket: Socket, response: ServerResponse): void {
    this.#add(socket, 1)
    response.once('close', () => this.#add(socket, -1))
  }

  /** Ends those on which no request is under way, also those on which none has ever begun, which Node would wait for. */
  closeIdle(): void {
    for (const [socket, unanswered] of this.#unanswered) {
      if (unanswered === 0) socket.destroy()
    }
  }

  /** Ends all, whatever is under way. */
  closeAll(): void {
    for (const socket of this.#accepted) socket.destroy()
  }

  /**
   * Ends one over which something came that is no request: garbage, headers too large or too slow, a TLS handshake that fails; with a
   * plain refusal where that can't be taken for the answer to an earlier request on it.
   */
  broken(error: NodeJS.ErrnoException, socket: Socket): void {
    const unanswered = this.#unanswered.get(socket)
    const underWay = unanswered !== undefined && unanswered > 0
    const ended = error.code === 'HPE_INVALID_EOF_STATE'
    const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
    // Who reads the body of a request under way counts its end; a connection that broke before says nothing of a request.
    if (!reset && !(ended && underWay)) {
      this.#metrics.refused(TOO_SLOW.has(error.code ?? '') ? 'too-slow' : 'malformed-http')
    }
    if (reset || ended || unanswered !== 0 || !socket.writable) {
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

  #add(socket: Socket, change: 1 | -1): void {
    const unanswered = this.#unanswered.get(socket)
    if (unanswered !== undefined) this.#unanswered.set(socket, unanswered + change)
  }
}
