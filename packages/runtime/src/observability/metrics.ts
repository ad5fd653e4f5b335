import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/**
 * What a metric may be split by. Each has few values; ids, amounts, names and partner numbers are none of them
 * (MAPI-14).
 */
export type MetricLabel =
  | 'partner'
  | 'topic'
  | 'group'
  | 'lane'
  | 'task'
  | 'outcome'
  | 'reason'
  | 'charset'
  | 'sign_type'
  | 'status'
  | 'restart'

/** One metric, as the code makes it and as the documentation lists it. */
export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly MetricLabel[]
  /** Of a histogram: upper bounds. */
  readonly buckets?: readonly number[]
}

/** The metrics of a service by name. Counters end with `_total`, others with their unit (`_seconds`, `_bytes`). */
export type MetricTable = Readonly<Record<string, MetricRow>>

/**
 * How often the delay of the event loop is sampled, in milliseconds. The default of 10 wakes the process 100 times a
 * second: half of what an idle service cost.
 */
const LOOP_SAMPLE_MS = 100

type NamesOf<T extends MetricTable, K extends MetricRow['type']> = {
  [N in keyof T]: T[N]['type'] extends K ? N : never
}[keyof T] &
  string
type LabelsOf<Row extends MetricRow> = { readonly [L in Row['labels'][number]]: string | number }

/**
 * The metrics of one process. Names, types and labels are checked against the table where they are written:
 *
 *     const metrics = new Metrics('signer', { payouts_claimed_total: { type: 'counter', help: 'Payouts claimed.', labels: ['outcome'] } })
 *     metrics.add('payouts_claimed_total', { outcome: 'acquired' }, 12)
 */
export class Metrics<const T extends MetricTable> {
  readonly registry = new Registry()
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()
  readonly #histograms = new Map<string, Histogram>()

  /** `service` becomes a label of every metric. The process's own metrics (memory, CPU, event loop) are there too. */
  constructor(service: string, table: T) {
    this.registry.setDefaultLabels({ service })
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MS })
    for (const [name, { type: kind, help, labels, buckets }] of Object.entries(table)) {
      const common = { name, help, labelNames: [...labels], registers: [this.registry] }
      switch (kind) {
        case 'counter':
          this.#counters.set(name, new Counter(common))
          break
        case 'gauge':
          this.#gauges.set(name, new Gauge(common))
          break
        case 'histogram':
          this.#histograms.set(
            name,
            new Histogram(buckets === undefined ? common : { ...common, buckets: [...buckets] }),
          )
          break
        default:
          kind satisfies never
      }
    }
  }

  /** Counts up. */
  add<N extends NamesOf<T, 'counter'>>(name: N, labels: LabelsOf<T[N]>, by = 1): void {
    this.#counters.get(name)?.inc({ ...labels }, by)
  }

  /** Sets a gauge. */
  set<N extends NamesOf<T, 'gauge'>>(name: N, labels: LabelsOf<T[N]>, value: number): void {
    this.#gauges.get(name)?.set({ ...labels }, value)
  }

  /** Takes one value into a histogram. */
  observe<N extends NamesOf<T, 'histogram'>>(name: N, labels: LabelsOf<T[N]>, value: number): void {
    this.#histograms.get(name)?.observe({ ...labels }, value)
  }

  /** Forgets the series of a gauge, such as that of a lane that another process has now. */
  remove<N extends NamesOf<T, 'gauge'>>(name: N, labels: LabelsOf<T[N]>): void {
    this.#gauges.get(name)?.remove({ ...labels })
  }
}

/** The rows of a table, for the generated page. */
export function describeMetrics(table: MetricTable): (MetricRow & { readonly name: string })[] {
  return Object.entries(table).map(([name, row]) => ({ name, ...row }))
}
