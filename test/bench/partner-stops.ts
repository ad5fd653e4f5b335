/**
 * `npm run bench:stops -- [--rounds 20] [--processes 3]`: from the acknowledgement of `partner stop` until each
 * process of egress goes by it, and the last call for that partner that Alipay's stand-in gets after the
 * acknowledgement, while payouts of the partner are asked for all the time. The same for `partner go`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { letPartnerGo, stopPartner } from '@payout/cli/write/partner-switches'
import { provision } from '@payout/sandbox/provision/provision'
import { Codec } from '@payout/schemas/codec'
import { ask, payout } from '../system/actors/commands.ts'
import { metricOf } from '../system/admin.ts'
import { type System, startSystem } from '../system/system.ts'
import { quantile } from './one-broker.ts'

const SHOP = 'shop-md5-utf8'
const LOOK_MS = 10
/** Longer than a stop may take: what is called after that is counted too. */
const WATCH_MS = 3_000

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, processes: { type: 'string', default: '3' } },
})
const [rounds, processes] = [Number(values.rounds), Number(values.processes)]
if (![rounds, processes].every((number) => Number.isInteger(number) && number >= 1))
  throw new Error('npm run bench:stops -- [--rounds 20] [--processes 3]')

const codec = new Codec()
const clock = { now: () => Date.now() }
const word = { by: 'bench', why: 'a measurement' }

/** Milliseconds until each process shows that the partner is stopped, or that it goes. */
function untilShown(system: System, isStopped: boolean): Promise<number[]> {
  const began = performance.now()
  return Promise.all(
    system.services['gateway-egress'].map(async (egress) => {
      const shown = async () => (await metricOf(egress, 'switches_stopped', `partner="${SHOP}"`)) === 1
      while ((await shown()) !== isStopped) await sleep(LOOK_MS)
      return performance.now() - began
    }),
  )
}

function line(what: string, milliseconds: readonly number[]): string {
  const [median, worst] = [quantile(milliseconds, 0.5), Math.max(...milliseconds)].map(Math.round)
  return `${what}: median ${median} ms, worst ${worst} ms of ${milliseconds.length}\n`
}

async function measure(system: System): Promise<void> {
  const [stops, goes, lastCalls]: [number[], number[], number[]] = [[], [], []]
  let isOver = false
  const asking = (async () => {
    for (let at = 0; !isOver; at++) {
      await ask(system, payout(`p${at}`, { partner: SHOP }))
      await sleep(20)
    }
  })()
  for (let round = 0; round < rounds; round++) {
    await sleep(500)
    await stopPartner(system.log, codec, SHOP, word, clock)
    const stoppedAt = Date.now()
    stops.push(...(await untilShown(system, true)))
    await sleep(WATCH_MS)
    const calls = (await system.gateway.requests({ alias: SHOP })).filter(({ at }) => at > stoppedAt)
    lastCalls.push(Math.max(0, ...calls.map(({ at }) => at - stoppedAt)))
    await letPartnerGo(system.log, codec, SHOP, word, clock)
    goes.push(...(await untilShown(system, false)))
  }
  isOver = true
  await asking
  process.stdout.write(`${rounds} rounds, ${processes} processes of egress\n`)
  process.stdout.write(line('stop, until a process goes by it', stops))
  process.stdout.write(line('last call after the acknowledgement of a stop', lastCalls))
  process.stdout.write(line('go, until a process goes by it', goes))
}

const servers = await provision({
  prefer: 'processes',
  light: true,
  progress: (message) => process.stderr.write(`${message}\n`),
})
try {
  const { kafka, redis } = servers
  const system = await startSystem({
    brokers: kafka.brokers,
    redisUrl: redis.url,
    lanes: 6,
    count: { 'gateway-egress': processes },
    processes: ['gateway-egress'],
  })
  try {
    await measure(system)
  } finally {
    await system.stop()
  }
} finally {
  await servers.stop()
}
