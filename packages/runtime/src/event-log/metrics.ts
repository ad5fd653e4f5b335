/** Why a task session ended. */
export type TaskEnd =
  /** The task went to another member of the group. */
  | 'revoked'
  /** A transaction failed, or the handler threw. */
  | 'failed'
  /** The handler returned. */
  | 'returned'
  /** The grace period of a stop was over. */
  | 'aborted'

/** What the event log counts and measures. Groups and topics are named without their namespace. */
export interface EventLogMetrics {
  taskStarted(labels: { group: string; task: string }): void
  taskEnded(labels: { group: string; task: string; reason: TaskEnd }): void
  transaction(labels: { group: string; ok: boolean }, durationMs: number): void
  /** A transactional producer was thrown away after an error. */
  producerRecreated(labels: { group: string; task: string }): void
  rebalance(labels: { group: string }): void
  /** The consumer fell out of its group; with `restart` it comes back by itself. */
  consumerCrash(labels: { group: string; restart: boolean }): void
  publisherBatch(
    labels: { topic: string; ok: boolean },
    batch: { records: number; bytes: number; durationMs: number },
  ): void
}

/** For who does not count. */
export const noMetrics: EventLogMetrics = {
  taskStarted: () => undefined,
  taskEnded: () => undefined,
  transaction: () => undefined,
  producerRecreated: () => undefined,
  rebalance: () => undefined,
  consumerCrash: () => undefined,
  publisherBatch: () => undefined,
}
