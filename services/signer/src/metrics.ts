import { eventLogMetricTable } from '@payout/runtime/observability/event-log-metrics'
import type { Metrics, MetricTable } from '@payout/runtime/observability/metrics'
import { switchMetricTable } from '@payout/runtime/switches/switches'
import { taskAlarmMetricTable } from '@payout/runtime/task/task-alarm'
import { topicWatchMetricTable } from '@payout/runtime/task/topic-watch'

/** What the signer counts. */
export const signerMetricTable = {
  ...eventLogMetricTable,
  ...taskAlarmMetricTable,
  ...topicWatchMetricTable,
  ...switchMetricTable,
  signer_commands_total: {
    type: 'counter',
    help: 'Records of payout.commands, by what they are: single, batch, names-twice, decision, return-file, dead-letter.',
    labels: ['status'],
  },
  signer_claims_total: {
    type: 'counter',
    help: 'Claims of payout ids, by outcome: acquired, reentrant, duplicate, stale.',
    labels: ['outcome'],
  },
  signer_failed_before_sending_total: {
    type: 'counter',
    help: 'Payouts that failed before anything was sent, by reason.',
    labels: ['reason'],
  },
  signer_signed_again_total: {
    type: 'counter',
    help: 'Requests signed again, by reason: expired, again.',
    labels: ['reason'],
  },
  signer_not_signed_total: {
    type: 'counter',
    help: 'Payouts, forms and requests that had to be signed and could not be, by reason. Each has ended or is reported.',
    labels: ['partner', 'reason'],
  },
  signer_agreement_commands_total: {
    type: 'counter',
    help: 'Records of agreement.commands, by what they are: sign, status, unsign, dead-letter.',
    labels: ['status'],
  },
  signer_agreement_commands_failed_total: {
    type: 'counter',
    help: 'Commands about agreements that are not valid, by reason.',
    labels: ['reason'],
  },
  signer_forms_total: {
    type: 'counter',
    help: 'Forms of agreements, by what was done: signed, withdrawn.',
    labels: ['status'],
  },
  signer_service_requests_total: {
    type: 'counter',
    help: 'Signed requests of other services than the batch payout, by service.',
    labels: ['status'],
  },
  signer_batch_lines: {
    type: 'histogram',
    help: 'Lines of a signed batch.',
    labels: [],
    buckets: [1, 2, 5, 10, 50, 100, 250, 500, 1000],
  },
} as const satisfies MetricTable

export type SignerMetrics = Metrics<typeof signerMetricTable>
