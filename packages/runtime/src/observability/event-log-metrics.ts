import type { EventLogMetrics } from '../event-log/metrics.ts'
import type { Metrics, MetricTable } from './metrics.ts'

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/** What every service counts of the event log. */
export const eventLogMetricTable = {
  event_log_tasks: { type: 'gauge', help: 'Tasks that this process works on, 1 each.', labels: ['group', 'task'] },
  event_log_task_ends_total: {
    type: 'counter',
    help: 'Ended task sessions, by reason; failed ones began again.',
    labels: ['group', 'task', 'reason'],
  },
  event_log_transactions_total: {
    type: 'counter',
    help: 'Kafka transactions, by outcome: ok, failed.',
    labels: ['group', 'outcome'],
  },
  event_log_transaction_seconds: {
    type: 'histogram',
    help: 'Time of a Kafka transaction.',
    labels: ['group'],
    buckets: SECONDS,
  },
  event_log_producers_recreated_total: {
    type: 'counter',
    help: 'Transactional producers thrown away after an error.',
    labels: ['group', 'task'],
  },
  event_log_rebalances_total: { type: 'counter', help: 'Times that this member joined its group.', labels: ['group'] },
  event_log_consumer_crashes_total: {
    type: 'counter',
    help: 'Times that the consumer fell out of its group, by whether it comes back by itself.',
    labels: ['group', 'restart'],
  },
  event_log_appends_total: {
    type: 'counter',
    help: 'Records appended outside transactions, by outcome: ok, failed.',
    labels: ['topic', 'outcome'],
  },
  event_log_append_seconds: {
    type: 'histogram',
    help: 'Time of one send outside transactions.',
    labels: ['topic'],
    buckets: SECONDS,
  },
} as const satisfies MetricTable

/** Hands what the event log counts and measures to the metrics of a process whose table holds `eventLogMetricTable`. */
export function eventLogMetrics(metrics: Metrics<typeof eventLogMetricTable>): EventLogMetrics {
  const outcome = (ok: boolean) => (ok ? 'ok' : 'failed')
  return {
    taskStarted: (labels) => metrics.set('event_log_tasks', labels, 1),
    taskEnded: ({ group, task, reason }) => {
      metrics.remove('event_log_tasks', { group, task })
      metrics.add('event_log_task_ends_total', { group, task, reason })
    },
    transaction: ({ group, ok }, durationMs) => {
      metrics.add('event_log_transactions_total', { group, outcome: outcome(ok) })
      metrics.observe('event_log_transaction_seconds', { group }, durationMs / 1000)
    },
    producerRecreated: (labels) => metrics.add('event_log_producers_recreated_total', labels),
    rebalance: (labels) => metrics.add('event_log_rebalances_total', labels),
    consumerCrash: ({ group, restart }) =>
      metrics.add('event_log_consumer_crashes_total', { group, restart: String(restart) }),
    publisherBatch: ({ topic, ok }, { records, durationMs }) => {
      metrics.add('event_log_appends_total', { topic, outcome: outcome(ok) }, records)
      metrics.observe('event_log_append_seconds', { topic }, durationMs / 1000)
    },
  }
}
