import type { EventLog } from '@payout/runtime/event-log/port'
import type { PartitionCheckpoint, StoredCheckpoint } from '@payout/runtime/redis/port'
import type { TopicName } from '@payout/schemas/topics'
import { DAY_MS, MINUTE_MS } from '@payout/schemas/units'
import { INPUTS } from '../topology.ts'

/** Outputs are read from this long before the oldest checkpoint: for clocks that differ (S7.3). */
const MARGIN_MS = MINUTE_MS
/** A checkpoint that is raised later than its commit, and clocks that differ, are younger than this. */
const YOUNG_MS = DAY_MS

/** The groups whose progress counts, with their input topics and how their tasks are cut. */
export const GROUPS: readonly {
  readonly group: string
  readonly tasks: 'by-lane' | 'by-partition'
  readonly inputs: readonly TopicName[]
  readonly topics: readonly TopicName[]
}[] = [
  {
    group: 'signer',
    tasks: 'by-partition',
    inputs: ['payout.commands', 'agreement.commands', 'gateway.to-sign'],
    topics: ['payout.commands', 'agreement.commands', 'gateway.to-sign'],
  },
  {
    group: 'gateway-egress',
    tasks: 'by-lane',
    inputs: ['gateway.requests'],
    topics: ['gateway.requests', 'gateway.attempts'],
  },
  { group: 'reconciler', tasks: 'by-lane', inputs: INPUTS, topics: INPUTS },
]

/** How far a group has come in one partition, by its committed offset. */
export interface Progress extends Omit<PartitionCheckpoint, 'committedAt'> {
  readonly group: string
}

/** Committed offsets of all our groups: they make the checkpoints. */
export async function progressOf(log: EventLog): Promise<Progress[]> {
  const found = await Promise.all(
    GROUPS.flatMap(({ group, inputs }) =>
      inputs.map(async (topic) => {
        const committed = await log.committed(group, topic)
        return committed.flatMap((next, partition) => (next === undefined ? [] : [{ group, topic, partition, next }]))
      }),
    ),
  )
  return found.flat()
}

/** What has to be read again. */
export interface Extent {
  /** Outputs written from this time on, UTC milliseconds. */
  readonly since: number
  /**
   * Of the reconciler's own inputs: from its surviving checkpoints, by topic and partition; undefined where everything
   * since `since` is read.
   */
  readonly inputsFrom: ((topic: TopicName, partition: number) => number | undefined) | undefined
}

/**
 * The tail that begins at the checkpoints Redis still holds, where it holds one for each partition that was ever
 * committed; else the whole state (S7.3). Sound because Redis loses only a suffix of its writes: what was written
 * before any checkpoint that is left is there, so that neither goes further back than claims live and the youngest
 * checkpoint is old.
 * @param oldest since when payouts may have ended and their claims still live, UTC milliseconds.
 */
export function extentOf(
  checkpoints: readonly StoredCheckpoint[],
  progress: readonly Progress[],
  oldest: number,
): Extent {
  const key = ({ group, topic, partition }: Pick<Progress, 'group' | 'topic' | 'partition'>) =>
    `${group}/${topic}/${partition}`
  const byKey = new Map(checkpoints.map((stored) => [key(stored), stored.checkpoint]))
  const times = checkpoints.map(({ checkpoint }) => checkpoint.committedAt)
  const furthest = Math.min(oldest, Math.max(...times) - YOUNG_MS)
  if (byKey.size === 0) return { since: oldest, inputsFrom: undefined }
  if (progress.some((one) => !byKey.has(key(one)))) return { since: furthest, inputsFrom: undefined }
  return {
    since: Math.max(Math.min(...times) - MARGIN_MS, furthest),
    inputsFrom: (topic, partition) => byKey.get(key({ group: 'reconciler', topic, partition }))?.next,
  }
}
