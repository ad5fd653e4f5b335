import type { TopicName } from '@payout/schemas/topics'
import { DAY_MS } from '@payout/schemas/units'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allFindings, findingsOf, type TopicPlan, type TopicState } from './topic-findings.ts'
import { TOPIC_RULES } from './topic-rules.ts'

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
    expect(levels(undefined)).toEqual([
      'error: live.gateway.requests does not exist, or this user may not see it: create the topics (npm run topics -- apply), or give DESCRIBE on it',
    ])
  })

  it.each<[string, TopicState]>([
    ['another number of lanes', { ...well, partitions: 11 }],
    ['a limit by size', changed({ 'retention.bytes': '1000000' })],
    ['less than a rebuild needs', changed({ 'retention.ms': String(31 * 86_400_000 - 1) })],
    ['deletion beside compaction', changed({ 'cleanup.policy': 'compact,delete' })],
    ['no policy that is known', changed({ 'cleanup.policy': '' })],
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
    ['just enough for a rebuild', { 'retention.ms': String(31 * 86_400_000) }],
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
      {
        topic: 'payout.commands',
        fault: 'key-partitions',
        level: 'warning',
        message: 'live.payout.commands has 12 partitions instead of 6',
      },
    ])
  })

  it.each(['producer', 'zstd'])('warns of compression.type %s where others write, and tells the way out', (type) => {
    const state = { ...commands, partitions: 6, settings: { ...commands.settings, 'compression.type': type } }
    expect(findingsOf(plan, 'payout.commands', state)).toEqual([
      {
        topic: 'payout.commands',
        fault: 'compression',
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

/** The faults of a topic, those that make a service wait first, with `!`. */
function faults(
  topic: TopicName,
  state: TopicState,
  mode: TopicPlan['mode'] = 'sandbox',
  claimLifeMs?: number,
): string[] {
  const found = findingsOf(
    { namespace: 'live', mode, ...(claimLifeMs === undefined ? {} : { claimLifeMs }) },
    topic,
    state,
  )
  return found.map(({ fault }) => `${TOPIC_RULES[fault].waits ? '!' : ''}${fault}`)
}

describe('what makes a service wait', () => {
  const compacted = changed({ 'cleanup.policy': 'compact' })
  const compactedWith = (settings: Record<string, string>): TopicState => ({
    ...compacted,
    settings: { ...compacted.settings, ...settings },
  })

  it.each<[string, TopicName, TopicState, string[]]>([
    ['a changelog as it must be', 'gateway.attempts', compacted, []],
    [
      'a changelog whose age was limited, and which is compacted only',
      'gateway.attempts',
      compactedWith({ 'retention.ms': '1000' }),
      [],
    ],
    [
      'a changelog that deletes by age',
      'gateway.attempts',
      compactedWith({ 'cleanup.policy': 'delete', 'retention.ms': String(7 * DAY_MS) }),
      ['!deletes'],
    ],
    [
      'a changelog that deletes by size',
      'gateway.states',
      compactedWith({ 'cleanup.policy': 'delete', 'retention.bytes': '1' }),
      ['!deletes'],
    ],
    [
      'forms that are compacted and deleted',
      'gateway.forms',
      compactedWith({ 'cleanup.policy': 'compact,delete', 'retention.ms': '1' }),
      ['!deletes'],
    ],
    [
      'the same in the other order',
      'gateway.forms',
      compactedWith({ 'cleanup.policy': 'delete, compact', 'retention.ms': '1' }),
      ['!deletes'],
    ],
    [
      'a changelog that only grows',
      'gateway.attempts',
      compactedWith({ 'cleanup.policy': 'delete' }),
      ['not-compacted'],
    ],
    ['requests that are compacted', 'gateway.requests', changed({ 'cleanup.policy': 'compact' }), ['!compacted']],
    [
      'events that are compacted, too',
      'payout.events',
      changed({ 'cleanup.policy': 'delete,compact' }),
      ['!compacted'],
    ],
    [
      'requests kept for a week',
      'gateway.requests',
      changed({ 'retention.ms': String(7 * DAY_MS) }),
      ['!kept-too-short'],
    ],
    ['requests kept by size', 'gateway.requests', changed({ 'retention.bytes': '1000' }), ['!kept-too-short']],
    [
      'answers kept for half a year',
      'gateway.answers',
      changed({ 'retention.ms': String(180 * DAY_MS) }),
      ['kept-short'],
    ],
    [
      'commands kept for a week',
      'payout.commands',
      changed({ 'retention.ms': String(7 * DAY_MS), 'compression.type': 'uncompressed' }),
      ['kept-short'],
    ],
    [
      'dead letters kept for a week',
      'payout.commands.dlq',
      changed({ 'retention.ms': String(7 * DAY_MS) }),
      ['kept-short'],
    ],
    ['small batches', 'gateway.notifies', changed({ 'max.message.bytes': '1000' }), ['small-batches']],
    ['settings that may not be seen', 'gateway.notifies', { ...well, settings: undefined }, ['unseen']],
  ])('%s', (_what, topic, state, expected) => {
    expect(faults(topic, state)).toEqual(expected)
  })

  it('is in production what could lose acknowledged records', () => {
    expect(faults('gateway.attempts', { ...compacted, replicationFactor: 1 }, 'production')).toEqual(['!unsafe'])
    expect(faults('gateway.attempts', compactedWith({ 'min.insync.replicas': '1' }), 'production')).toEqual(['!unsafe'])
    expect(faults('gateway.attempts', compactedWith({ 'min.insync.replicas': '3' }), 'production')).toEqual([
      'standstill',
    ])
    expect(
      faults('gateway.attempts', { ...compactedWith({ 'min.insync.replicas': '1' }), replicationFactor: 1 }),
    ).toEqual([])
  })

  it('is what is kept for less than claims live, and a day', () => {
    const kept = changed({ 'retention.ms': String(60 * DAY_MS) })
    expect(faults('payout.events', kept, 'sandbox', 59 * DAY_MS)).toEqual(['kept-short'])
    expect(faults('payout.events', kept, 'sandbox', 59 * DAY_MS + 1)).toEqual(['!kept-too-short'])
  })

  it('is a gateway topic with fewer partitions than the largest; nothing else is said of the others', () => {
    const gateway: TopicName[] = ['gateway.requests', 'gateway.answers', 'gateway.notifies']
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 3, maxLength: 3 }), (numbers) => {
        const states = new Map(gateway.map((topic, at) => [topic, { ...well, partitions: numbers[at] ?? 1 }]))
        const found = allFindings({ namespace: 'live', mode: 'sandbox', topics: gateway }, states)
        const most = Math.max(...numbers)
        expect(found.map(({ topic, fault }) => `${topic} ${fault}`)).toEqual(
          gateway.flatMap((topic, at) => (numbers[at] === most ? [] : [`${topic} lanes`])),
        )
        for (const { message } of found) expect(message).toContain(`--partitions ${most}`)
      }),
    )
  })

  it('is told with the way out of everything', () => {
    for (const [fault, { what, because }] of Object.entries(TOPIC_RULES))
      expect([what, because], fault).not.toContain('')
    const spoilt: TopicState = { partitions: 3, replicationFactor: 1, settings: {} }
    for (const { message } of findingsOf({ ...plan, mode: 'production' }, 'gateway.requests', spoilt))
      expect(message).toMatch(/kafka-(configs|topics|reassign-partitions)\.sh/)
  })
})
