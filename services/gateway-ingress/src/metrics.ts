import { eventLogMetricTable } from '@payout/runtime/observability/event-log-metrics'
import type { Metrics, MetricTable } from '@payout/runtime/observability/metrics'
import { topicWatchMetricTable } from '@payout/runtime/task/topic-watch'
import { type FormRefusal, formRefusals } from './agreement-page/form-refusal.ts'
import { type RefusalReason, refusalReasons } from './http/refusal.ts'
import type { Acceptance } from './notify/acceptance.ts'
import type { VerificationOutcome } from './notify/notify-verification.ts'

/** What gateway-ingress counts. */
export const ingressMetricTable = {
  ...eventLogMetricTable,
  ...topicWatchMetricTable,
  ingress_notifies_total: {
    type: 'counter',
    help: 'Notifies that were answered with success: stored, stored-before.',
    labels: ['partner', 'outcome'],
  },
  ingress_notify_seconds: {
    type: 'histogram',
    help: 'From the headers of a notify to its success, notify_verify and Kafka included.',
    labels: [],
    buckets: [0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
  },
  ingress_refusals_total: {
    type: 'counter',
    help: `Requests and connections that got no success: ${refusalReasons.join(', ')}.`,
    labels: ['reason'],
  },
  ingress_notify_verify_seconds: {
    type: 'histogram',
    help: 'Questions to Alipay by notify_verify: confirmed, denied, no-answer.',
    labels: ['outcome'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
  },
  ingress_redis_failures_total: {
    type: 'counter',
    help: 'Calls of Redis that failed (has, add); the notify goes to Kafka all the same.',
    labels: ['reason'],
  },
  ingress_in_flight_bytes: {
    type: 'gauge',
    help: 'Bytes of the bodies that are read or processed.',
    labels: [],
  },
  ingress_forms_held: {
    type: 'gauge',
    help: 'Agreement forms that can be shown; -1 until gateway.forms was read to its end.',
    labels: [],
  },
  ingress_forms_shown_total: {
    type: 'counter',
    help: 'Agreement pages that were shown.',
    labels: ['partner'],
  },
  ingress_form_refusals_total: {
    type: 'counter',
    help: `Requests for an agreement page that did not get it: ${formRefusals.join(', ')}.`,
    labels: ['reason'],
  },
} as const satisfies MetricTable

/**
 * What this service counts and measures. Labels are bounded: aliases of the partners file, and the words named above.
 */
export interface IngressMetrics {
  /** A notify was answered with `success`, so many milliseconds after its headers had come. */
  accepted(partner: string, acceptance: Acceptance, durationMs: number): void
  refused(reason: RefusalReason): void
  /** A question by `notify_verify`. */
  asked(outcome: VerificationOutcome, durationMs: number): void
  /** The call of Redis that asks whether a notify is stored, or notes that it is, failed; the work went on. */
  redisFailed(call: 'has' | 'add'): void
  inFlight(bytes: number): void
  /** So many agreement forms can be shown. */
  formsHeld(forms: number): void
  formShown(partner: string): void
  formRefused(reason: FormRefusal): void
}

/** For Prometheus. Every reason of refusal is there from the start, at 0, so that an alarm can be set on each. */
export function ingressMetrics(
  metrics: Pick<Metrics<typeof ingressMetricTable>, 'add' | 'set' | 'observe'>,
): IngressMetrics {
  for (const reason of refusalReasons) metrics.add('ingress_refusals_total', { reason }, 0)
  for (const reason of formRefusals) metrics.add('ingress_form_refusals_total', { reason }, 0)
  metrics.set('ingress_forms_held', {}, -1)
  return {
    accepted: (partner, outcome, durationMs) => {
      metrics.add('ingress_notifies_total', { partner, outcome })
      metrics.observe('ingress_notify_seconds', {}, durationMs / 1000)
    },
    refused: (reason) => metrics.add('ingress_refusals_total', { reason }),
    asked: (outcome, durationMs) => metrics.observe('ingress_notify_verify_seconds', { outcome }, durationMs / 1000),
    redisFailed: (reason) => metrics.add('ingress_redis_failures_total', { reason }),
    inFlight: (bytes) => metrics.set('ingress_in_flight_bytes', {}, bytes),
    formsHeld: (forms) => metrics.set('ingress_forms_held', {}, forms),
    formShown: (partner) => metrics.add('ingress_forms_shown_total', { partner }),
    formRefused: (reason) => metrics.add('ingress_form_refusals_total', { reason }),
  }
}
