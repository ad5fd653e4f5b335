/** One Kafka and one Redis for all test files of a run: each file has a namespace of its own. */
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    brokers: string[]
    redisUrl: string
  }
}

let provisioned: Provisioned | undefined

export async function setup(project: TestProject): Promise<void> {
  provisioned = await provision({
    kafkaSettings: { 'group.min.session.timeout.ms': '1000' },
    progress: (message) => process.stderr.write(`${message}\n`),
  })
  process.stderr.write(`Kafka: ${provisioned.how.kafka}; Redis: ${provisioned.how.redis}\n`)
  project.provide('brokers', [...provisioned.kafka.brokers])
  project.provide('redisUrl', provisioned.redis.url)
}

export async function teardown(): Promise<void> {
  await provisioned?.stop()
}
