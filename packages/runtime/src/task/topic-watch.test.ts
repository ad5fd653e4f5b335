import type { TopicName } from '@payout/schemas/topics'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LogUnavailableError } from '../event-log/errors.ts'
import type { TopicState } from '../event-log/topic-findings.ts'
import { TopicWatch, topicsOf } from './topic-watch.ts'

const TOPICS: TopicName[] = ['gateway.requests', 'gateway.answers']

function state(partitions = 3, settings: Record<string, string> = {}): TopicState {
  const standard = {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'max.message.bytes': '4194304',
    'compression.type': 'producer',
  }
  return { partitions, replicationFactor: 1, settings: { ...standard, ...settings } }
}

/** A watch over two topics that a test changes. */
function watch(everyMs = 60_000) {
  const kafka: { states: Map<TopicName, TopicState> | undefined } = {
    states: new Map(TOPICS.map((topic) => [topic, state()])),
  }
  const lines: string[] = []
  const gauge = new Map<string, number>()
  const say =
    (level: string) =>
    (...[fields, message]: unknown[]) => {
      const reason = typeof fields === 'object' && fields !== null && 'reason' in fields ? `${fields.reason} ` : ''
      lines.push(`${level} ${reason}${message}`)
    }
  const key = (labels: object) => Object.values(labels).join(' ')
  const topics = new TopicWatch({
    describe: async () => {
      if (kafka.states === undefined) throw new LogUnavailableError('no answer')
      return kafka.states
    },
    demands: { namespace: 'live', mode: 'sandbox', topics: TOPICS },
    everyMs,
    logger: { info: say('info'), warn: say('warn'), error: say('error') },
    metrics: {
      set: (_name, labels, value) => void gauge.set(key(labels), value),
      remove: (_name, labels) => void gauge.delete(key(labels)),
    },
  })
  onTestFinished(() => topics.close())
  return { topics, kafka, lines, gauge }
}

describe('the topics of a service', () => {
  it('are those that it reads or writes', () => {
    expect(topicsOf('gateway-ingress')).toEqual(['gateway.notifies', 'gateway.forms'])
    expect(topicsOf('gateway-egress')).toEqual(
      expect.arrayContaining(['gateway.requests', 'gateway.to-sign', 'gateway.attempts', 'gateway.answers']),
    )
  })

  it('are waited for when it is not safe to go on, with all that is wrong, and gone on with when they are put right', async () => {
    const { topics, kafka, lines, gauge } = watch()
    kafka.states = new Map([['gateway.requests', state(3, { 'cleanup.policy': 'compact', 'max.message.bytes': '1' })]])
    const unfit = await topics.look()
    expect(unfit).toMatchObject({ code: 'LOG_TOPICS_UNFIT' })
    expect(unfit?.message).toMatch(/live\.gateway\.answers does not exist/)
    expect(unfit?.message).toMatch(
      /live\.gateway\.requests has cleanup\.policy compact instead of delete.*--add-config cleanup\.policy=delete/,
    )
    expect(unfit?.message).not.toContain('max.message.bytes')
    expect(topics.unfit).toBe(unfit)
    expect(gauge).toEqual(
      new Map([
        ['gateway.requests compacted', 2],
        ['gateway.requests small-batches', 1],
        ['gateway.answers missing', 2],
      ]),
    )
    await topics.look()
    expect(lines).toHaveLength(3)
    kafka.states = new Map(TOPICS.map((topic) => [topic, state()]))
    expect(await topics.look()).toBeUndefined()
    expect(gauge.size).toBe(0)
    expect(lines.slice(3).map((line) => line.split(' ')[0])).toEqual(['info', 'info', 'info'])
  })

  it('are gone on with when there is only something to be said', async () => {
    const { topics, kafka, lines, gauge } = watch()
    kafka.states?.set('gateway.answers', state(3, { 'compression.type': 'zstd' }))
    expect(await topics.look()).toBeUndefined()
    expect([lines, [...gauge]]).toEqual([
      ['warn compression a topic is not as it should be'],
      [['gateway.answers compression', 1]],
    ])
  })

  it('must not get more partitions while a process runs, also where all of them do', async () => {
    const { topics, kafka } = watch()
    await topics.look()
    kafka.states?.set('gateway.answers', state(4))
    expect((await topics.look())?.message).toMatch(
      /answers had 3 partitions when this process was started, and has 4 now/,
    )
    kafka.states?.set('gateway.requests', state(4))
    expect((await topics.look())?.message).toMatch(
      /requests had 3 partitions[\s\S]*answers had 3 partitions|answers had 3 partitions[\s\S]*requests had 3/,
    )
  })

  it('stay as they were while Kafka is away', async () => {
    const { topics, kafka, lines } = watch(5)
    await topics.look()
    topics.begin()
    const away = kafka.states
    kafka.states = undefined
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect([topics.unfit, lines]).toEqual([undefined, []])
    kafka.states = away
    away?.delete('gateway.answers')
    await topics.until(true, AbortSignal.timeout(10_000))
    expect(topics.unfit?.message).toMatch(/gateway\.answers does not exist/)
    away?.set('gateway.answers', state())
    await topics.until(false, AbortSignal.timeout(10_000))
    expect(topics.unfit).toBeUndefined()
  })
})
