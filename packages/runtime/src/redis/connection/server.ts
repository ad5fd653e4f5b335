import type { ConnectionOptions } from 'node:tls'
import type { Logger } from '../../observability/logging.ts'

/** One Redis by its address, or the primary of a group that Sentinel watches. */
export type RedisServer =
  | {
      /** `redis://host:port/database`, or `rediss://` for TLS; user name and password may stand in it. */
      readonly url: string
    }
  | {
      readonly sentinels: readonly { readonly host: string; readonly port: number }[]
      /** What Sentinel calls the group. */
      readonly sentinelName: string
      readonly sentinelUsername?: string | undefined
      readonly sentinelPassword?: string | undefined
    }

/** How to reach Redis. */
export type RedisServerOptions = RedisServer & {
  /** An ACL user; without it the password is the default user's. */
  readonly username?: string | undefined
  readonly password?: string | undefined
  /**
   * TLS to Redis and to the Sentinels; certificates as Node's `tls.connect` takes them. Switched on by `rediss://`
   * too.
   */
  readonly tls?: ConnectionOptions | undefined
  /** Name of the connection in `CLIENT LIST`. */
  readonly connectionName?: string | undefined
  /** A call rejects after so many milliseconds; 2000 by default. */
  readonly commandTimeoutMs?: number | undefined
  readonly logger: Logger
}

/** The address for messages: never a user name or password. */
export function describeServer(server: RedisServer): string {
  if ('url' in server) {
    const { protocol, host, pathname } = new URL(server.url)
    return `${protocol}//${host}${pathname}`
  }
  return `${server.sentinelName} at the Sentinels ${server.sentinels.map(({ host, port }) => `${host}:${port}`).join(', ')}`
}
