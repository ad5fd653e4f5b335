import { RedisNotTrustedError, RedisUnavailableError } from '@payout/runtime/redis/errors'

/** Whether Redis is away or not to be trusted: nothing may be sent, and it comes back by itself (S7.1). */
export function isRedisAway(error: unknown): error is RedisUnavailableError | RedisNotTrustedError {
  return error instanceof RedisUnavailableError || error instanceof RedisNotTrustedError
}
