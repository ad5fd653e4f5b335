import type { PayoutEvent } from '@payout/runtime/record/domain-event'
import { FakeStateStore } from '@payout/runtime/testing/fake-state-store'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeptBatches } from './known-batches/kept-batches.ts'
import { WorkingSet } from './known-batches/working-set.ts'
import { loadForRequests, makeKnown } from './payout/known-request.ts'
import { isOutcome } from './payout-state/finding.ts'
import type { PayoutState, Transition } from './payout-state/payout-state.ts'
import { standingOf } from './payout-state/standing.ts'
import { transitionOf, withTransition } from './rebuild/transition-of.ts'
import { giveRows, returned } from './testing/lane-records.ts'
import { BATCH, HOUR, ReconcilerBench } from './testing/reconciler-bench.ts'
import { returnRow } from './testing/return-fixture.ts'
import { INPUTS } from './topology.ts'

const PAYOUTS = ['p1', 'p2'] as const

/** Evidence of any kind, in any order, or a session that ends well or in a crash. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('answer' as const),
    outcome: fc.constantFrom('accepted', 'refused', 'unknown'),
    code: fc.constantFrom('ILLEGAL_ARGUMENT', 'BATCH_NO_NOT_UNIQUE', 'TRANS_NO_NOT_UNIQUE'),
    attempt: fc.integer({ min: 1, max: 3 }),
    final: fc.boolean(),
    second: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('notify' as const),
    serial: fc.constantFrom(...PAYOUTS),
    line: fc.constantFrom(
      {},
      {},
      { result: 'F' as const, reason: 'X' },
      { result: 'F' as const, reason: 'RECEIVE_USER_NOT_EXIST' },
      { account: 'li@example.com' },
      { alipaySerial: 'other1' },
    ),
    second: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('decision' as const),
    payoutId: fc.constantFrom(...PAYOUTS),
    decision: fc.constantFrom('again', 'again', 'failed', 'succeeded'),
    second: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('rows' as const),
    rows: fc.array(
      fc.record({
        serial: fc.constantFrom(...PAYOUTS, 'nobody'),
        withdrawalSerial: fc.constantFrom('w1', 'w2', 'w3'),
        amountFen: fc.constantFrom(1_234, 1_234, 1_233),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  fc.record({ kind: fc.constant('hours' as const), hours: fc.constantFrom(1, 13, 26) }),
  fc.record({
    kind: fc.constant('run' as const),
    crash: fc.constantFrom('none', 'before-commit', 'after-commit', 'second-commit'),
    visible: fc.subarray([...INPUTS], { minLength: 1 }),
    maxRecords: fc.integer({ min: 1, max: 4 }),
  }),
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

describe('what is committed', () => {
  it('S6, S8: one outcome at most, versions that grow, no event twice, the states that a rebuild makes of it, and nothing open that ends', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fc.nat(40), async (steps, lost) => {
        const bench = new ReconcilerBench()
        bench.request(PAYOUTS)
        const snapshots = [new FakeStateStore()]
        for (const one of steps) {
          await take(bench, one)
          snapshots.push(copyOf(bench.stateStore))
        }
        bench.lane.visible = INPUTS
        signSecond(bench)
        await bench.run()

        const settled = PAYOUTS.every((id) => isOutcome(bench.state(id)?.status ?? 'signed'))
        for (const key of bench.stateStore.values.keys()) expect(bench.stateStore.ends.values.has(key)).toBe(settled)

        // Redis after a failover: what it held some steps ago, or nothing.
        const rebuilt = await rebuild(bench, snapshots[lost % snapshots.length])
        for (const payoutId of PAYOUTS) {
          const mine = bench.events.filter(
            ({ name, value }) => value.payoutId === payoutId && name !== 'payout.PayoutRefused',
          )
          const versions = mine.map(({ value }) => ('version' in value ? (value.version ?? 0) : 0))
          expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b))
          const outcomes = mine.filter(
            ({ name }) => name === 'payout.PayoutSucceeded' || name === 'payout.PayoutFailed',
          )
          expect(outcomes.length).toBeLessThanOrEqual(1)
          expect(new Set(mine.map(({ value }) => value.eventId)).size).toBe(mine.length)
          const live = bench.state(payoutId)
          // Who keeps the last event alone knows how the payout stands.
          if (live) expect(mine.at(-1)?.value.standing ?? standingOf(live)).toEqual(standingOf(live))
          // A decision settles mismatches, also one that a crash has kept from being told yet.
          const isDecided = steps.some((one) => one.kind === 'decision' && one.payoutId === payoutId)
          expect(isDecided ? [] : lostMismatches(mine)).toEqual([])
          expect(summary(rebuilt.get(payoutId))).toEqual(summary(live))
          // Nothing that was said is missing. What was never said was overtaken: an older copy of Redis may know it by
          // an earlier version.
          const said = new Set(mine.flatMap((event) => transitionOf(event)?.transition ?? []).map(saidAs))
          for (const transition of live?.transitions.filter((one) => said.has(saidAs(one))) ?? [])
            expect(rebuilt.get(payoutId)?.transitions).toContainEqual(transition)
          for (const transition of rebuilt.get(payoutId)?.transitions.filter((one) => said.has(saidAs(one))) ?? [])
            expect(live?.transitions).toContainEqual(transition)
        }
        const serials = returned(bench).map(({ withdrawalSerial }) => withdrawalSerial)
        expect(new Set(serials).size).toBe(serials.length)
        const sent = bench.toSign.map(({ batchNo }) => batchNo)
        expect(new Set(sent).size).toBe(sent.length)
      }),
      { numRuns: 400 },
    )
  })
})

/** Mismatches that an event no longer tells of, though nobody has settled them. */
function lostMismatches(mine: readonly PayoutEvent[]): string[] {
  return mine.flatMap(({ value: { standing } }, index) => {
    const before = mine[index - 1]?.value.standing?.mismatches ?? []
    return before.filter((mismatch) => !standing?.mismatches.includes(mismatch))
  })
}

function saidAs({ cause, version }: Transition): string {
  return `${version} ${cause}`
}

function summary(state: PayoutState | undefined) {
  return state && { status: state.status, version: state.version, line: state.line }
}

/** What the signer does with `gateway.to-sign`. */
function signSecond(bench: ReconcilerBench): void {
  const signed = bench.lane.records('gateway.requests').length - 1
  for (const { batchNo, lines, notBefore } of bench.toSign.slice(signed))
    bench.request([], { batchNo, lines, payDate: notBefore, resubmission: true, signedAt: bench.clock.at })
}

async function take(bench: ReconcilerBench, one: Step): Promise<void> {
  const second = bench.toSign.at(-1)
  const batchNo = 'second' in one && one.second && second ? second.batchNo : BATCH
  const changes = { batchNo, resubmission: batchNo !== BATCH }
  switch (one.kind) {
    case 'answer':
      bench.answer(one.outcome as 'unknown', {
        ...changes,
        attempt: one.attempt,
        final: one.final || one.outcome !== 'unknown',
        ...(one.outcome === 'refused' ? { code: one.code } : {}),
      })
      break
    case 'notify':
      bench.notify([{ ...one.line, serial: one.serial }], { batchNo })
      break
    case 'decision':
      bench.decide(one.decision as 'again', { batchNo, payoutId: one.payoutId, serial: one.payoutId })
      break
    case 'rows':
      giveRows(
        bench,
        one.rows.map(({ withdrawalSerial, ...changes }) => returnRow(withdrawalSerial, changes)),
        { batchNo },
      )
      break
    case 'hours':
      bench.clock.at += one.hours * HOUR
      break
    case 'run':
      signSecond(bench)
      await run(bench, one)
      break
  }
}

async function run(
  bench: ReconcilerBench,
  { crash, visible, maxRecords }: Extract<Step, { kind: 'run' }>,
): Promise<void> {
  let commits = 0
  const die = () => {
    throw new Error('crash')
  }
  Object.assign(bench.dependencies.settings, { maxRecords })
  bench.lane.visible = visible
  if (crash === 'before-commit') bench.lane.beforeCommit = die
  if (crash === 'after-commit') bench.lane.afterCommit = die
  if (crash === 'second-commit')
    bench.lane.beforeCommit = () => {
      if (++commits === 2) die()
    }
  await bench.run().catch((error: unknown) => {
    if (!(error instanceof Error) || error.message !== 'crash') throw error
  })
  bench.lane.beforeCommit = () => undefined
  bench.lane.afterCommit = () => undefined
}

/** What a Redis held at this moment. */
function copyOf({ values, holders }: FakeStateStore): FakeStateStore {
  const copy = new FakeStateStore()
  for (const [key, value] of values) copy.put(key, value)
  for (const [name, key] of holders) copy.holders.set(name, key)
  return copy
}

/** The states as a rebuild makes them: what Redis still held, and all requests and events. */
async function rebuild(bench: ReconcilerBench, held = new FakeStateStore()): Promise<Map<string, PayoutState>> {
  const set = new WorkingSet(held.states, new KeptBatches(0).lane())
  for (const { value } of bench.lane.records('gateway.requests')) {
    const request = bench.codec.decode(value, ['gateway.GatewayRequest']).value
    await loadForRequests(set, [request])
    makeKnown(set, request, 25 * HOUR)
  }
  for (const event of bench.events) {
    const made = transitionOf(event)
    if (made) await set.loadPayouts([{ partner: 'acme', payoutId: made.payoutId }])
    const state = made && set.payout('acme', made.payoutId)
    const home = state?.batchNos[0]
    if (made && state && home !== undefined)
      set.payoutsOf('acme', home).set(made.payoutId, withTransition(state, made.transition))
  }
  await set.loadPayouts(PAYOUTS.map((payoutId) => ({ partner: 'acme', payoutId })))
  return new Map(
    PAYOUTS.flatMap((id) => {
      const state = set.payout('acme', id)
      return state ? [[id, state] as const] : []
    }),
  )
}
