import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from '../../observability/logging.ts'
import { RebuildSupersededError, RedisNotTrustedError, RedisUnavailableError } from '../errors.ts'
import type { Script } from './script.ts'
import { describeServer, type RedisServerOptions } from './server.ts'

const RECONNECT_FIRST_MS = 50
const RECONNECT_MOST_MS = 1000
const PROBE_MS = 500
/**
 * What Redis says when this connection leads to the wrong server, or to one that is not ready: look for the right
 * one.
 */
const WRONG_SERVER = /NOTPRIMARY|READONLY|MASTERDOWN/

type Argument = string | number

/**
 * One connection to the primary. A call waits for the connection within its time limit, is sent at most once, and is
 * never sent again by itself: a compare-and-set that is sent twice would answer "not set" to the one who set it. It
 * comes back by itself after anything.
 */
export class RedisConnection {
  readonly namespace: string
  readonly #options: RedisServerOptions
  readonly #server: string
  readonly #limitMs: number
  readonly #logger: Logger
  #client: Redis
  #ready = Promise.withResolvers<void>()
  #connected = false
  #closed = false
  #probe: NodeJS.Timeout | undefined
  #lastError: Error | undefined
  /** What was logged since the connection was last there. */
  readonly #logged = new Set<string>()

  constructor(namespace: string, options: RedisServerOptions) {
    this.namespace = namespace
    this.#options = options
    this.#server = describeServer(options)
    this.#limitMs = options.commandTimeoutMs ?? 2000
    this.#logger = options.logger
    this.#client = this.#connect()
  }

  /**
   * Connected, and the last call was answered. A hint for health checks: each call says by itself whether it worked.
   */
  get healthy(): boolean {
    return this.#connected && this.#probe === undefined
  }

  /**
   * Runs a script by its hash, or by its text where the server doesn't know it yet.
   * @throws RedisUnavailableError, RedisNotTrustedError, RebuildSupersededError
   */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    const rest = [keys.length, ...keys, ...args]
    return this.#call(async (client) => {
      try {
        return await client.call('EVALSHA', [script.sha1, ...rest])
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
        return await client.call('EVAL', [script.lua, ...rest])
      }
    })
  }

  /** Sends one command. @throws RedisUnavailableError */
  command(name: string, ...args: Argument[]): Promise<unknown> {
    return this.#call((client) => client.call(name, args))
  }

  /** Ends the connection; what is under way is rejected. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#connected = false
    clearInterval(this.#probe)
    this.#client.disconnect()
  }

  #connect(): Redis {
    const client = new Redis(clientOptions(this.#options, this.#limitMs))
    client.on('ready', () => {
      this.#connected = true
      this.#lastError = undefined
      this.#logged.clear()
      this.#ready.resolve()
      this.#logger.info({ redis: this.#server }, 'connected to Redis')
    })
    client.on('close', () => {
      if (this.#connected && !this.#closed) this.#logger.warn({ redis: this.#server }, 'lost the connection to Redis')
      if (this.#connected) this.#ready = Promise.withResolvers()
      this.#connected = false
    })
    client.on('error', (error: Error) => {
      // With Sentinel two errors take turns for as long as it lasts.
      if (!this.#logged.has(error.message)) {
        this.#logger.warn({ redis: this.#server, reason: error.message }, 'no connection to Redis, trying on')
      }
      this.#logged.add(error.message)
      this.#lastError = error
    })
    // The client never leaves this state by itself: another one takes its place.
    client.on('end', () => {
      if (!this.#closed) setTimeout(() => this.#replace(), RECONNECT_MOST_MS)
    })
    return client
  }

  #replace(): void {
    if (!this.#closed) this.#client = this.#connect()
  }

  #call(send: (client: Redis) => Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let late = false
      const timer = setTimeout(() => {
        late = true
        const cause = this.#lastError
        const why = cause ? ` (${cause.message})` : ''
        this.#fail(
          reject,
          `did not answer within ${this.#limitMs} ms${why}: see that it runs and can be reached`,
          cause,
        )
      }, this.#limitMs)
      const work = async () => {
        if (this.#closed) throw new RedisUnavailableError(`The connection to Redis ${this.#server} was closed.`)
        if (!this.#connected) await this.#ready.promise
        return late ? undefined : await send(this.#client)
      }
      work().then(
        (reply) => {
          clearTimeout(timer)
          if (!late) this.#recover()
          resolve(reply)
        },
        (error: unknown) => {
          clearTimeout(timer)
          this.#refuse(reject, error)
        },
      )
    })
  }

  /** Rejects with the error of this package that says what the server, or the client, said. */
  #refuse(reject: (error: Error) => void, error: unknown): void {
    const said = error instanceof Error ? error.message : String(error)
    if (error instanceof RedisUnavailableError) reject(error)
    else if (said.startsWith('NOTTRUSTED no-marker'))
      this.#answered(reject, new RedisNotTrustedError(this.namespace, 'no-marker'))
    else if (said.startsWith('NOTTRUSTED'))
      this.#answered(reject, new RedisNotTrustedError(this.namespace, 'other-replication-id'))
    else if (said.startsWith('SUPERSEDED')) this.#answered(reject, new RebuildSupersededError(this.namespace))
    // The client's own errors are no causes: they carry the command with all its arguments along.
    else if (error instanceof Error && error.name === 'ReplyError') {
      if (WRONG_SERVER.test(said)) this.#client.disconnect(true)
      this.#fail(reject, `refused the call: ${said}`, undefined)
    } else {
      this.#fail(reject, 'was lost while the call was under way: see that it runs and can be reached', this.#lastError)
    }
  }

  #answered(reject: (error: Error) => void, error: Error): void {
    this.#recover()
    reject(error)
  }

  #fail(reject: (error: Error) => void, what: string, cause: Error | undefined): void {
    // Without this nobody would notice that it is back: callers that look at `healthy` first make no call.
    if (!this.#closed) this.#probe ??= setInterval(() => this.command('PING').catch(() => undefined), PROBE_MS).unref()
    reject(new RedisUnavailableError(`Redis ${this.#server} ${what}. Nothing is signed or sent meanwhile.`, { cause }))
  }

  #recover(): void {
    clearInterval(this.#probe)
    this.#probe = undefined
  }
}

/** Replies as RESP2 has them. */
type ClientOptions = RedisOptions & { protocol: 2; replyMapping?: 'legacy' }

function clientOptions(options: RedisServerOptions, limitMs: number): ClientOptions {
  const { username, password, tls, connectionName } = options
  const common: ClientOptions = {
    protocol: 2,
    disableClientInfo: true,
    connectionName,
    // Also bounds the handshake, so that a server that stands still is left and tried again.
    commandTimeout: limitMs,
    connectTimeout: limitMs,
    disconnectTimeout: limitMs,
    socketTimeout: limitMs,
    maxLoadingRetryTime: RECONNECT_MOST_MS / 2,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(times - 1, 10), RECONNECT_MOST_MS),
  }
  // Given only where they are set: `undefined` would win over what the URL says.
  if (username !== undefined) common.username = username
  if (password !== undefined) common.password = password
  if (tls !== undefined) common.tls = tls
  if ('url' in options) return { ...urlOptions(options.url), ...common }
  const { sentinels, sentinelName, sentinelUsername, sentinelPassword } = options
  return {
    ...common,
    sentinels: [...sentinels],
    name: sentinelName,
    sentinelUsername,
    sentinelPassword,
    sentinelTLS: tls,
    enableTLSForSentinelMode: tls !== undefined,
    sentinelCommandTimeout: limitMs,
    sentinelRetryStrategy: (times) => Math.min(times * RECONNECT_FIRST_MS, RECONNECT_MOST_MS),
    failoverDetector: true,
  }
}

function urlOptions(url: string): Omit<RedisOptions, 'protocol' | 'replyMapping'> {
  const { protocol, hostname, port, username, password, pathname } = new URL(url)
  const options: RedisOptions = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 6379 : Number(port) }
  if (username !== '') options.username = decodeURIComponent(username)
  if (password !== '') options.password = decodeURIComponent(password)
  if (pathname.length > 1) options.db = Number(pathname.slice(1))
  if (protocol === 'rediss:') options.tls = {}
  return options
}
