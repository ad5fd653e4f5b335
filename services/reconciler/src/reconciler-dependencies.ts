import type { Clock } from '@payout/runtime/clock'
import type { Logger } from '@payout/runtime/observability/logging'
import type { Partner } from '@payout/runtime/partners/partners'
import type { DomainEventWriter } from '@payout/runtime/record/domain-event'
import type { StateStore } from '@payout/runtime/redis/port'
import type { Codec } from '@payout/schemas/codec'
import type { KeptBatches } from './known-batches/kept-batches.ts'
import type { ReconcilerMetrics } from './metrics.ts'
import type { ReconcilerSettings } from './settings.ts'

/** What the reconciler works with, handed to it by app.ts. */
export interface ReconcilerDependencies {
  readonly stateStore: Pick<StateStore, 'claims' | 'states' | 'timers'>
  /** What its lanes keep in memory of the states. */
  readonly kept: KeptBatches
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: ReconcilerMetrics
  readonly events: DomainEventWriter
  /** The `ce_source` of what it writes. */
  readonly source: string
  /** All partners: their schedules of return files run here, and for no other is anything signed. */
  readonly partners: readonly Pick<Partner, 'alias' | 'returnFiles'>[]
  readonly settings: ReconcilerSettings
}

/** Whether the partners file has a partner of this alias. */
export function hasPartner(partners: ReconcilerDependencies['partners'], alias: string): boolean {
  return partners.some((partner) => partner.alias === alias)
}
