/**
 * The least that a service can be, as a process of its own: a consumer of kafkajs as it comes, on one topic that
 * nothing is written to. Says `ready` when it is a member of its group.
 */
import { Kafka, logLevel } from 'kafkajs'

const { BROKERS = '', TOPIC = '', GROUP = '' } = process.env
const kafka = new Kafka({ brokers: BROKERS.split(','), clientId: 'idle', logLevel: logLevel.NOTHING })
const consumer = kafka.consumer({ groupId: GROUP })
consumer.on('consumer.group_join', () => console.log('ready'))
await consumer.connect()
await consumer.subscribe({ topic: TOPIC })
await consumer.run({ eachMessage: async () => undefined })
