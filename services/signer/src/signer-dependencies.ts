import type { Clock } from '@payout/runtime/clock'
import type { EventLog } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import type { DomainEventWriter } from '@payout/runtime/record/domain-event'
import type { StateStore } from '@payout/runtime/redis/port'
import type { Switches } from '@payout/runtime/switches/switches'
import type { Codec } from '@payout/schemas/codec'
import type { SignerMetrics } from './metrics.ts'
import type { EgressLag } from './payout/egress-lag.ts'
import type { PayoutRules } from './payout/payout-check.ts'
import type { RequestSigner } from './payout/request-signer.ts'

/** What the signer's tasks work with; app.ts makes it. */
export interface SignerDependencies {
  readonly log: Pick<EventLog, 'read' | 'partitions'>
  readonly stateStore: Pick<StateStore, 'claims'>
  readonly switches: Pick<Switches, 'known'>
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: SignerMetrics
  readonly rules: PayoutRules
  readonly requestSigner: RequestSigner
  readonly events: DomainEventWriter
  readonly egressLag: EgressLag
  /** The `ce_source` of what it writes. */
  readonly source: string
  readonly settings: SignerSettings
}

export interface SignerSettings {
  readonly lanes: number
  /** A command older than this is dead-lettered: its claim may be forgotten. */
  readonly claimLifeMs: number
  /** Records of one transaction at the most. */
  readonly maxRecords: number
  /** How long to wait for fuller batches while egress has a queue. */
  readonly lingerMs: number
  /** From how many requests on that is a queue. */
  readonly lingerAboveLag: number
  /**
   * The address of gateway-ingress as users' browsers reach it, without a slash at its end; undefined where no
   * agreement can be signed.
   */
  readonly formUrl: string | undefined
}
