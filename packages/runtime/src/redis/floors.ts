import type { TopicName } from '@payout/schemas/topics'
import type { RedisConnection } from './connection/connection.ts'
import { script } from './connection/script.ts'
import { floorField, type Keys } from './keys.ts'
import type { Floor, Floors, PartitionFloor, StoredFloor } from './port.ts'
import { asTopicName } from './topic-name.ts'

/** KEYS: marker, floors. ARGV: for each floor its field, the next offset, the time of the commit. */
const raiseScript = script(
  'trusted',
  `
for a = 1, #ARGV, 3 do
  local floor = redis.call('HGET', KEYS[2], ARGV[a])
  if not floor or tonumber(string.match(floor, '^%d+')) < tonumber(ARGV[a + 1]) then
    redis.call('HSET', KEYS[2], ARGV[a], ARGV[a + 1] .. ':' .. ARGV[a + 2])
  end
end
return 1
`,
)

/** KEYS: marker, floors. ARGV: a field. */
const getScript = script('trusted', `return redis.call('HGET', KEYS[2], ARGV[1])`)

/** KEYS: marker, floors. */
const allScript = script('trusted', `return redis.call('HGETALL', KEYS[2])`)

/** KEYS: marker, floors. ARGV: fields. */
const forgetScript = script('trusted', `return redis.call('HDEL', KEYS[2], unpack(ARGV))`)

/** Floors as fields `group/topic/partition` of one hash, each `next:committedAt`. */
export class RedisFloors implements Floors {
  readonly #connection: RedisConnection
  readonly #keys: Keys

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection
    this.#keys = keys
  }

  async raise(group: string, floors: readonly PartitionFloor[]): Promise<void> {
    await this.#connection.run(raiseScript, [this.#keys.marker, this.#keys.floors], floorArguments(group, floors))
  }

  async get(group: string, topic: TopicName, partition: number): Promise<Floor | undefined> {
    const field = floorField(group, topic, partition)
    const value = await this.#connection.run(getScript, [this.#keys.marker, this.#keys.floors], [field])
    return typeof value === 'string' ? parseFloor(value) : undefined
  }

  async all(): Promise<StoredFloor[]> {
    return parseFloors(await this.#connection.run(allScript, [this.#keys.marker, this.#keys.floors], []))
  }

  async forget(topic: TopicName): Promise<number> {
    const floors = (await this.all()).filter((floor) => floor.topic === topic)
    if (floors.length === 0) return 0
    const fields = floors.map(({ group, partition }) => floorField(group, topic, partition))
    return Number(await this.#connection.run(forgetScript, [this.#keys.marker, this.#keys.floors], fields))
  }
}

/** Field, next offset and time of each. */
export function floorArguments(group: string, floors: readonly PartitionFloor[]): (string | number)[] {
  return floors.flatMap(({ topic, partition, next, committedAt }) => [
    floorField(group, topic, partition),
    next,
    committedAt,
  ])
}

function parseFloor(value: string): Floor {
  const [next, committedAt] = value.split(':').map(Number)
  return { next: next ?? 0, committedAt: committedAt ?? 0 }
}

/** The whole hash, as HGETALL answers it. Fields of topics that are no more are left out. */
export function parseFloors(reply: unknown): StoredFloor[] {
  const fields: unknown[] = Array.isArray(reply) ? reply : []
  const floors: StoredFloor[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    // The group may hold slashes, the topic and the partition may not.
    const [, group, name = '', partition] = /^(.*)\/([^/]+)\/(\d+)$/.exec(String(fields[i])) ?? []
    const topic = asTopicName(name)
    if (group === undefined || topic === undefined) continue
    floors.push({ group, topic, partition: Number(partition), floor: parseFloor(String(fields[i + 1])) })
  }
  return floors
}
