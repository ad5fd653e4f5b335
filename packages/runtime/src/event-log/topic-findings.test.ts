import { describe, expect, it } from 'vitest'
import { findingsOf, type TopicPlan, type TopicState } from './topic-findings.ts'

const plan: TopicPlan = {
  namespace: 'live',
  lanes: 12,
  keyPartitions: 6,
  replicationFactor: 3,
  minInsyncReplicas: 2,
  mode: 'production',
}

const well: TopicState = {
  partitions: 12,
  replicationFactor: 3,
  settings: {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'max.message.bytes': '4194304',
    'min.insync.replicas': '2',
    'unclean.leader.election.enable': 'false',
    'compression.type': 'producer',
  },
}

function levels(state: TopicState | undefined, mode: TopicPlan['mode'] = 'production'): string[] {
  return findingsOf({ ...plan, mode }, 'gateway.requests', state).map(({ level, message }) => `${level}: ${message}`)
}

function changed(settings: Record<string, string>): TopicState {
  return { ...well, settings: { ...well.settings, ...settings } }
}

describe('findingsOf', () => {
  it('finds nothing in a topic as the table has it', () => {
    expect(levels(well)).toEqual([])
  })

  it('names a topic that is not there', () => {
    expect(levels(undefined)).toEqual(['error: live.gateway.requests does not exist: create the topics'])
  })

  it.each<[string, TopicState]>([
    ['another number of lanes', { ...well, partitions: 11 }],
    ['compaction of what must be kept', changed({ 'cleanup.policy': 'compact' })],
    ['batches that would be refused', changed({ 'max.message.bytes': '1048588' })],
    ['two replicas', { ...well, replicationFactor: 2 }],
    ['one replica in sync', changed({ 'min.insync.replicas': '1' })],
    ['as many in sync as there are replicas', changed({ 'min.insync.replicas': '3' })],
    ['unclean leader election', changed({ 'unclean.leader.election.enable': 'true' })],
    ['a setting that was not told', { ...well, settings: { ...well.settings, 'unclean.leader.election.enable': '' } }],
  ])('refuses in production: %s', (_, state) => {
    expect(levels(state).map((finding) => finding.slice(0, 5))).toEqual(['error'])
  })

  it('takes one broker in the sandbox, but not the wrong lanes', () => {
    const small = { ...changed({ 'min.insync.replicas': '1' }), replicationFactor: 1 }
    expect(levels(small, 'sandbox')).toEqual([])
    expect(levels({ ...small, partitions: 1 }, 'sandbox')).toHaveLength(1)
  })

  it.each([
    ['below one year of what is kept without limit', { 'retention.ms': String(364 * 86_400_000) }],
    ['a limit by size', { 'retention.bytes': '1000000' }],
  ])('warns of %s', (_, settings) => {
    expect(levels(changed(settings)).map((finding) => finding.slice(0, 7))).toEqual(['warning'])
  })

  it('takes a year of what is kept without limit by default', () => {
    expect(levels(changed({ 'retention.ms': String(365 * 86_400_000) }))).toEqual([])
  })

  const commands = changed({ 'retention.ms': String(30 * 86_400_000), 'compression.type': 'uncompressed' })

  it('only warns of another number of partitions where users choose the key', () => {
    expect(findingsOf(plan, 'payout.commands', { ...commands, partitions: 6 })).toEqual([])
    expect(findingsOf(plan, 'payout.commands', commands)).toEqual([
      { topic: 'payout.commands', level: 'warning', message: 'live.payout.commands has 12 partitions instead of 6' },
    ])
  })

  it.each(['producer', 'zstd'])('warns of compression.type %s where others write, and tells the way out', (type) => {
    const state = { ...commands, partitions: 6, settings: { ...commands.settings, 'compression.type': type } }
    expect(findingsOf(plan, 'payout.commands', state)).toEqual([
      {
        topic: 'payout.commands',
        level: 'warning',
        message: `live.payout.commands has compression.type ${type} instead of uncompressed: to change it, kafka-configs.sh --bootstrap-server "$KAFKA_BROKERS" --alter --topic live.payout.commands --add-config compression.type=uncompressed`,
      },
    ])
  })

  it('warns of compression by the broker where only the pipeline writes', () => {
    expect(levels(changed({ 'compression.type': 'lz4' }))).toEqual([
      'warning: live.gateway.requests has compression.type lz4 instead of producer: to change it, kafka-configs.sh --bootstrap-server "$KAFKA_BROKERS" --alter --topic live.gateway.requests --add-config compression.type=producer',
    ])
  })
})
