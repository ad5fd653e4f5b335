import { BlockList, isIPv6, type Socket } from 'node:net'

export interface RoomLimits {
  /** Connections at a time. */
  readonly most: number
  /** Of these, from one address. */
  readonly mostOfOne: number
  /** Load balancers, through which everybody comes: `mostOfOne` does not hold for them. Addresses, and networks like `10.0.0.0/8`. */
  readonly balancers: readonly string[]
}

/** `made-room`: another connection had to go. `full`: all others have requests that are processed, and this one was closed. */
export type Entry = 'let-in' | 'made-room' | 'full'

/** Whose connections count together. */
interface Host {
  readonly address: string
  guests: number
  /** Those of its connections that wait, the one that has waited longest first. */
  readonly waiting: Set<Guest>
}

interface Guest {
  readonly socket: Socket
  readonly name: string
  /** Undefined where it comes through a load balancer. */
  readonly host: Host | undefined
}

/**
 * Room for connections. A connection that has sent a whole request stays until it is answered. Every other one waits: for a
 * TLS handshake, for headers, for the rest of a body, for a next request. It may wait as long as there is room. When there is
 * none, the connection that has waited longest is closed for the one that comes. So a stranger who holds connections open
 * shuts nobody out.
 */
export class ConnectionRoom {
  readonly #limits: RoomLimits
  readonly #balancers = new BlockList()
  readonly #guests = new Map<string, Guest>()
  readonly #hosts = new Map<string, Host>()
  /** A Set keeps its order. */
  readonly #waiting = new Set<Guest>()

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
    const host = this.#hostOf(remoteAddress)
    const isHostFull = host !== undefined && host.guests >= this.#limits.mostOfOne
    const isFull = isHostFull || this.#guests.size >= this.#limits.most
    if (isFull) {
      const [longest] = isHostFull ? host.waiting : this.#waiting
      if (longest === undefined) {
        socket.destroy()
        return 'full'
      }
      this.#leave(longest)
      longest.socket.destroy()
    }
    const guest: Guest = { socket, name: nameOf(socket), host }
    this.#guests.set(guest.name, guest)
    if (host !== undefined) {
      host.guests++
      this.#hosts.set(host.address, host)
    }
    this.#wait(guest)
    socket.once('close', () => this.#leave(guest))
    return isFull ? 'made-room' : 'let-in'
  }

  /** A whole request of it has come. With TLS this is another socket than the one that came. */
  works(socket: Socket): void {
    const guest = this.#guests.get(nameOf(socket))
    if (guest === undefined) return
    this.#waiting.delete(guest)
    guest.host?.waiting.delete(guest)
  }

  /** All its requests are answered. */
  waits(socket: Socket): void {
    const guest = this.#guests.get(nameOf(socket))
    if (guest !== undefined) this.#wait(guest)
  }

  #hostOf(remoteAddress: string): Host | undefined {
    const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '')
    if (this.#balancers.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return undefined
    const name = isIPv6(address) ? networkOf(address) : address
    return this.#hosts.get(name) ?? { address: name, guests: 0, waiting: new Set() }
  }

  #wait(guest: Guest): void {
    for (const waiting of [this.#waiting, guest.host?.waiting]) {
      waiting?.delete(guest)
      waiting?.add(guest)
    }
  }

  #leave(guest: Guest): void {
    if (this.#guests.get(guest.name) !== guest) return
    this.#guests.delete(guest.name)
    this.#waiting.delete(guest)
    const { host } = guest
    if (host === undefined) return
    host.waiting.delete(guest)
    host.guests--
    if (host.guests === 0) this.#hosts.delete(host.address)
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
