import type { EventLog, TaskConsumer } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import type { Partners } from '@payout/runtime/partners/partners'
import { DomainEventWriter } from '@payout/runtime/record/domain-event'
import type { StateStore } from '@payout/runtime/redis/port'
import type { Clock } from '@payout/runtime/service/clock'
import type { Switches } from '@payout/runtime/switches/switches'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import { startTasks, type TaskParts } from '@payout/runtime/task/start-tasks'
import { Codec } from '@payout/schemas/codec'
import { takeAgreementCommands } from './agreement/agreement-commands.ts'
import { EgressLag } from './lane/egress-lag.ts'
import type { SignerMetrics } from './metrics.ts'
import { RequestSigner } from './payout/request-signer.ts'
import { signCommands } from './payout/signer.ts'
import type { SignerParts, SignerSettings } from './signer-parts.ts'
import { signForLane } from './to-sign/to-sign.ts'
import { GROUP, SIGNER_LANES } from './topology.ts'

export interface SignerOptions {
  readonly log: EventLog
  readonly stateStore: Pick<StateStore, 'claims' | 'checkpoints' | 'rebuild'>
  /** Whoever made them closes them when the signer has stopped. */
  readonly switches: Pick<Switches, 'known' | 'untilKnown'>
  readonly partners: Partners
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: SignerMetrics
  readonly settings: SignerSettings & { readonly defaultMemo: string }
  /** How values are framed; single-object encoding where it is not given. */
  readonly codec?: Codec
  /** Who looks at the topics; without it nobody does. */
  readonly topics?: TaskParts['topics']
}

/** Builds the signer out of its parts and lets it work. Each partition of each input topic is a lane of its own. */
export function startSigner(options: SignerOptions): Promise<TaskConsumer> {
  const { log, stateStore, switches, partners, clock, logger, metrics, settings, codec = new Codec() } = options
  const source = `/${log.namespace}/${GROUP}`
  const parts: SignerParts = {
    log,
    stateStore,
    switches,
    codec,
    clock,
    logger,
    metrics,
    source,
    settings,
    rules: { partner: (alias) => partners.get(alias), defaultMemo: settings.defaultMemo },
    requestSigner: new RequestSigner({ codec, clock, lanes: settings.lanes, source }),
    events: new DomainEventWriter(log, codec, source),
    egressLag: new EgressLag(log),
  }
  return startTasks({ log, stateStore, switches, logger, metrics, topics: options.topics }, SIGNER_LANES, (session) =>
    work(session, parts),
  )
}

/** Each topic has a file that tells what happens to its records. */
function work(session: CheckpointedSession, parts: SignerParts): Promise<void> {
  if (session.topics.includes('payout.commands')) return signCommands(session, parts)
  if (session.topics.includes('agreement.commands')) return takeAgreementCommands(session, parts)
  return signForLane(session, parts)
}
