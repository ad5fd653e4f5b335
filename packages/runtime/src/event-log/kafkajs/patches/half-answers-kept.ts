/** A connection that breaks leaves nothing behind for the one that is made after it. */
import type { Socket } from 'node:net'

/** The part of kafkajs' Connection that matters here. */
export interface Connection {
  socket?: Socket
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  isConnected(): boolean
  connect(): Promise<unknown>
}

/** An answer begins with its length. */
const LENGTH_BYTES = 4

/**
 * kafkajs goes on with what the last socket has left behind: half an answer, to which the next ones are joined, so
 * that none is ever understood again and each request waits for its time limit (30 s), without end; and the listeners
 * of that socket, whose late end closes the new one. Now each connection begins with nothing and hears its own socket
 * alone, and callers who connect at the same time share one attempt.
 */
export function beginEachConnectionAnew(prototype: Connection): void {
  const { connect } = prototype
  const attempts = new WeakMap<Connection, Promise<unknown>>()
  prototype.connect = function (this: Connection) {
    const running = attempts.get(this)
    if (running !== undefined) return running
    if (this.isConnected()) return connect.call(this)
    if (this.socket !== undefined) forget(this.socket)
    this.chunks = []
    this.bytesBuffered = 0
    this.bytesNeeded = LENGTH_BYTES
    const attempt = connect.call(this).finally(() => attempts.delete(this))
    attempts.set(this, attempt)
    return attempt
  }
}

function forget(socket: Socket): void {
  for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event)
  // Without a listener its late error would end the process.
  socket.on('error', () => undefined)
  socket.destroy()
}
