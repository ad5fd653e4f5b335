import type { readReturnFile } from '@payout/mapi/return-file/read-return-file'
import type { Logger } from '@payout/runtime/observability/logging'
import type { StateStore } from '@payout/runtime/redis/port'
import type { Clock } from '@payout/runtime/service/clock'
import type { Codec } from '@payout/schemas/codec'
import type { AnswerPolicy } from './gateway/answer-meaning.ts'
import type { Gateway } from './gateway/gateway.ts'
import type { EgressMetrics } from './metrics.ts'
import type { PartnerBreakers } from './plan/partner-breakers.ts'
import type { RetryDelays } from './plan/retry-delay.ts'
import type { Slots } from './plan/slots.ts'
import type { EvidenceStore } from './return-file/evidence-folder.ts'
import type { PartnerStops } from './stops/partner-stops.ts'

/** What egress's work stands on, handed to it by app.ts. */
export interface EgressParts {
  readonly namespace: string
  readonly codec: Codec
  readonly stateStore: Pick<StateStore, 'claims'>
  readonly gateway: Gateway
  readonly evidence: EvidenceStore
  readonly readFile: typeof readReturnFile
  /** How many there are, for rows that belong to another one. */
  readonly lanes: number
  /** Whether the partners file has this alias. */
  readonly knowsPartner: (alias: string) => boolean
  /** The slots of each partner, by alias. */
  readonly limits: Slots
  /** The slot for return files: in a process one at a time is fetched and read. */
  readonly files: Slots
  readonly breakers: PartnerBreakers
  /** Which partners are stopped. */
  readonly stops: PartnerStops
  readonly clock: Clock
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  readonly metrics: EgressMetrics
  readonly settings: EgressSettings
  /** From 0 to 1, for the jitter of delays. */
  readonly random: () => number
}

export interface EgressSettings extends AnswerPolicy {
  readonly retry: RetryDelays
  /** So many requests of one partner may wait for a slot in a lane before they are written to `gateway.attempts` as waiting. */
  readonly queuedPerPartner: number
  /** Requests that a lane has read and not yet decided about. */
  readonly undecided: number
  /** Bytes of waiting and open requests above which a lane reads no new ones. */
  readonly heldBytes: number
}
