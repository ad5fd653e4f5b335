import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * One address in front of several processes, as a load balancer is: each connection goes to the next one that takes it,
 * and is refused where none does.
 */
export class TcpRelay {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #targets: readonly number[] = []
  #next = 0

  constructor() {
    this.#server = createServer((socket) => this.#relay(socket))
  }

  /** Ports on 127.0.0.1. */
  set targets(ports: readonly number[]) {
    this.#targets = ports
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #relay(client: Socket): void {
    this.#track(client)
    this.#try(client, this.#targets.length)
  }

  #try(client: Socket, left: number): void {
    const port = this.#targets[this.#next++ % Math.max(1, this.#targets.length)]
    if (left === 0 || port === undefined) {
      client.resetAndDestroy()
      return
    }
    const target = connect(port, '127.0.0.1')
    this.#track(target)
    const refused = () => this.#try(client, left - 1)
    target.once('error', refused)
    target.once('connect', () => {
      target.off('error', refused)
      client.pipe(target).pipe(client)
      const end = () => {
        client.destroy()
        target.destroy()
      }
      for (const socket of [client, target]) socket.once('close', end).once('error', end)
    })
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined)
  }
}
