import { MINUTE_MS } from '@payout/schemas/units'
import type * as z from 'zod'
import type { Logger } from '../observability/logging.ts'
import type { RedisServer } from '../redis/connection/server.ts'
import type { RedisStateStoreOptions } from '../redis/state-store.ts'
import { addresses, certificateFile, flag, integer, keyFile, optional, text, timeSpan } from './field.ts'
import { tlsOptions } from './tls.ts'

export const redisFields = {
  REDIS_URL: optional(
    text(
      { description: 'the Redis; rediss:// for TLS', unit: 'URL', example: 'redis://redis:6379', secret: true },
      {
        pattern: /^rediss?:\/\/([^\s/@]*@)?(\[[0-9A-Fa-f:.]+\]|[^\s:/@[\]]+)(:\d{1,5})?(\/\d{0,4})?$/,
        words: 'redis://host:port or rediss://host:port',
      },
    ),
  ),
  REDIS_SENTINELS: optional(
    addresses({ description: 'the Sentinels, in place of REDIS_URL', example: 'sentinel-1:26379,sentinel-2:26379' }),
  ),
  REDIS_SENTINEL_NAME: optional(text({ description: 'what the Sentinels call the group', example: 'mymaster' })),
  REDIS_SENTINEL_USERNAME: optional(text({ description: 'the user for the Sentinels' })),
  REDIS_SENTINEL_PASSWORD: optional(text({ description: "the password of the Sentinels' user", secret: true })),
  REDIS_USERNAME: optional(text({ description: 'the ACL user for Redis' })),
  REDIS_PASSWORD: optional(text({ description: "the password of Redis' user", secret: true })),
  REDIS_TLS: flag({ description: 'whether to reach Redis, and its Sentinels, by TLS', default: 'false' }),
  REDIS_TLS_CA_FILE: optional(
    certificateFile({
      description: "certificate of the authority that signed Redis' (PEM), where Node doesn't know it",
    }),
  ),
  REDIS_TLS_CERT_FILE: optional(
    certificateFile({ description: 'our own certificate (PEM), where Redis asks for one' }),
  ),
  REDIS_TLS_KEY_FILE: optional(keyFile({ description: 'the key of our own certificate (PEM)' })),
  REDIS_COMMAND_TIMEOUT_MS: integer(
    {
      description: 'a call to Redis that takes longer has failed, and nothing is signed or sent',
      unit: 'milliseconds',
      default: '2000',
    },
    { min: 50, max: MINUTE_MS },
  ),
  CLAIM_LIFE: timeSpan(
    {
      description:
        'how long an id stays taken after the outcome of its payout (before it: without end); commands older than this are dead-lettered',
      default: '30d',
    },
    { min: '2d', max: '3650d' },
  ),
}

type RedisSettings = z.output<z.ZodObject<typeof redisFields>>

/** What `redisMemory` and `checkRedis` take. */
export function redisOptions(
  config: RedisSettings & { readonly NAMESPACE: string },
  connectionName: string,
  logger: Logger,
): RedisStateStoreOptions {
  return {
    ...server(config),
    namespace: config.NAMESPACE,
    claimLifeMs: config.CLAIM_LIFE,
    username: config.REDIS_USERNAME,
    password: config.REDIS_PASSWORD,
    tls: tlsOptions(config.REDIS_TLS, {
      ca: config.REDIS_TLS_CA_FILE,
      cert: config.REDIS_TLS_CERT_FILE,
      key: config.REDIS_TLS_KEY_FILE,
    }),
    commandTimeoutMs: config.REDIS_COMMAND_TIMEOUT_MS,
    connectionName,
    logger,
  }
}

function server(config: RedisSettings): RedisServer {
  if (config.REDIS_SENTINELS === undefined) return { url: config.REDIS_URL ?? '' }
  return {
    sentinels: config.REDIS_SENTINELS,
    sentinelName: config.REDIS_SENTINEL_NAME ?? '',
    sentinelUsername: config.REDIS_SENTINEL_USERNAME,
    sentinelPassword: config.REDIS_SENTINEL_PASSWORD,
  }
}
