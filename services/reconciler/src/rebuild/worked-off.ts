import type { PartitionFloor } from '@payout/runtime/redis/port'
import type { TopicName } from '@payout/schemas/topics'
import { GROUPS, type Progress } from './tail.ts'

/** How far each group has come in its input partitions: by committed offsets, and by what outputs say of their causes (S2.5). */
export class WorkedOff {
  readonly #floors = new Map<string, Progress>()

  constructor(committed: readonly Progress[]) {
    for (const one of committed) this.#raise(one)
  }

  /** The record at these coordinates has a committed output. */
  note(group: string, source: { readonly topic: string; readonly partition: number; readonly offset: number }): void {
    this.#raise({ group, topic: source.topic as TopicName, partition: source.partition, next: source.offset + 1 })
  }

  /** The floors of a group. */
  floors(group: string, committedAt: number): PartitionFloor[] {
    return [...this.#floors.values()]
      .filter((floor) => floor.group === group)
      .map(({ topic, partition, next }) => ({ topic, partition, next, committedAt }))
  }

  #raise(progress: Progress): void {
    const { group, topic, partition, next } = progress
    if (!GROUPS.some((row) => row.group === group && row.inputs.includes(topic))) return
    const key = `${group}/${topic}/${partition}`
    if (next > (this.#floors.get(key)?.next ?? -1)) this.#floors.set(key, progress)
  }
}
