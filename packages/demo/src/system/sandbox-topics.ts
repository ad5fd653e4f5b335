import { RunningSystem } from '@payout/cli/system/running-system'
import { CommandFailedError } from '@payout/cli/terminal/errors'
import { TopicsLateError } from '@payout/runtime/event-log/errors'
import { createTopics } from '@payout/runtime/event-log/topic-admin'
import type { TopicPlan } from '@payout/runtime/event-log/topic-findings'
import { notReadyIn } from '@payout/sandbox/provision/start-limit'
import { environmentOf, PARTITIONS, type SystemSettings } from './programs.ts'

/**
 * Makes the topics of a system that is started here.
 * @param limitMs how long it may take until they can be used
 * @throws CommandFailedError when it takes longer; ConfigurationError, LogUnavailableError
 */
export async function makeTopics(
  base: Pick<SystemSettings, 'namespace' | 'kafkaBrokers' | 'redisUrl'>,
  limitMs: number,
): Promise<void> {
  const system = new RunningSystem({ ...process.env, ...environmentOf({ ...base, partnersFile: '' }) })
  const plan: TopicPlan = {
    namespace: base.namespace,
    mode: 'sandbox',
    lanes: PARTITIONS,
    keyPartitions: PARTITIONS,
    replicationFactor: 1,
    minInsyncReplicas: 1,
  }
  try {
    await createTopics(system.kafka(), plan, limitMs)
  } catch (error) {
    if (!(error instanceof TopicsLateError)) throw error
    throw new CommandFailedError(`the topics were ${notReadyIn(limitMs)}`, { cause: error })
  }
}
