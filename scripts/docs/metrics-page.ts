import { eventLogMetricTable } from '@payout/runtime/observability/event-log-metrics'
import { describeMetrics, type MetricTable } from '@payout/runtime/observability/metrics'
import { taskAlarmMetricTable } from '@payout/runtime/task/task-alarm'
import { egressMetricTable } from '../../services/gateway-egress/src/metrics.ts'
import { ingressMetricTable } from '../../services/gateway-ingress/src/metrics.ts'
import { reconcilerMetricTable } from '../../services/reconciler/src/metrics.ts'
import { signerMetricTable } from '../../services/signer/src/metrics.ts'
import { code, markdownTable } from './markdown-table.ts'

const SERVICES: Readonly<Record<string, MetricTable>> = {
  'gateway-ingress': ingressMetricTable,
  signer: signerMetricTable,
  'gateway-egress': egressMetricTable,
  reconciler: reconcilerMetricTable,
}

/** docs/metrics.md: every metric of every service. */
export function metricsPage(): string {
  return `# Metrics

Every service serves its metrics for Prometheus at \`/metrics\` of its admin port (\`ADMIN_HOST\`, \`ADMIN_PORT\`), beside
\`/health/live\` and \`/health/ready\`. Each metric also has the label \`service\`. No label holds an id, an amount, a name
or a partner number: \`partner\` is the alias of the partners file (MAPI-14). The metrics of the process itself (memory,
CPU, event loop, garbage collection) have the names that prom-client gives them. The
[operations guide](operations.md#watching-it) lists the alarms; special words are in the [glossary](glossary.md).


## All services: the event log

\`group\` is the service's consumer group. \`task\` is the name of a [task](glossary.md#task): \`lane-7\`, or
\`payout.commands-3\` for an input partition of the signer. \`topic\` is a topic without its namespace.


${table(eventLogMetricTable)}

## signer, gateway-egress, reconciler: tasks that wait

\`task\` is the task that waits, \`reason\` the error's code.

${table(taskAlarmMetricTable)}

${Object.entries(SERVICES)
  .map(([service, metrics]) => `## ${service}\n\n${table(ownOf(metrics))}`)
  .join('\n\n')}
`
}

function ownOf(metrics: MetricTable): MetricTable {
  return Object.fromEntries(
    Object.entries(metrics).filter(([name]) => !(name in eventLogMetricTable) && !(name in taskAlarmMetricTable)),
  )
}

function table(metrics: MetricTable): string {
  return markdownTable(
    ['name', 'type', 'labels', 'what it says'],
    describeMetrics(metrics).map(({ name, type, labels, help, buckets }) => [
      code(name),
      type,
      labels.map(code).join(', '),
      `${help}${buckets === undefined ? '' : ` Buckets: ${buckets.join(', ')}.`}`,
    ]),
  )
}
