import type { Metrics, MetricTable } from '@payout/runtime/observability/metrics'
import { switchMetricTable } from '@payout/runtime/switches/switches'
import { taskAlarmMetricTable } from '@payout/runtime/task/task-alarm'
import { topicWatchMetricTable } from '@payout/runtime/task/topic-watch'

/** What egress counts. */
export const egressMetricTable = {
  ...taskAlarmMetricTable,
  ...topicWatchMetricTable,
  ...switchMetricTable,
  egress_calls_total: {
    type: 'counter',
    help: 'Calls of the gateway, by what came of them: accepted, refused, unknown.',
    labels: ['partner', 'outcome'],
  },
  egress_call_seconds: {
    type: 'histogram',
    help: 'How long a call of the gateway took.',
    labels: ['partner'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60],
  },
  egress_calls_under_way: { type: 'gauge', help: 'Calls under way.', labels: ['partner'] },
  egress_requests: {
    type: 'gauge',
    help: 'Batches and service requests that are deferred or in doubt, by lane.',
    labels: ['lane', 'status'],
  },
  egress_request_bytes: {
    type: 'gauge',
    help: 'Bytes of the requests that are deferred or in doubt, by lane.',
    labels: ['lane'],
  },
  egress_signed_again_total: { type: 'counter', help: 'Requests whose pay date passed unsent.', labels: ['partner'] },
  egress_given_up_total: {
    type: 'counter',
    help: 'Batches and service requests whose last word is that nobody knows, without a call.',
    labels: ['partner', 'reason'],
  },
  egress_return_files_total: {
    type: 'counter',
    help: 'Answers to requests for return files, by what came of them: accepted, refused, unknown.',
    labels: ['partner', 'outcome'],
  },
  egress_evidence_failures_total: {
    type: 'counter',
    help: 'Times that the evidence folder did not take what came.',
    labels: ['partner'],
  },
  egress_breaker: {
    type: 'gauge',
    help: 'State of the circuit breaker: 0 closed, 1 half open, 2 open.',
    labels: ['partner'],
  },
  egress_partner_stops_total: {
    type: 'counter',
    help: 'Partners stopped by a code of the gateway.',
    labels: ['partner', 'reason'],
  },
  egress_redis_away_total: {
    type: 'counter',
    help: 'Times that nothing could be sent since Redis was away or not trusted.',
    labels: ['reason'],
  },
} as const satisfies MetricTable

export type EgressMetrics = Pick<Metrics<typeof egressMetricTable>, 'add' | 'set' | 'observe' | 'remove'>
