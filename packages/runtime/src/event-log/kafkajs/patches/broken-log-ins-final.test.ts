import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { type Authenticator, type LoggedInConnection, tellBreaksFromRefusals } from './broken-log-ins-final.ts'

const require = createRequire(import.meta.url)
const errors = require('kafkajs/src/errors') as Record<string, new (message: string | object) => Error>
const { KafkaJSConnectionClosedError, KafkaJSProtocolError, KafkaJSSASLAuthenticationError } = errors

/** A log-in as kafkajs' SCRAM and PLAIN do it: one request, and an error of their own for whatever it throws. */
async function logIn(failure: Error | undefined): Promise<unknown> {
  const connection: LoggedInConnection = {
    send: async () => (failure === undefined ? 'welcome' : Promise.reject(failure)),
  }
  const prototype: Omit<Authenticator, 'connection'> = {
    async authenticate(this: Authenticator) {
      try {
        await this.connection.send({ request: { apiKey: 36 } })
      } catch (error) {
        throw new (KafkaJSSASLAuthenticationError as new (message: string) => Error)(
          `failed: ${(error as Error).message}`,
        )
      }
    },
  }
  const authenticator: Authenticator = Object.assign(Object.create(prototype), { connection })
  tellBreaksFromRefusals(connection, authenticator)
  return authenticator.authenticate().catch((error: unknown) => error)
}

it('a connection that breaks while it logs in is an error that may be tried again', async () => {
  const closed = new (KafkaJSConnectionClosedError as new (message: string) => Error)('Closed connection')
  expect(await logIn(closed)).toBe(closed)
  expect(closed).toMatchObject({ retriable: true })
})

it('a refusal stays final, and has its code as its cause', async () => {
  const refusal = new (KafkaJSProtocolError as new (from: object) => Error)({
    message: 'no',
    type: 'SASL_AUTHENTICATION_FAILED',
    code: 58,
    retriable: false,
  })
  expect(await logIn(refusal)).toMatchObject({
    name: 'KafkaJSSASLAuthenticationError',
    retriable: false,
    cause: refusal,
  })
})

it('a log-in that succeeds stays one', async () => {
  expect(await logIn(undefined)).toBeUndefined()
})
