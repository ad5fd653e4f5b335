import type { ServiceTasks } from '@payout/runtime/task/start-tasks'
import type { TopicName } from '@payout/schemas/topics'

/** The consumer group. */
export const GROUP = 'reconciler'

/** What a lane reads, in the order in which one fetch is processed: what makes known first, what ends last. */
export const INPUTS = [
  'gateway.requests',
  'gateway.answers',
  'gateway.notifies',
  'gateway.commands',
  'gateway.timers',
] as const satisfies readonly TopicName[]

/** A lane's own changelog: what it knows of agreements and return files. */
export const STATES = 'gateway.states'

/** The reconciler's lanes, each with its own changelog. */
export const RECONCILER_TASKS = {
  group: GROUP,
  tasks: 'by-lane',
  topics: [...INPUTS, STATES],
  replayed: [STATES],
} as const satisfies ServiceTasks
