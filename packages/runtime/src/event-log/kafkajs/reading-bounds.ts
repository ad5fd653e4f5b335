import type { TopicName } from '@payout/schemas/topics'
import type { PartitionOffsets, ReadFrom } from '../port.ts'
import type { KafkaAdmin } from './admin.ts'

/** Where the partitions of one reading begin and end. Each topic is asked about once. */
export class ReadingBounds {
  readonly #admin: KafkaAdmin
  readonly #offsets = new Map<TopicName, Promise<PartitionOffsets[]>>()
  readonly #offsetsAt = new Map<string, Promise<number[]>>()

  constructor(admin: KafkaAdmin) {
    this.#admin = admin
  }

  async of(topic: TopicName, partition: number, at: ReadFrom): Promise<{ begin: number; end: number }> {
    const range = (await once(this.#offsets, topic, () => this.#admin.offsets(topic)))[partition]
    if (range === undefined) throw new RangeError(`${topic} has no partition ${partition}`)
    const { beginning, end } = range
    if (at === 'beginning') return { begin: beginning, end }
    if ('offset' in at) return { begin: Math.max(beginning, at.offset), end }
    const { timestamp } = at
    const found = await once(this.#offsetsAt, `${timestamp} ${topic}`, () => this.#admin.offsetsAt(topic, timestamp))
    return { begin: found[partition] ?? end, end }
  }
}

function once<K, T>(answers: Map<K, Promise<T>>, question: K, ask: () => Promise<T>): Promise<T> {
  const known = answers.get(question)
  if (known !== undefined) return known
  const answer = ask()
  answers.set(question, answer)
  return answer
}
