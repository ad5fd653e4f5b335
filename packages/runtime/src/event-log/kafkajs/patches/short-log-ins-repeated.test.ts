import { expect, it } from 'vitest'
import { type RenewingAuthenticator, renewShortly } from './short-log-ins-repeated.ts'

it.each([
  ['0', 0],
  ['3000', 750],
  ['40000', 10_000],
  ['3600000', 10_000],
])('a log-in that holds for %s ms is renewed %i ms before its end', async (sessionLifetime, early) => {
  const authenticator: RenewingAuthenticator = {
    connection: { reauthenticationThreshold: 10_000 },
    sessionLifetime,
    authenticate: async () => undefined,
  }
  renewShortly(authenticator)
  await authenticator.authenticate()
  expect(authenticator.connection.reauthenticationThreshold).toBe(early)
})
