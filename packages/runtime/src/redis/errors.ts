import { PipelineError } from '@payout/schemas/error'

/**
 * Redis did not do what was asked: it is away, too slow, not the primary, or refuses (out of memory, too few
 * replicas, no permission). Whether a write took effect is not known; it may even take effect later, when a Redis
 * that stood still goes on. Nothing may be signed or sent; the same call can be made again, and the connection comes
 * back by itself (S7.1).
 */
export class RedisUnavailableError extends PipelineError {
  constructor(message: string, options?: ErrorOptions) {
    super('REDIS_UNAVAILABLE', message, options)
  }
}

/** Why what Redis holds may not be relied on. */
export type Distrust = 'no-marker' | 'other-replication-id'

const wayOut: Readonly<Record<Distrust, string>> = {
  'no-marker':
    'it was never set up, or everything in it was lost. If this is a new installation, its topics are empty and it is set up by itself; ' +
    'otherwise find out why it is empty, and run `npm run rebuild`; the services may stay up',
  'other-replication-id':
    'it was restarted, or a replica took over, so its last writes may be lost. What is missing is rebuilt from the topics by itself; ' +
    'if that does not end, the log of the reconcilers says why; `npm run rebuild` does the same, and the services may stay up',
}

/** The marker is missing, or was written under another replication id; the script wrote nothing (S7.2). */
export class RedisNotTrustedError extends PipelineError {
  readonly distrust: Distrust

  constructor(namespace: string, distrust: Distrust) {
    super(
      'REDIS_NOT_TRUSTED',
      `Redis holds no trusted state of namespace ${namespace} (${distrust}): ${wayOut[distrust]}.`,
    )
    this.distrust = distrust
  }
}

/** Whether Redis is away or not to be trusted: nothing may be signed or sent, and it comes back by itself (S7.1). */
export function isRedisAway(error: unknown): error is RedisUnavailableError | RedisNotTrustedError {
  return error instanceof RedisUnavailableError || error instanceof RedisNotTrustedError
}

/**
 * Another rebuild began after this one, or the server is another one than at its beginning; the script wrote nothing
 * (S7.4).
 */
export class RebuildSupersededError extends PipelineError {
  constructor(namespace: string) {
    super(
      'REDIS_REBUILD_SUPERSEDED',
      `This rebuild of namespace ${namespace} has ended: a later one began, it was finished, or Redis is another server since. ` +
        'See whether Redis is trusted now; if not, begin again.',
    )
  }
}

/** The Redis that is configured must not be used (S7.5); every fault is in the message. */
export class RedisUnfitError extends PipelineError {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super('REDIS_UNFIT', `This Redis must not be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.faults = faults
  }
}
