import type { RedisConnection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { PartnerStop, PartnerStops } from './port.ts'
import { script } from './script.ts'

/** KEYS: marker, stops. ARGV: alias, the stop. */
const stopScript = script('trusted', `return redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])`)

/** KEYS: marker, stops. ARGV: alias. */
const goScript = script('trusted', `return redis.call('HDEL', KEYS[2], ARGV[1])`)

/** KEYS: marker, stops. */
const stoppedScript = script('trusted', `return redis.call('HGETALL', KEYS[2])`)

/** Stops as fields of one hash, by alias. One whose time has come stays there, and is not in force. */
export class RedisPartnerStops implements PartnerStops {
  readonly #connection: RedisConnection
  readonly #names: readonly string[]

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection
    this.#names = [keys.marker, keys.stops]
  }

  async stop(alias: string, stop: PartnerStop): Promise<void> {
    await this.#connection.run(stopScript, this.#names, [alias, stopValue(stop)])
  }

  async go(alias: string): Promise<void> {
    await this.#connection.run(goScript, this.#names, [alias])
  }

  async stopped(now: number): Promise<ReadonlyMap<string, PartnerStop>> {
    const reply = await this.#connection.run(stoppedScript, this.#names, [])
    const fields: unknown[] = Array.isArray(reply) ? reply : []
    const stops = new Map<string, PartnerStop>()
    for (let i = 0; i + 1 < fields.length; i += 2) {
      const stop = parseStop(String(fields[i + 1]))
      if (stop.until === undefined || stop.until > now) stops.set(String(fields[i]), stop)
    }
    return stops
  }
}

/** `since|until|reason`; an empty `until` means that only a person lets it go on. */
export function stopValue({ reason, since, until }: PartnerStop): string {
  return `${since}|${until ?? ''}|${reason}`
}

function parseStop(value: string): PartnerStop {
  const [since = '', until = '', ...reason] = value.split('|')
  const stop = { reason: reason.join('|'), since: Number(since) }
  return until === '' ? stop : { ...stop, until: Number(until) }
}
