import type { TopicName } from '@payout/schemas/topics'

/** What a lane is made of. */
export interface LaneParts {
  readonly partition: number
  readonly topics: readonly TopicName[]
}

/** The lanes that the partitions make up, by name: `lane-7`, or `payout.commands-3` where each partition is one of its own. */
export function lanesOf(
  unit: 'lane' | 'partition',
  partitions: readonly { readonly topic: TopicName; readonly partition: number }[],
): Map<string, LaneParts> {
  const grouped = Map.groupBy(partitions, ({ topic, partition }) => {
    return unit === 'lane' ? `lane-${partition}` : `${topic}-${partition}`
  })
  return new Map(
    [...grouped].map(([name, parts]) => {
      const topics = parts.map(({ topic }) => topic)
      return [name, { partition: parts[0]?.partition ?? 0, topics }]
    }),
  )
}
