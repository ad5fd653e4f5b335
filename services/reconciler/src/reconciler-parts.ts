import type { Clock } from '@payout/runtime/clock'
import type { DomainEventWriter } from '@payout/runtime/domain-event'
import type { Logger } from '@payout/runtime/logging'
import type { Memory } from '@payout/runtime/redis/port'
import type { Codec } from '@payout/schemas/codec'
import type { ReconcilerMetrics } from './metrics.ts'

/** What the reconciler's work stands on, handed to it by app.ts. */
export interface ReconcilerParts {
  readonly memory: Pick<Memory, 'claims' | 'floors' | 'states' | 'dueDates'>
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: ReconcilerMetrics
  readonly events: DomainEventWriter
  /** The `ce_source` of what it writes. */
  readonly source: string
  readonly settings: ReconcilerSettings
}

export interface ReconcilerSettings {
  readonly lanes: number
  /** How long after a signing an outcome is due, milliseconds. */
  readonly overdueAfterMs: number
  /** Records of one transaction at the most. */
  readonly maxRecords: number
}
