import type { ServiceTasks } from '@payout/runtime/task/start-tasks'
import type { TopicName } from '@payout/schemas/topics'

/** The signer's consumer group, and the topics that it reads. */
export const GROUP = 'signer'
export const INPUTS = ['payout.commands', 'agreement.commands', 'gateway.to-sign'] as const satisfies TopicName[]

/** One task for each partition of each topic. */
export const SIGNER_TASKS = { group: GROUP, tasks: 'by-partition', topics: INPUTS } as const satisfies ServiceTasks
