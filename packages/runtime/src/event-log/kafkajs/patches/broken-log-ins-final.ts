/** A connection that breaks while it logs in has not been refused: it is tried again. */

/** The parts of kafkajs' Connection and of its SASLAuthenticator that matter here. */
export interface LoggedInConnection {
  send(asked: { readonly request: { readonly apiKey: number } }): Promise<unknown>
}
export interface Authenticator {
  readonly connection: LoggedInConnection
  authenticate(): Promise<void>
}

const SASL_AUTHENTICATE = 36

/**
 * kafkajs makes one error, which counts as final, of whatever ends a log-in, and keeps its words alone: a consumer
 * stops for good, and its process with it, when its broker is restarted at the wrong moment. Now what was no refusal
 * goes on as what it was, and a refusal has it as its `cause`.
 */
export function tellBreaksFromRefusals(connections: LoggedInConnection, authenticators: Authenticator): void {
  const failures = new WeakMap<LoggedInConnection, Error>()
  const { send } = connections
  connections.send = async function (this: LoggedInConnection, asked) {
    try {
      return await send.call(this, asked)
    } catch (error) {
      if (asked.request.apiKey === SASL_AUTHENTICATE && error instanceof Error) failures.set(this, error)
      throw error
    }
  }
  const { authenticate } = authenticators
  authenticators.authenticate = async function (this: Authenticator) {
    failures.delete(this.connection)
    try {
      await authenticate.call(this)
    } catch (error) {
      const failure = failures.get(this.connection)
      if (failure === undefined || !(error instanceof Error)) throw error
      if ('type' in failure && failure.type === 'SASL_AUTHENTICATION_FAILED') error.cause = failure
      else throw failure
      throw error
    }
  }
}
