import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { crashRun } from './crash-run.ts'

/** The same every time, so that a failure is a change of the code; the full test takes others (npm run crash -- --seed N). */
const SEED = Number(process.env.CRASH_SEED ?? 20)

let servers: Provisioned

beforeAll(async () => {
  servers = await provision({ prefer: 'processes', kafkaSettings: { 'group.min.session.timeout.ms': '1000' } })
}, 180_000)

afterAll(() => servers?.stop())

it(`200 payouts, 6 agreements and 9 return files end in exactly one outcome each, while services, Kafka and Redis are killed (seed ${SEED})`, async () => {
  const report = await crashRun({
    servers,
    seed: SEED,
    payouts: 200,
    agreements: 6,
    killForMs: 12_000,
    killEveryMs: 400,
    restartServers: true,
    settleMs: 150_000,
    say: (message) => process.stderr.write(`${message}\n`),
  })
  expect(report.faults).toEqual([])
  expect(Object.keys(report.kills).sort()).toEqual(['gateway-egress', 'gateway-ingress', 'reconciler', 'signer'])
}, 300_000)
