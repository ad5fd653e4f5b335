/**
 * Topics that are not as they must be, at the start and while everything runs: services wait with words, and go on when
 * they are put right.
 */
import { createTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import { freePort } from '@payout/sandbox/provision/process/free-port'
import { qualifiedTopic, topicNames, topics } from '@payout/schemas/topics'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { addPartitions, alterTopic, deleteTopic } from '../contract/event-log/kafka-tools.ts'
import { ask, payout } from '../system/actors/commands.ts'
import { isReady, logOf, metricOf, outputOf } from '../system/admin.ts'
import { current, replace } from '../system/processes.ts'
import { type System, startSystem } from '../system/system.ts'
import { typed } from './typed-command.ts'

const LANES = 2
const SOON = { timeout: 60_000 }
const brokers = inject('brokers')
const WITH_LANES = ['signer', 'gateway-egress', 'reconciler'] as const
let system: System

beforeAll(async () => {
  const env = { KAFKA_TOPICS_EVERY: '250ms' }
  system = await startSystem({ brokers, redisUrl: inject('redisUrl'), lanes: LANES, keyPartitions: LANES, env })
})
afterAll(() => system?.stop())

const name = (topic: (typeof topicNames)[number]) => qualifiedTopic(system.namespace, topic)
const isPaid = (payoutId: string) => system.events.story(payoutId).includes('succeeded')

/** What `/health/ready` of a service says of its topics. */
async function saysOf(service: (typeof WITH_LANES)[number]): Promise<string> {
  const { admin = '' } = logOf(current(system, service)).findLast(({ msg }) => msg === 'ready') ?? {}
  const { checks } = (await (await fetch(`${admin}/health/ready`)).json()) as { checks: { topics: string } }
  return checks.topics
}

describe('topics that change while everything runs', () => {
  it('a memory that would be deleted: egress sends nothing until it is put right', async () => {
    await ask(system, payout('before'))
    await system.events.until(() => isPaid('before'), 'what came before is paid')
    const kept = { 'max.message.bytes': String(topics['gateway.attempts'].maxMessageBytes), 'retention.bytes': '-1' }
    await alterTopic(brokers, name('gateway.attempts'), {
      ...kept,
      'cleanup.policy': 'delete',
      'retention.ms': '3600000',
    })
    await expect.poll(() => saysOf('gateway-egress'), SOON).toContain('has cleanup.policy delete instead of compact')
    const egress = current(system, 'gateway-egress')
    await expect.poll(() => metricOf(egress, 'event_log_tasks'), SOON).toBe(0)
    expect(await metricOf(egress, 'topic_findings', 'topic="gateway.attempts",reason="deletes"')).toBe(2)
    expect(await isReady(current(system, 'reconciler'))).toBe(true)
    await ask(system, payout('meanwhile'))
    await expect
      .poll(async () => (await system.log.offsets('gateway.requests')).reduce((sum, { end }) => sum + end, 0), SOON)
      .toBeGreaterThan(2)
    expect(isPaid('meanwhile')).toBe(false)
    await alterTopic(brokers, name('gateway.attempts'), { ...kept, 'cleanup.policy': 'compact', 'retention.ms': '-1' })
    await system.events.until(() => isPaid('meanwhile'), 'what waited is paid')
    await expect.poll(() => isReady(egress), SOON).toBe(true)
    expect(await metricOf(egress, 'topic_findings', 'reason="deletes"')).toBe(0)
    expect(outputOf(egress).match(/"msg":"ready"/g)).toHaveLength(1)
  })

  it('more partitions: whoever has the topic waits, a command says why, and all go on when they are started with as many lanes', async () => {
    await addPartitions(brokers, [name('gateway.requests')], LANES + 1)
    for (const service of WITH_LANES)
      await expect
        .poll(() => saysOf(service), SOON)
        .toMatch(/gateway\.requests had 2 partitions when this process was started, and has 3 now/)
    expect(await saysOf('gateway-egress')).toMatch(/gateway\.attempts has 2 partitions instead of 3.*--partitions 3/)

    const env = {
      PATH: process.env.PATH,
      MODE: 'sandbox',
      NAMESPACE: system.namespace,
      KAFKA_BROKERS: brokers.join(','),
    }
    const traced = await typed('trace', ['nowhere'], env)
    expect(traced).toMatchObject({ code: 1, stdout: '' })
    expect(traced.stderr).toMatch(/gateway\.to-sign has 2 partitions instead of 3[\s\S]*\[LOG_TOPICS_UNFIT\]/)
    expect(traced.stderr).not.toMatch(/^\s+at /m)

    const others = topicNames.filter((topic) => topics[topic].partitions === 'lanes' && topic !== 'gateway.requests')
    await addPartitions(brokers, others.map(name), LANES + 1)
    await expect.poll(() => saysOf('gateway-egress'), SOON).not.toContain('instead of')
    expect(await isReady(current(system, 'gateway-egress'))).toBe(false)
    for (const service of WITH_LANES) await replace(system, service, {})
    await ask(system, payout('after'))
    await system.events.until(() => isPaid('after'), 'what came afterwards is paid')
    for (const service of WITH_LANES)
      for (const run of system.services[service]) expect(outputOf(run)).not.toContain('"level":"fatal"')
  })

  it('a topic that is gone: who starts waits for it, names it, and goes on when it is there', async () => {
    await current(system, 'signer').stop(20_000)
    await deleteTopic(brokers, name('agreement.commands.dlq'))
    const port = await freePort()
    const adding = system.add('signer', { ADMIN_PORT: String(port) })
    const health = () =>
      fetch(`http://127.0.0.1:${port}/health/ready`).then(
        (answer) => answer.text(),
        () => '',
      )
    await expect.poll(health, SOON).toContain(`${name('agreement.commands.dlq')} does not exist`)
    await createTopics(
      { brokers, clientId: 'operator', logger: system.logger },
      {
        namespace: system.namespace,
        lanes: 3,
        keyPartitions: 2,
        replicationFactor: 1,
        minInsyncReplicas: 1,
        mode: 'sandbox',
      },
    )
    await adding
    await ask(system, payout('at-last'))
    await system.events.until(() => isPaid('at-last'), 'the signer signs')
  })
})
