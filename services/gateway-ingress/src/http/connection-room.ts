import { BlockList, isIPv6, type Socket } from 'node:net'

export interface RoomLimits {
  /** Connections at a time. */
  readonly max: number
  /** Of these, from one address. */
  readonly maxPerAddress: number
  /**
   * Load balancers, through which everybody comes: `maxPerAddress` does not hold for them. Addresses, and networks like
   * `10.0.0.0/8`.
   */
  readonly balancers: readonly string[]
}

/**
 * `made-room`: another connection had to go. `full`: all others have requests that are processed, and this one was
 * closed.
 */
export type Entry = 'let-in' | 'made-room' | 'full'

/** Whose connections count together. */
interface Origin {
  readonly address: string
  connections: number
  /** Those of its connections that wait, the one that has waited longest first. */
  readonly waiting: Set<Connection>
}

interface Connection {
  readonly socket: Socket
  readonly name: string
  /** Undefined where it comes through a load balancer. */
  readonly origin: Origin | undefined
}

/**
 * Room for connections. A connection that has sent a whole request stays until it is answered. Every other one waits:
 * for a TLS handshake, for headers, for the rest of a body, for a next request. It may wait as long as there is room.
 * When there is none, the connection that has waited longest is closed for the one that comes. So a stranger who holds
 * connections open shuts nobody out.
 */
export class ConnectionRoom {
  readonly #limits: RoomLimits
  readonly #balancers = new BlockList()
  readonly #connections = new Map<string, Connection>()
  readonly #origins = new Map<string, Origin>()
  /** A Set keeps its order. */
  readonly #waiting = new Set<Connection>()

  constructor(limits: RoomLimits) {
    this.#limits = limits
    for (const network of limits.balancers) {
      const [address = '', bits] = network.split('/')
      const family = isIPv6(address) ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#balancers.addAddress(address, family)
      else this.#balancers.addSubnet(address, Number(bits), family)
    }
  }

  /** Takes a connection that has just come, and closes the one that has to go for it. */
  enter(socket: Socket): Entry {
    const { remoteAddress } = socket
    // It is gone already.
    if (remoteAddress === undefined) return 'let-in'
    const origin = this.#originOf(remoteAddress)
    const isOriginFull = origin !== undefined && origin.connections >= this.#limits.maxPerAddress
    const isFull = isOriginFull || this.#connections.size >= this.#limits.max
    if (isFull) {
      const [longestWaiting] = isOriginFull ? origin.waiting : this.#waiting
      if (longestWaiting === undefined) {
        socket.destroy()
        return 'full'
      }
      this.#leave(longestWaiting)
      longestWaiting.socket.destroy()
    }
    const connection: Connection = { socket, name: nameOf(socket), origin }
    this.#connections.set(connection.name, connection)
    if (origin !== undefined) {
      origin.connections++
      this.#origins.set(origin.address, origin)
    }
    this.#wait(connection)
    socket.once('close', () => this.#leave(connection))
    return isFull ? 'made-room' : 'let-in'
  }

  /** A whole request of it has come. With TLS this is another socket than the one that came. */
  works(socket: Socket): void {
    const connection = this.#connections.get(nameOf(socket))
    if (connection === undefined) return
    this.#waiting.delete(connection)
    connection.origin?.waiting.delete(connection)
  }

  /** All its requests are answered. */
  waits(socket: Socket): void {
    const connection = this.#connections.get(nameOf(socket))
    if (connection !== undefined) this.#wait(connection)
  }

  #originOf(remoteAddress: string): Origin | undefined {
    const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '')
    if (this.#balancers.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return undefined
    const name = isIPv6(address) ? networkOf(address) : address
    return this.#origins.get(name) ?? { address: name, connections: 0, waiting: new Set() }
  }

  #wait(connection: Connection): void {
    for (const waiting of [this.#waiting, connection.origin?.waiting]) {
      waiting?.delete(connection)
      waiting?.add(connection)
    }
  }

  #leave(connection: Connection): void {
    if (this.#connections.get(connection.name) !== connection) return
    this.#connections.delete(connection.name)
    this.#waiting.delete(connection)
    const { origin } = connection
    if (origin === undefined) return
    origin.waiting.delete(connection)
    origin.connections--
    if (origin.connections === 0) this.#origins.delete(origin.address)
  }
}

/** Both sockets of a TLS connection have the same. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/** The first 64 bits of an IPv6 address: whoever has one address has all of that network. */
function networkOf(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0')
  return [...groups, ...(tail === undefined ? [] : zeros), ...rest].slice(0, 4).join(':')
}
