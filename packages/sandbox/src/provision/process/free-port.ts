import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Ports are taken from below the range that the system hands out to outgoing connections. From within that range a
 * client that keeps on trying to reach a stopped server can be given the server's own port, connect to itself, and so
 * keep the server from ever coming back.
 */
const FIRST = 12_000
const LAST = 32_000
const TRIES = 100

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/**
 * A TCP port of 127.0.0.1 that nothing listens on now. Another program may still take it: a start must be ready for
 * that.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = randomInt(FIRST, LAST)
    if (await canListen(port)) return port
  }
  throw new Error(`no free TCP port found between ${FIRST} and ${LAST} in ${TRIES} tries`)
}
