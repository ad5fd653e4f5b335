import type { ServiceTasks } from '@payout/runtime/task/start-tasks'

/** The consumer group, and what it reads beside its changelog. */
export const GROUP = 'gateway-egress'
export const REQUESTS = 'gateway.requests'
/** A lane's changelog: what was intended, and what came of it. */
export const ATTEMPTS = 'gateway.attempts'

/**
 * Egress' lanes, each with its changelog. Checkpoints lag: answers of calls that were made are committed while Redis is
 * away, too.
 */
export const EGRESS_TASKS = {
  group: GROUP,
  tasks: 'by-lane',
  topics: [REQUESTS, ATTEMPTS],
  replayed: [ATTEMPTS],
  checkpoints: 'lagging',
} as const satisfies ServiceTasks
