import { describe, expect, it } from 'vitest'
import { RedisNotTrustedError } from './errors.ts'

describe('what a Redis that is not trusted says of the way out (S7.3)', () => {
  it.each(['no-marker', 'other-replication-id'] as const)(
    '%s: a rebuild works while the services are up',
    (distrust) => {
      const { message } = new RedisNotTrustedError('live', distrust)
      expect(message).toContain('npm run rebuild')
      expect(message).toContain('the services may stay up')
      expect(message).not.toContain('stop the services')
    },
  )
})
