import type { ServiceTasks } from '@payout/runtime/task/start-tasks'
import type { TopicName } from '@payout/schemas/topics'

/** The consumer group, and what it reads: each partition of each topic is a lane of its own. */
export const GROUP = 'signer'
export const INPUTS = ['payout.commands', 'agreement.commands', 'gateway.to-sign'] as const satisfies TopicName[]

/** The signer's lanes. */
export const SIGNER_TASKS = { group: GROUP, tasks: 'by-partition', topics: INPUTS } as const satisfies ServiceTasks
