import { eventLogMetricTable } from '@payout/runtime/observability/event-log-metrics'
import type { Metrics, MetricTable } from '@payout/runtime/observability/metrics'
import { taskAlarmMetricTable } from '@payout/runtime/task/task-alarm'
import { topicWatchMetricTable } from '@payout/runtime/task/topic-watch'

/** What the reconciler counts. */
export const reconcilerMetricTable = {
  ...eventLogMetricTable,
  ...taskAlarmMetricTable,
  ...topicWatchMetricTable,
  reconciler_outcomes_total: {
    type: 'counter',
    help: 'Outcomes of payouts, by partner: succeeded, failed.',
    labels: ['partner', 'outcome'],
  },
  reconciler_reports_total: {
    type: 'counter',
    help: 'Reports on payouts, by partner: accepted, unresolved, overdue, mismatched, resubmitted, returned.',
    labels: ['partner', 'outcome'],
  },
  reconciler_agreement_events_total: {
    type: 'counter',
    help: 'Events of agreements, by partner: Signed, NotSigned, Unsigned, OnHold, Failed, Refused.',
    labels: ['partner', 'outcome'],
  },
  reconciler_return_files_total: {
    type: 'counter',
    help: 'Last words on requests for return files, by partner: read, unchanged, nothing (no payout came back on that day), failed, again (asked for later).',
    labels: ['partner', 'outcome'],
  },
  reconciler_return_rows_set_aside_total: {
    type: 'counter',
    help: 'Rows of return files that do not count, since what decides in them can not be read, by partner; each time a file is read.',
    labels: ['partner'],
  },
  reconciler_repeated_notifies_total: { type: 'counter', help: 'Notifies that said nothing new.', labels: [] },
  reconciler_redis_trusted: {
    type: 'gauge',
    help: '1 while Redis may be relied on; 0 while it has to be rebuilt first.',
    labels: [],
  },
  reconciler_rebuilds_total: {
    type: 'counter',
    help: 'Rebuilds of Redis that this process has begun, by outcome: ok, superseded, failed.',
    labels: ['outcome'],
  },
} as const satisfies MetricTable

export type ReconcilerMetrics = Metrics<typeof reconcilerMetricTable>
