import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'

function client(brokers: string[]): Kafka {
  return new Kafka({ clientId: 'provision-test', brokers, logLevel: logLevel.NOTHING, retry: { retries: 10 } })
}

/** Creates a topic of one partition with `replicas` copies, writes one record to it, and gives the topic's name. */
export async function writeToNewTopic(brokers: string[], value: string | Buffer, replicas = 1): Promise<string> {
  const topic = `t-${randomUUID()}`
  const kafka = client(brokers)
  const admin = kafka.admin()
  const producer = kafka.producer({ idempotent: true })
  await Promise.all([admin.connect(), producer.connect()])
  const configEntries = [{ name: 'max.message.bytes', value: String(4 * 1024 * 1024) }]
  await admin.createTopics({
    topics: [{ topic, numPartitions: 1, replicationFactor: replicas, configEntries }],
    waitForLeaders: true,
  })
  await producer.send({ topic, acks: -1, messages: [{ value }] })
  await Promise.all([admin.disconnect(), producer.disconnect()])
  return topic
}

/** The first record of a topic, read by a group of its own. */
export async function readFirst(brokers: string[], topic: string): Promise<Buffer | null> {
  const consumer = client(brokers).consumer({ groupId: `g-${randomUUID()}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const first = await new Promise<Buffer | null>((resolve, reject) => {
    consumer.run({ eachMessage: async ({ message }) => resolve(message.value) }).catch(reject)
  })
  await consumer.disconnect()
  return first
}

/** What Redis answers to one command, without the line break: `+PONG`, or `$5\r\nhello` for a value. */
export function askRedis(url: string, ...command: string[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () =>
      socket.write(`*${command.length}\r\n${parts.join('')}`),
    )
    socket.once('error', reject)
    socket.once('data', (reply) => {
      socket.destroy()
      resolve(reply.toString().trimEnd())
    })
  })
}
