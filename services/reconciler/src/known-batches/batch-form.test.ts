import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../payout-state/finding.ts'
import type { PayoutState } from '../payout-state/payout-state.ts'
import { formatBatch, parseBatch } from './batch-form.ts'
import type { KnownBatch } from './known-batch.ts'

const KEY = 'acme/20261121001abcdefghijklmnopqrstu'
const OWN = '20261121001abcdefghijklmnopqrstu'

const batchNo = fc.constantFrom(OWN, '20261122001abcdefghijklmnopqrstu', '20261123001abcdefghijklmnopqrstu')
const finding: fc.Arbitrary<Finding> = fc.oneof(
  fc.constant<Finding>({ event: 'accepted' }),
  fc.record({
    event: fc.constant('succeeded' as const),
    alipaySerial: fc.option(fc.string()),
    completedAt: fc.option(fc.nat()),
  }),
  fc.record({ event: fc.constant('failed' as const), reason: fc.string(), explanation: fc.string() }),
)
const payout: fc.Arbitrary<PayoutState> = fc.record({
  status: fc.constantFrom('signed', 'accepted', 'unresolved', 'succeeded', 'failed'),
  version: fc.nat(),
  batchNos: fc.oneof(fc.constant([OWN]), fc.uniqueArray(batchNo, { minLength: 1 })),
  line: fc.record({
    serial: fc.string(),
    payeeAccount: fc.string({ unit: 'binary' }),
    payeeName: fc.string({ unit: 'binary' }),
    amountFen: fc.maxSafeNat(),
    memo: fc.string({ unit: 'binary' }),
    contentHash: fc.string(),
    source: fc.tuple(fc.constantFrom('payout.commands', 'other'), fc.nat(), fc.maxSafeNat(), fc.nat(), fc.maxSafeNat()),
    claimedAt: fc.maxSafeNat(),
  }),
  transitions: fc.array(
    fc.record(
      {
        cause: fc.constantFrom('gateway.answers/1@0', 'gateway.notifies/1@7#2'),
        version: fc.nat(),
        batchNo,
        finding,
        mismatches: fc.array(fc.constantFrom('other-amount', 'both-lists')),
      },
      { requiredKeys: ['cause', 'version', 'batchNo', 'finding'] },
    ),
    { maxLength: 4 },
  ),
})

const known: fc.Arbitrary<KnownBatch> = fc
  .record({
    payouts: fc.uniqueArray(fc.tuple(fc.string(), payout), { selector: ([id]) => id, maxLength: 8 }),
    others: fc.uniqueArray(fc.tuple(fc.string(), fc.option(batchNo)), { selector: ([id]) => id, maxLength: 3 }),
    signedAt: fc.maxSafeNat(),
    closed: fc.boolean(),
    settled: fc.boolean(),
  })
  .map(({ payouts, others, signedAt, closed, settled }) => {
    const ids = new Set(payouts.map(([id]) => id))
    const elsewhere = others.filter(([id]) => !ids.has(id))
    return {
      batch: {
        payDate: '20261121',
        signing: 1,
        signedAt,
        closed,
        payer: { accountName: '某某公司', email: 'pay@acme.example', buyerAccountName: null },
        lines: [
          ...payouts.map(([id, { line }]) => [line.serial, id] as const),
          ...elsewhere.map(([id]) => [`serial of ${id}`, id] as const),
        ],
      },
      payouts: new Map(payouts),
      elsewhere: new Map(elsewhere.flatMap(([id, home]) => (home === null ? [] : [[id, home] as const]))),
      settled,
    }
  })

describe('a known batch in Redis', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(known, (batch) => {
        expect(parseBatch(KEY, formatBatch(KEY, batch))).toEqual(batch)
      }),
    )
  })

  it('says once what its payouts have in common', () => {
    const accepted: Finding = { event: 'accepted' }
    const [one] = fc.sample(payout, { numRuns: 1, seed: 1 })
    if (!one) throw new RangeError('no sample')
    const transitions = [{ cause: 'gateway.answers/1@0', version: 1, batchNo: OWN, finding: accepted, mismatches: [] }]
    const [sample] = fc.sample(known, { numRuns: 1, seed: 1 })
    if (!sample) throw new RangeError('no sample')
    const payouts = Array.from({ length: 50 }, (_, i) => [`p${i}`, { ...one, transitions }] as const)
    const text = formatBatch(KEY, { ...sample, payouts: new Map(payouts) })
    expect(text.split('gateway.answers/1@0')).toHaveLength(2)
    expect(text.split('{"event":"accepted"}')).toHaveLength(2)
  })

  it.each([
    'no JSON',
    'null',
    '{}',
    '[]',
    '[1,{"status":"signed"}]',
    '[3,0,{},[],[],[],[]]',
    // A place that is not in its list.
    '[2,0,{},[1],[],[],[]]',
  ])('is refused by name where something else, or a later release, wrote it: %s', (text) => {
    expect(() => parseBatch(KEY, text)).toThrow(expect.objectContaining({ code: 'RECONCILER_STATE_UNREADABLE' }))
  })
})
