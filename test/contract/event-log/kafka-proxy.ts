/** Stands between clients and one broker, knows whose request each is, and can hold it, lose it or lose its answer. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** The numbers that the protocol gives its requests. */
export const api = {
  produce: 0,
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  initProducerId: 22,
  addPartitionsToTxn: 24,
  addOffsetsToTxn: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
} as const

const HOST = '127.0.0.1'
/** Long enough for a client to read what has come before its connection is reset. */
const UNREAD_MS = 100
const TELLS_ADDRESSES: readonly number[] = [api.metadata, api.findCoordinator]

export interface ProxiedRequest {
  readonly apiKey: number
  readonly clientId: string
  /** The address of the broker itself that it is for. */
  readonly broker: string
}

/** What happens to a request; each may wait as long as it likes. Default: nothing. */
export interface ProxyRules {
  /** Before the broker gets it. `false`: it never does, and the connection breaks. */
  request?(request: ProxiedRequest): Promise<boolean> | boolean
  /**
   * Before the client gets the answer. `false`: it never does, `half`: half of it, and the connection is reset. May
   * change the answer in place.
   */
  response?(request: ProxiedRequest, answer: Buffer): Promise<boolean | 'half'> | boolean | 'half'
}

export class KafkaProxy {
  rules: ProxyRules = {}
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #target: { host: string; port: number }
  readonly #places: Map<number, number>

  private constructor(server: Server, target: { host: string; port: number }, places: Map<number, number>) {
    this.#server = server
    this.#target = target
    this.#places = places
    places.set(target.port, this.#port)
    server.on('connection', (client) => this.#onClient(client))
  }

  /**
   * Stands before the broker at `address`, which is a port of 127.0.0.1 as the proxy's own. Proxies of one cluster
   * share `places`: the port of each proxy by its broker's.
   */
  static async listen(address: string, places = new Map<number, number>()): Promise<KafkaProxy> {
    const [host = '', port = ''] = address.split(':')
    if (host !== HOST) throw new RangeError(`a proxy stands before a broker of ${HOST}, not ${address}`)
    const server = createServer()
    server.listen(0, HOST)
    await once(server, 'listening')
    return new KafkaProxy(server, { host, port: Number(port) }, places)
  }

  get address(): string {
    return `${HOST}:${this.#port}`
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #onClient(client: Socket): void {
    const broker = connect(this.#target)
    const asked: ProxiedRequest[] = []
    const breakOff = () => {
      client.destroy()
      broker.destroy()
    }
    for (const socket of [client, broker]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', breakOff)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        breakOff()
      })
    }
    void relay(client, broker, breakOff, async (frame) => {
      const request = { ...parse(frame), broker: `${HOST}:${this.#target.port}` }
      asked.push(request)
      return (await this.rules.request?.(request)) ?? true
    })
    void relay(broker, client, breakOff, async (frame) => {
      // Kafka answers the requests of a connection in their order.
      const request = asked.shift()
      if (request && TELLS_ADDRESSES.includes(request.apiKey)) this.#putInTheirPlaces(frame)
      return request === undefined || ((await this.rules.response?.(request, frame)) ?? true)
    })
  }

  /**
   * Sends clients to the proxies where the broker would have them come to itself and to the others, so that nothing
   * goes around them.
   */
  #putInTheirPlaces(answer: Buffer): void {
    for (const [port, place] of this.#places) {
      const broker = named(port)
      for (let at = answer.indexOf(broker); at >= 0; at = answer.indexOf(broker, at)) named(place).copy(answer, at)
    }
  }
}

/** How an answer names an address: the host, then the port (4 bytes). */
function named(port: number): Buffer {
  const bytes = Buffer.from(`${HOST}....`)
  bytes.writeInt32BE(port, HOST.length)
  return bytes
}

/** Passes whole frames on, one after the other, as long as `admit` says so. */
async function relay(
  from: Socket,
  to: Socket,
  breakOff: () => void,
  admit: (frame: Buffer) => Promise<boolean | 'half'>,
): Promise<void> {
  let rest = Buffer.alloc(0)
  try {
    for await (const chunk of from) {
      rest = Buffer.concat([rest, chunk as Buffer])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const end = 4 + rest.readInt32BE(0)
        const frame = rest.subarray(0, end)
        rest = rest.subarray(end)
        const admitted = await admit(frame)
        if (admitted === 'half') {
          await written(to, frame.subarray(0, Math.ceil(frame.length / 2)))
          // A reset throws away what is not read yet.
          await sleep(UNREAD_MS)
          to.resetAndDestroy()
        }
        if (admitted !== true) return breakOff()
        to.write(frame)
      }
    }
  } catch {
    // The connection broke, by itself or on purpose.
  }
  breakOff()
}

function written(to: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => to.write(bytes, () => resolve()))
}

/** Size (4 bytes), API key (2), version (2), correlation id (4), length of the client id (2), client id. */
function parse(frame: Buffer): Omit<ProxiedRequest, 'broker'> {
  const length = Math.max(0, frame.readInt16BE(12))
  return { apiKey: frame.readInt16BE(4), clientId: frame.toString('utf8', 14, 14 + length) }
}
