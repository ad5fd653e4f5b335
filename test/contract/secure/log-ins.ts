/** Counts log-ins of the clients in this process. */
import { createRequire } from 'node:module'

/** The part of kafkajs' SASLAuthenticator that matters here. */
interface Authenticator {
  readonly connection: { readonly clientId: string; readonly authenticatedAt: unknown }
  authenticate(): Promise<void>
}

/**
 * How often each client, by its client id, has renewed the log-in of one connection that stayed open: the most of all
 * its connections.
 */
export function countRenewals(): Map<string, number> {
  const most = new Map<string, number>()
  const renewals = new WeakMap<object, number>()
  const require = createRequire(import.meta.url)
  const { prototype } = require('kafkajs/src/broker/saslAuthenticator') as { readonly prototype: Authenticator }
  const { authenticate } = prototype
  prototype.authenticate = async function (this: Authenticator) {
    const { connection } = this
    const isRenewal = connection.authenticatedAt !== null
    await authenticate.call(this)
    const count = isRenewal ? (renewals.get(connection) ?? 0) + 1 : 0
    renewals.set(connection, count)
    most.set(connection.clientId, Math.max(most.get(connection.clientId) ?? 0, count))
  }
  return most
}
