/** Provides Kafka and Redis by the way named, says what it has as one line of JSON, and waits to be killed. */
import { provision } from '@payout/sandbox/provision/provision'

const prefer = process.argv[2] === 'docker' ? 'docker' : 'processes'
const provided = await provision({ prefer })
const pids = [...provided.kafka.nodes.map((node) => node.pid), provided.redis.pid]
process.stdout.write(`${JSON.stringify({ pids, brokers: provided.kafka.brokers, redis: provided.redis.url })}\n`)
setInterval(() => undefined, 60_000)
