/** `npm run topics`: compares the topics with the table of the contracts, and makes those that are missing. */
import type { TopicFinding, TopicPlan } from '@payout/runtime/event-log/topic-findings'
import type { TopicDefinition } from '@payout/schemas/topic-definition'
import { type TopicName, topicNames, topics } from '@payout/schemas/topics'
import { runningSystem, systemHelp } from '../system/command-system.ts'
import { npmCommand, runCommand } from '../terminal/command-line.ts'
import { isConfirmed } from '../terminal/confirmation.ts'
import { CommandFailedError, UsageError } from '../terminal/errors.ts'
import { shellCommand } from '../terminal/shell-command.ts'
import { say } from '../terminal/speech.ts'
import { renderTable } from '../terminal/table.ts'
import { awaitWrite } from '../write/write.ts'

const command = npmCommand(
  'topics',
  'Compares the topics with what the pipeline needs, and makes those that are missing',
).addHelpText(
  'after',
  `
Settings, from the environment: LANES (12), TOPIC_PARTITIONS (12), TOPIC_REPLICAS (3), TOPIC_MIN_INSYNC_REPLICAS (2), MODE (production, which
refuses whatever could lose records; or sandbox).
${systemHelp}`,
)

command
  .command('check')
  .description('shows what is wrong with the topics; exit code 1 when anything must be put right')
  .action(async () => {
    const { checkTopics } = await import('@payout/runtime/event-log/kafkajs/admin/topic-admin')
    const { kafka, plan } = await plans()
    report(await checkTopics(kafka, plan))
  })

command
  .command('apply')
  .description('makes the topics that are not there, then checks all; changes none that exists')
  .action(async () => {
    const { checkTopics, createTopics } = await import('@payout/runtime/event-log/kafkajs/admin/topic-admin')
    const { kafka, plan } = await plans()
    const guidance = () => [
      'typing it again is safe: it makes what is missing, and changes no topic that exists. Type: npm run topics -- apply',
    ]
    const made = await awaitWrite(createTopics(kafka, plan), { what: 'every topic', guidance })
    say`${made.length === 0 ? 'all topics were there' : `made: ${made.join(', ')}`}`
    report(await checkTopics(kafka, plan))
  })

command
  .command('made-anew')
  .description('says that a topic was deleted and made anew, so that its readers begin it at its beginning; asks first')
  .argument('<topic>', 'without its namespace: payout.commands')
  .option('--yes', 'does not ask')
  .action(async (name: string, { yes }: { yes?: true }) => {
    const topic = topicNames.find((known) => known === name)
    if (!topic) throw new UsageError(`there is no topic ${name}: it is one of ${topicNames.join(', ')}`)
    if (!isInputOfSigner(topic)) {
      throw new CommandFailedError(
        `${topic} holds what is under way and what was said about it: payouts would be lost or said twice if it simply began again; see "A topic was made anew" in docs/operations.md`,
      )
    }
    if (!yes && !process.stdin.isTTY) throw new UsageError('there is no terminal to ask on: say --yes')
    const system = await runningSystem()
    const { namespace, mode: _mode, ...kafka } = system.kafka()
    const groups = topics[topic].readBy.filter((reader) => reader !== 'downstream')
    const question = `${topic} was deleted and made anew, every ${groups.join(' and ')} is stopped, and everything that stands in it now is to be processed?`
    if (!yes && !(await isConfirmed(question))) throw new CommandFailedError('nothing was changed')
    const { beginAgain } = await import('@payout/runtime/event-log/kafkajs/admin/topic-admin')
    const begun = async () => {
      for (const group of groups) await beginAgain(kafka, namespace, group, topic)
      return system.withStateStore((stateStore) => stateStore.checkpoints.forget(topic))
    }
    const guidance = () => [
      `start nothing before this was done to its end; doing it twice is harmless. Type: ${shellCommand('topics', ['made-anew', topic], [])}`,
    ]
    const what = `the beginning of ${topic} for ${groups.join(' and ')}`
    const checkpoints = await awaitWrite(begun(), { what, guidance })
    say`${groups.join(', ')} will begin ${topic} at its beginning; ${checkpoints} checkpoints are forgotten`
  })

/**
 * The signer also looks at the time stamps of these records. So an old claim never counts for a new record.
 */
function isInputOfSigner(topic: TopicName): boolean {
  const { readBy, partitions }: TopicDefinition = topics[topic]
  return readBy.includes('signer') && partitions !== 'one'
}

async function plans() {
  const { loadConfig } = await import('@payout/runtime/config/config')
  const { topicsSchema } = await import('../system/topic-settings.ts')
  const system = await runningSystem()
  const { namespace, mode, ...kafka } = system.kafka()
  const names = ['LANES', 'TOPIC_PARTITIONS', 'TOPIC_REPLICAS', 'TOPIC_MIN_INSYNC_REPLICAS', 'CLAIM_LIFE'] as const
  const config = loadConfig(topicsSchema, Object.fromEntries(names.map((name) => [name, system.setting(name)])))
  const plan: TopicPlan = {
    namespace,
    mode,
    lanes: config.LANES,
    keyPartitions: config.TOPIC_PARTITIONS,
    replicationFactor: config.TOPIC_REPLICAS,
    minInsyncReplicas: config.TOPIC_MIN_INSYNC_REPLICAS,
    claimLifeMs: config.CLAIM_LIFE,
  }
  return { kafka, plan }
}

function report(findings: readonly TopicFinding[]): void {
  if (findings.length === 0) {
    say`all ${topicNames.length} topics are as they must be`
    return
  }
  const rows = findings.map(({ level, topic, message }) => [level, topic, message])
  say`${renderTable([{ head: 'level' }, { head: 'topic' }, { head: 'what' }], rows)}`
  const errors = findings.filter(({ level }) => level === 'error').length
  if (errors > 0) throw new CommandFailedError(`${errors} findings must be put right before the services run`)
}

await runCommand(command)
