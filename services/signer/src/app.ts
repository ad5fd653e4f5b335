import type { Clock } from '@payout/runtime/clock'
import type { EventLog, TaskConsumer } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import type { Partners } from '@payout/runtime/partners/partners'
import { DomainEventWriter } from '@payout/runtime/record/domain-event'
import type { StateStore } from '@payout/runtime/redis/port'
import type { Switches } from '@payout/runtime/switches/switches'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import { type StartTasksDependencies, startTasks } from '@payout/runtime/task/start-tasks'
import { Codec } from '@payout/schemas/codec'
import { runAgreementTask } from './agreement/agreement-task.ts'
import type { SignerMetrics } from './metrics.ts'
import { EgressLag } from './payout/egress-lag.ts'
import type { PayoutRules } from './payout/payout-check.ts'
import { runPayoutTask } from './payout/payout-task.ts'
import { RequestSigner } from './payout/request-signer.ts'
import type { SignerDependencies, SignerSettings } from './signer-dependencies.ts'
import { runToSignTask } from './to-sign/to-sign-task.ts'
import { GROUP, SIGNER_TASKS } from './topology.ts'

export interface SignerAppDependencies {
  readonly log: EventLog
  readonly stateStore: Pick<StateStore, 'claims' | 'checkpoints' | 'rebuild'>
  /** Whoever made them closes them when the signer has stopped. */
  readonly switches: Pick<Switches, 'known' | 'untilKnown'>
  readonly partners: Partners
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: SignerMetrics
  readonly settings: SignerSettings & Pick<PayoutRules, 'defaultMemo'>
  /** How values are framed; single-object encoding where it is not given. */
  readonly codec?: Codec
  /** Who looks at the topics; without it nobody does. */
  readonly topics?: StartTasksDependencies['topics']
}

/**
 * Builds the signer from its dependencies and starts it: one task for each partition of each input topic.
 * @returns the consumer, whose `stop` ends the tasks gracefully.
 */
export function startSigner(app: SignerAppDependencies): Promise<TaskConsumer> {
  const { log, stateStore, switches, partners, clock, logger, metrics, settings, codec = new Codec() } = app
  const source = `/${log.namespace}/${GROUP}`
  const dependencies: SignerDependencies = {
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
  return startTasks({ log, stateStore, switches, logger, metrics, topics: app.topics }, SIGNER_TASKS, (session) =>
    runTask(session, dependencies),
  )
}

/** Each input topic has a file, which says at its top what happens to the topic's records. */
function runTask(session: CheckpointedSession, dependencies: SignerDependencies): Promise<void> {
  if (session.topics.includes('payout.commands')) return runPayoutTask(session, dependencies)
  if (session.topics.includes('agreement.commands')) return runAgreementTask(session, dependencies)
  return runToSignTask(session, dependencies)
}
