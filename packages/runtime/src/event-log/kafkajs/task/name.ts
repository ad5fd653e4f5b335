import type { TopicName } from '@payout/schemas/topics'

/** What a task is made of. */
export interface TaskPartitions {
  readonly partition: number
  readonly topics: readonly TopicName[]
}

/**
 * The tasks that the partitions make up, by name: `lane-7`, or `payout.commands-3` where each partition is one of its
 * own.
 */
export function tasksOf(
  unit: 'by-lane' | 'by-partition',
  partitions: readonly { readonly topic: TopicName; readonly partition: number }[],
): Map<string, TaskPartitions> {
  const grouped = Map.groupBy(partitions, ({ topic, partition }) => {
    return unit === 'by-lane' ? `lane-${partition}` : `${topic}-${partition}`
  })
  return new Map(
    [...grouped].map(([name, parts]) => {
      const topics = parts.map(({ topic }) => topic)
      return [name, { partition: parts[0]?.partition ?? 0, topics }]
    }),
  )
}
