/** Gives recorded portions to a process, one after the other, and measures the CPU that each of them takes it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog } from '@payout/runtime/event-log/port'
import type { TopicName } from '@payout/schemas/topics'
import { MIB } from '@payout/schemas/units'
import { useOf } from '../processes.ts'
import type { Portion } from './recording.ts'

const LOOK_MS = 50
const LIMIT_MS = 60_000

/** User and system time of a process so far, in µs. */
function cpuOf(pid: number): number {
  return useOf(pid).cpuSeconds * 1e6
}

/** Writes records again, in their order and each in its partition. */
async function write(log: EventLog, { records }: Portion): Promise<void> {
  const publisher = log.publisher({ maxBytes: 1024 * MIB })
  const written = new Set<TopicName>(records.map(({ topic }) => topic))
  for (const name of written) {
    const ofTopic = records.filter(({ topic }) => topic === name)
    await Promise.all(
      ofTopic.map(({ topic, partition, key, value, headers }) =>
        publisher.append({ topic, partition, key, value, headers }),
      ),
    )
  }
  await publisher.close()
}

/** Waits until the group has committed all that stands in the topics. @throws Error after a minute */
async function untilRead(log: EventLog, group: string, topics: readonly TopicName[]): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  for (const topic of topics) {
    for (;;) {
      const [offsets, committed] = await Promise.all([log.offsets(topic), log.committed(group, topic)])
      if (offsets.every(({ end }, partition) => end === 0 || (committed[partition] ?? 0) >= end)) break
      if (performance.now() > deadline) throw new Error(`${group} has not read ${topic} to its end`)
      await sleep(LOOK_MS)
    }
  }
}

/**
 * Writes a portion, waits until the process has committed all of it, and gives its CPU: µs a payout.
 * @param log of the namespace in which the process works, under the group
 */
export async function cpuOfPortion(
  { pid, group, log }: { readonly pid: number; readonly group: string; readonly log: EventLog },
  portion: Portion,
): Promise<number> {
  const before = cpuOf(pid)
  await write(log, portion)
  await untilRead(log, group, [...new Set(portion.records.map(({ topic }) => topic))])
  return (cpuOf(pid) - before) / portion.payouts
}
