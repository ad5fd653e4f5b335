/**
 * One port of a broker, asked by a few requests that every Kafka answers, to find out what it speaks and what it
 * wants. Nothing secret is said to it. kafkajs tells no more than that a connection has ended.
 */

import net from 'node:net'
import tls, { type ConnectionOptions, type PeerCertificate } from 'node:tls'
import { KIB } from '@payout/schemas/units'

const LIMIT_MS = 3_000
/**
 * Longer than any answer to these requests; what a port says that speaks something else may begin like a larger one.
 */
const MOST_BYTES = 64 * KIB
const LENGTH_BYTES = 4
const CORRELATION_ID = 7
const CLIENT_ID = 'access-check'

const API_VERSIONS = 18
const SASL_HANDSHAKE = 17

/** What came of a conversation with a port. */
export type Heard =
  /** One body for each request, behind its correlation id. */
  | { readonly kind: 'answers'; readonly bodies: readonly Buffer[] }
  /** It hung up, or said what is no answer of Kafka. */
  | { readonly kind: 'no-kafka' }
  /** Node or OpenSSL refused, or was refused; their word for it. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Nobody listens there, or nobody says anything. */
  | { readonly kind: 'away' }

/** The certificate that a port shows, and what Node says against it; undefined where that is nothing. */
export interface Shown {
  readonly certificate: PeerCertificate
  readonly against: string | undefined
}

/** A port that says nothing that is wrong answers both: what it can do, and how it wants a log-in to be done. */
export interface Answers {
  /** The protocol's error code of the handshake. */
  readonly errorCode: number
  /** The mechanisms that the port knows. */
  readonly mechanisms: readonly string[]
}

export class BrokerPort {
  readonly #host: string
  readonly #port: number

  constructor(address: string) {
    const colon = address.lastIndexOf(':')
    this.#host = address.slice(0, colon)
    this.#port = Number(address.slice(colon + 1))
  }

  get host(): string {
    return this.#host
  }

  /** Whether it answers, and how it would have a log-in by `mechanism`; by TLS where options for it are given. */
  handshake(mechanism: string, ssl: ConnectionOptions | undefined): Promise<Heard> {
    const wanted = Buffer.alloc(2 + mechanism.length)
    wanted.writeInt16BE(mechanism.length)
    wanted.write(mechanism, 2, 'latin1')
    const requests = [request(API_VERSIONS, 0, Buffer.alloc(0)), request(SASL_HANDSHAKE, 1, wanted)]
    const open = () => (ssl === undefined ? net.connect(this.#place) : tls.connect({ ...ssl, ...this.#tlsPlace }))
    return converse(open, requests)
  }

  /**
   * The certificate that it shows to somebody who takes any and says nothing; undefined where it shows none. The real
   * connections take none that is not as it must be.
   */
  shown({ ca }: ConnectionOptions): Promise<Shown | undefined> {
    return new Promise((resolve) => {
      const socket = tls.connect({ ...(ca === undefined ? {} : { ca }), ...this.#tlsPlace, rejectUnauthorized: false })
      const end = (shown: Shown | undefined) => {
        clearTimeout(late)
        socket.destroy()
        resolve(shown)
      }
      const late = setTimeout(end, LIMIT_MS, undefined)
      socket.once('secureConnect', () => {
        const against = socket.authorized ? undefined : String(socket.authorizationError)
        end({ certificate: socket.getPeerCertificate(), against })
      })
      socket.on('error', () => end(undefined))
      socket.on('close', () => end(undefined))
    })
  }

  get #place() {
    return { host: this.#host, port: this.#port }
  }

  /** As kafkajs connects. */
  get #tlsPlace() {
    return { ...this.#place, ...(net.isIP(this.#host) === 0 ? { servername: this.#host } : {}) }
  }
}

/**
 * The answer to SaslHandshake 1: an error code, and how many mechanisms it names. Undefined where the bytes are none.
 */
export function readHandshake(body: Buffer): Answers | undefined {
  try {
    const mechanisms: string[] = []
    let at = 6
    for (let count = body.readInt32BE(2); count > 0; count--) {
      const length = body.readInt16BE(at)
      mechanisms.push(body.toString('latin1', at + 2, at + 2 + length))
      at += 2 + length
    }
    return { errorCode: body.readInt16BE(0), mechanisms }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** A request of the protocol with its header 1, behind its length. */
function request(apiKey: number, apiVersion: number, body: Buffer): Buffer {
  const header = Buffer.alloc(LENGTH_BYTES + 10 + CLIENT_ID.length)
  header.writeInt32BE(10 + CLIENT_ID.length + body.length)
  header.writeInt16BE(apiKey, 4)
  header.writeInt16BE(apiVersion, 6)
  header.writeInt32BE(CORRELATION_ID, 8)
  header.writeInt16BE(CLIENT_ID.length, 12)
  header.write(CLIENT_ID, 14, 'latin1')
  return Buffer.concat([header, body])
}

/** Says one request after the other, each when the one before it is answered. */
function converse(open: () => net.Socket, requests: readonly Buffer[]): Promise<Heard> {
  return new Promise((resolve) => {
    let socket: net.Socket
    try {
      socket = open()
    } catch (error) {
      // Certificates or keys that OpenSSL does not take.
      resolve({ kind: 'refused', code: codeOf(error) })
      return
    }
    const bodies: Buffer[] = []
    let heard = Buffer.alloc(0)
    let isConnected = false
    const end = (result: Heard) => {
      clearTimeout(late)
      socket.destroy()
      resolve(result)
    }
    const late = setTimeout(() => end({ kind: isConnected ? 'no-kafka' : 'away' }), LIMIT_MS)
    const say = () => socket.write(requests[bodies.length] ?? Buffer.alloc(0))
    socket.once('connect', () => {
      isConnected = true
    })
    socket.once(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', say)
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk])
      if (heard.length < 2 * LENGTH_BYTES) return
      const length = heard.readInt32BE(0)
      if (length > MOST_BYTES || length < LENGTH_BYTES || heard.readInt32BE(LENGTH_BYTES) !== CORRELATION_ID) {
        end({ kind: 'no-kafka' })
      } else if (heard.length >= LENGTH_BYTES + length) {
        bodies.push(heard.subarray(2 * LENGTH_BYTES, LENGTH_BYTES + length))
        heard = heard.subarray(LENGTH_BYTES + length)
        if (bodies.length < requests.length) say()
        else end({ kind: 'answers', bodies })
      }
    })
    socket.on('error', (error) => {
      const code = codeOf(error)
      if (!isConnected) end({ kind: 'away' })
      else end(CUT.has(code) ? { kind: 'no-kafka' } : { kind: 'refused', code })
    })
    socket.on('close', () => end({ kind: isConnected ? 'no-kafka' : 'away' }))
  })
}

/** The words of the system for a connection that was cut. */
const CUT: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED'])

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN'
}
