import type { Logger } from '@payout/runtime/observability/logging'
import type { Partner } from '@payout/runtime/partners/partners'
import type { DomainEventWriter } from '@payout/runtime/record/domain-event'
import type { StateStore } from '@payout/runtime/redis/port'
import type { Clock } from '@payout/runtime/service/clock'
import type { Codec } from '@payout/schemas/codec'
import type { AgreementSettings } from './agreement/agreement-state.ts'
import type { ReconcilerMetrics } from './metrics.ts'
import type { ReturnFileSettings } from './return-file/return-file-state.ts'

/** What the reconciler's work stands on, handed to it by app.ts. */
export interface ReconcilerParts {
  readonly stateStore: Pick<StateStore, 'claims' | 'states' | 'timers'>
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
export function hasPartner(partners: ReconcilerParts['partners'], alias: string): boolean {
  return partners.some((partner) => partner.alias === alias)
}

export interface ReconcilerSettings {
  readonly lanes: number
  /** How long after a signing an outcome is due, milliseconds. */
  readonly overdueAfterMs: number
  /** Records of one transaction at the most. */
  readonly maxRecords: number
  readonly agreements: AgreementSettings
  readonly returnFiles: ReturnFileSettings
}
