/** A log-in that holds for a short time only is renewed shortly before its end, not with each request. */

/** The part of kafkajs' SASLAuthenticator that matters here. */
export interface RenewingAuthenticator {
  readonly connection: { reauthenticationThreshold: number }
  /** Milliseconds for which a log-in holds (`connections.max.reauth.ms`); 0 for ever. */
  readonly sessionLifetime: string
  authenticate(): Promise<void>
}

/** kafkajs' own. */
const MOST_EARLY_MS = 10_000
/** Of the time that a log-in holds, what is left when it is renewed. */
const LEFT = 0.25

/**
 * kafkajs renews a log-in ten seconds before its end: one that holds for no longer is renewed before each request. A
 * broker takes one a second, and closes the connection at the next.
 */
export function renewShortly(authenticators: RenewingAuthenticator): void {
  const { authenticate } = authenticators
  authenticators.authenticate = async function (this: RenewingAuthenticator) {
    await authenticate.call(this)
    this.connection.reauthenticationThreshold = Math.min(MOST_EARLY_MS, Math.floor(Number(this.sessionLifetime) * LEFT))
  }
}
