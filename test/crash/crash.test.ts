import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { crashRun } from './crash-run.ts'

/**
 * A portion of the crash test (npm run crash -- --seed N is the whole of it). The seed is the same every time, so that
 * a failure is a change of the code; CRASH_SEED takes another one.
 */
const SEED = Number(process.env.CRASH_SEED ?? 36)

let servers: Provisioned

beforeAll(async () => {
  servers = await provision({
    prefer: 'processes',
    light: true,
    kafkaSettings: { 'group.min.session.timeout.ms': '1000' },
  })
}, 180_000)

afterAll(() => servers?.stop())

it(`100 payouts, 3 agreements and 9 return files end in exactly one outcome each, while services, Kafka and Redis are killed (seed ${SEED})`, async () => {
  const report = await crashRun({
    servers,
    seed: SEED,
    payouts: 100,
    agreements: 3,
    killForMs: 7_000,
    killEveryMs: 900,
    restartServers: true,
    settleMs: 150_000,
    say: (message) => process.stderr.write(`${message}\n`),
  })
  expect(report.faults).toEqual([])
  expect(Object.keys(report.kills).sort()).toEqual(['gateway-egress', 'gateway-ingress', 'reconciler', 'signer'])
}, 300_000)
