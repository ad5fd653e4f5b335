import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { IngressMetrics } from '../metrics.ts'
import { ConnectionRoom, type RoomLimits } from './connection-room.ts'
import { REFUSAL_BODY, refusalStatus } from './refusal.ts'

const TOO_SLOW: ReadonlySet<string> = new Set(['ERR_HTTP_REQUEST_TIMEOUT', 'ERR_TLS_HANDSHAKE_TIMEOUT'])

/** The sockets of the server's connections, and how many requests of each are not answered yet. */
export class Sockets {
  readonly #metrics: Pick<IngressMetrics, 'refused'>
  readonly #room: ConnectionRoom
  readonly #accepted = new Set<Socket>()
  readonly #unanswered = new Map<Socket, number>()

  constructor(metrics: Pick<IngressMetrics, 'refused'>, limits: RoomLimits) {
    this.#metrics = metrics
    this.#room = new ConnectionRoom(limits)
  }

  /**
   * A TCP connection has come. With TLS it is not open yet, and has another socket when it is. Where there is no room,
   * the connection that has waited longest is closed.
   */
  accepted(socket: Socket): void {
    const entry = this.#room.enter(socket)
    if (entry !== 'let-in') this.#metrics.refused(entry === 'full' ? 'too-many-connections' : 'made-room')
    if (entry === 'full') return
    this.#accepted.add(socket)
    socket.once('close', () => this.#accepted.delete(socket))
  }

  /** Requests may come over this socket. */
  opened(socket: Socket): void {
    this.#unanswered.set(socket, 0)
    socket.once('close', () => this.#unanswered.delete(socket))
  }

  /** The headers of a request have come over the request's socket; it is answered when the response is closed. */
  requested(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    this.#add(socket, 1)
    if (hasNoBody(request)) this.#room.works(socket)
    else request.once('end', () => this.#room.works(socket))
    response.once('close', () => {
      this.#add(socket, -1)
      if (this.#unanswered.get(socket) === 0) this.#room.waits(socket)
    })
  }

  /**
   * Closes the sockets without a request under way, also those on which none has ever begun: Node would wait for these.
   */
  closeIdle(): void {
    for (const [socket, unanswered] of this.#unanswered) {
      if (unanswered === 0) socket.destroy()
    }
  }

  /** Closes all sockets, whatever is under way. */
  closeAll(): void {
    for (const socket of this.#accepted) socket.destroy()
  }

  /**
   * Closes a socket over which something came that is no request: garbage, headers too large or too slow, a TLS
   * handshake that fails. It sends a plain refusal first, where that can't be taken for the answer to an earlier
   * request.
   */
  broken(error: NodeJS.ErrnoException, socket: Socket): void {
    const unanswered = this.#unanswered.get(socket)
    const underWay = unanswered !== undefined && unanswered > 0
    const ended = error.code === 'HPE_INVALID_EOF_STATE'
    const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
    // Who reads the body of a request under way counts its end; a connection that broke before says nothing of a
    // request.
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

function hasNoBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}
