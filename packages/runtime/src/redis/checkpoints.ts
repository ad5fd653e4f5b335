import type { TopicName } from '@payout/schemas/topics'
import { topicNamed } from '@payout/schemas/topics'
import type { RedisConnection } from './connection/connection.ts'
import { script } from './connection/script.ts'
import { checkpointField, type Keys } from './keys.ts'
import type { Checkpoint, Checkpoints, PartitionCheckpoint, StoredCheckpoint } from './port.ts'

/** KEYS: marker, checkpoints. ARGV: for each checkpoint its field, the next offset, the time of the commit. */
const raiseScript = script(
  'trusted',
  `
for a = 1, #ARGV, 3 do
  local checkpoint = redis.call('HGET', KEYS[2], ARGV[a])
  if not checkpoint or tonumber(string.match(checkpoint, '^%d+')) < tonumber(ARGV[a + 1]) then
    redis.call('HSET', KEYS[2], ARGV[a], ARGV[a + 1] .. ':' .. ARGV[a + 2])
  end
end
return 1
`,
)

/** KEYS: marker, checkpoints. ARGV: a field. */
const getScript = script('trusted', `return redis.call('HGET', KEYS[2], ARGV[1])`)

/** KEYS: marker, checkpoints. */
const allScript = script('trusted', `return redis.call('HGETALL', KEYS[2])`)

/** KEYS: marker, checkpoints. ARGV: fields. */
const forgetScript = script('trusted', `return redis.call('HDEL', KEYS[2], unpack(ARGV))`)

/** Checkpoints as fields `group/topic/partition` of one hash, each `next:committedAt`. */
export class RedisCheckpoints implements Checkpoints {
  readonly #connection: RedisConnection
  readonly #keys: Keys

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection
    this.#keys = keys
  }

  async raise(group: string, checkpoints: readonly PartitionCheckpoint[]): Promise<void> {
    await this.#connection.run(
      raiseScript,
      [this.#keys.marker, this.#keys.checkpoints],
      checkpointArguments(group, checkpoints),
    )
  }

  async get(group: string, topic: TopicName, partition: number): Promise<Checkpoint | undefined> {
    const field = checkpointField(group, topic, partition)
    const value = await this.#connection.run(getScript, [this.#keys.marker, this.#keys.checkpoints], [field])
    return typeof value === 'string' ? parseCheckpoint(value) : undefined
  }

  async all(): Promise<StoredCheckpoint[]> {
    return parseCheckpoints(await this.#connection.run(allScript, [this.#keys.marker, this.#keys.checkpoints], []))
  }

  async forget(topic: TopicName): Promise<number> {
    const checkpoints = (await this.all()).filter((checkpoint) => checkpoint.topic === topic)
    if (checkpoints.length === 0) return 0
    const fields = checkpoints.map(({ group, partition }) => checkpointField(group, topic, partition))
    return Number(await this.#connection.run(forgetScript, [this.#keys.marker, this.#keys.checkpoints], fields))
  }
}

/** Field, next offset and time of each. */
export function checkpointArguments(group: string, checkpoints: readonly PartitionCheckpoint[]): (string | number)[] {
  return checkpoints.flatMap(({ topic, partition, next, committedAt }) => [
    checkpointField(group, topic, partition),
    next,
    committedAt,
  ])
}

function parseCheckpoint(value: string): Checkpoint {
  const [next, committedAt] = value.split(':').map(Number)
  return { next: next ?? 0, committedAt: committedAt ?? 0 }
}

/** The whole hash, as HGETALL answers it. Fields of topics that are no more are left out. */
export function parseCheckpoints(reply: unknown): StoredCheckpoint[] {
  const fields: unknown[] = Array.isArray(reply) ? reply : []
  const checkpoints: StoredCheckpoint[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    // The group may hold slashes, the topic and the partition may not.
    const [, group, name = '', partition] = /^(.*)\/([^/]+)\/(\d+)$/.exec(String(fields[i])) ?? []
    const topic = topicNamed(name)
    if (group === undefined || topic === undefined) continue
    checkpoints.push({ group, topic, partition: Number(partition), checkpoint: parseCheckpoint(String(fields[i + 1])) })
  }
  return checkpoints
}
