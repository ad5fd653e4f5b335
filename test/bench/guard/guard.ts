/**
 * `npm run bench:guard`: pays some bursts, and compares what a payout costs with the limits of limits.ts. It compares
 * counts, and CPU with CPU of the same minute, but no time. Exit code 1 where a payout costs more than it may.
 */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { withOneBroker } from '../one-broker.ts'
import { numberWords } from '../page/figure-words.ts'
import { type Cost, costOf } from '../pipeline/cost.ts'
import { withPipeline } from '../pipeline/measured-load.ts'
import { requestsOf, topicsOfTurns } from '../transaction-turns.ts'
import { type Limited, verdicts } from './limits.ts'

const WARM_UP = 4_000
const PAYOUTS = 6_000
const BURSTS = 3
const PARTITIONS = 6
const RECORDS = 100
const SIGNATURES = 300

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** µs of CPU of one RSA-2048 signature, now. */
function signatureCpu(): number {
  const from = process.cpuUsage()
  for (let at = 0; at < SIGNATURES; at++) sign('sha1', Buffer.from(`text ${at}`), privateKey)
  const { user, system } = process.cpuUsage(from)
  return (user + system) / SIGNATURES
}

/** What one burst has cost, by the names of the limits; CPU in signatures. */
function named(cost: Cost, signature: number): readonly (readonly [Limited, number])[] {
  const cpu = new Map(cost.cpu)
  const signatures = (program: string) => (cpu.get(program) ?? Number.NaN) / signature
  return [
    ['CPU of signer', signatures('signer')],
    ['CPU of gateway-egress', signatures('gateway-egress')],
    ['CPU of gateway-ingress', signatures('gateway-ingress')],
    ['CPU of reconciler', signatures('reconciler')],
    ['CPU of Kafka', signatures('Kafka')],
    ['CPU of Redis', signatures('Redis')],
    ['scripts in Redis', cost.redisScripts],
    ['commands in Redis', cost.redisCommands - cost.redisExpiries],
    ['commands for the ends of keys', cost.redisExpiries],
    ['bytes into Redis', cost.redisBytesIn],
    ['bytes out of Redis', cost.redisBytesOut],
    ['bytes kept in Redis', cost.redisMemory],
    // Kafka in a container keeps its logs where nobody sees them.
    ['bytes in Kafka', cost.allKafkaBytes === 0 ? Number.NaN : cost.allKafkaBytes],
  ]
}

const log = (line: string) => process.stderr.write(`  ${line}\n`)
const found = new Map<Limited, number[]>()
const add = (name: Limited, value: number) => found.set(name, [...(found.get(name) ?? []), value])

await withPipeline({ log }, async ({ load, burst }) => {
  await load.burst(WARM_UP)
  for (let at = 0; at < BURSTS; at++) {
    const before = signatureCpu()
    const measured = await burst(PAYOUTS)
    const signature = (before + signatureCpu()) / 2
    log(`${PAYOUTS} payouts; a signature costs ${numberWords(signature)} µs`)
    for (const [name, value] of named(costOf(measured), signature)) add(name, value)
  }
})
await withOneBroker(async (broker) => {
  const namespace = `bench-${randomUUID().slice(0, 8)}`
  await broker.makeTopics(namespace, PARTITIONS, topicsOfTurns)
  const requests = await requestsOf(broker, { namespace, partitions: PARTITIONS, records: RECORDS })
  add('requests of a transaction', requests.get('ours') ?? Number.NaN)
})

console.log('| what a payout costs | now | at most | |\n| --- | --: | --: | --- |')
const all = verdicts(found)
for (const { name, value, limit, isKept } of all) {
  const now = value === undefined ? 'not measured' : numberWords(value)
  console.log(`| ${name} | ${now} | ${numberWords(limit)} | ${isKept ? '' : 'TOO MUCH'} |`)
}
if (!all.every(({ isKept }) => isKept)) process.exitCode = 1
