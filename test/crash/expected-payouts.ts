import { DEMO_PARTNERS } from '@payout/sandbox/alipay/partners/sandbox-partners'
import { SeededChance } from '@payout/sandbox/alipay/seeded-chance'
import { Codec } from '@payout/schemas/codec'
import type { PayoutRequested } from '@payout/schemas/generated/records'

/** A record to be written to `payout.commands`. */
export interface PayoutCommand {
  readonly key: string
  readonly value: Buffer
}

/** One payout id of the commands, and what must become of it. */
export interface ExpectedPayout {
  readonly partner: string
  readonly payoutId: string
  readonly outcome: 'payout.succeeded' | 'payout.failed'
  /** Whether Alipay's books must hold it. */
  readonly sent: boolean
  /** What it may be paid with: two where two commands with different content raced for the id. */
  readonly amounts: readonly number[]
}

const codec = new Codec()

/** Rules for payees, each from a draw on, up to the next. */
const RULES: readonly (readonly [from: number, account: string, outcome: ExpectedPayout['outcome']])[] = [
  [0, 'ok', 'payout.succeeded'],
  [0.82, 'fail.RECEIVE_USER_NOT_EXIST', 'payout.failed'],
  [0.9, 'twice', 'payout.succeeded'],
  [0.94, 'repeated', 'payout.succeeded'],
  [0.97, 'slow.2m', 'payout.succeeded'],
]

/**
 * What upstream asks for in a crash test: single payouts and batches, for several partners, some twice, some with the
 * id of another, some that can't be paid, some that can't be read. The same seed asks for the same, in the same order.
 */
export function expectedPayouts(
  count: number,
  seed: number,
): { readonly expected: ExpectedPayout[]; readonly records: PayoutCommand[] } {
  const chance = new SeededChance(seed)
  const expected: ExpectedPayout[] = []
  const records: PayoutCommand[] = []
  const batch: PayoutRequested[] = []
  for (let n = 0; n < count; n++) {
    const { payout, outcome, sent } = onePayout(n, chance)
    const racing = sent && chance.happens(0.02, 'other-content', n)
    const other = { ...payout, amountFen: payout.amountFen + 1 }
    expected.push({
      partner: payout.partner,
      payoutId: payout.payoutId,
      outcome,
      sent,
      amounts: racing ? [payout.amountFen, other.amountFen] : [payout.amountFen],
    })
    if (chance.happens(0.3, 'in-batch', Math.floor(n / 25))) {
      // A batch command names one partner.
      if (batch[0] && batch[0].partner !== payout.partner) records.push(batchRecord(batch.splice(0)))
      batch.push(payout)
    } else {
      if (batch.length > 0) records.push(batchRecord(batch.splice(0)))
      records.push(record(payout.payoutId, payout))
    }
    // The same again by another key, so that most of them come in another partition.
    if (chance.happens(0.05, 'twice', n)) records.push(record(`again-${n}`, payout))
    if (racing) records.push(record(`other-${n}`, other))
    if (chance.happens(0.005, 'garbage', n))
      records.push({ key: `garbage-${n}`, value: Buffer.from(chance.hex('garbage', n), 'hex') })
  }
  if (batch.length > 0) records.push(batchRecord(batch))
  return { expected, records }
}

function onePayout(
  n: number,
  chance: SeededChance,
): { payout: PayoutRequested; outcome: ExpectedPayout['outcome']; sent: boolean } {
  const partner = DEMO_PARTNERS[Math.floor(chance.fraction('partner', Math.floor(n / 5)) * DEMO_PARTNERS.length)]
  const draw = chance.fraction('rule', n)
  const rule = RULES.findLast(([from]) => from <= draw)
  if (!partner || !rule) throw new RangeError('no partner, or no rule')
  const bad = chance.happens(0.01, 'bad', n)
  return {
    payout: {
      payoutId: `crash-${n}`,
      partner: partner.alias,
      payer: null,
      payeeAccount: `${rule[1]}.${n}@example.com`,
      payeeName: '常炜买家',
      amountFen: bad ? 0 : 1 + Math.floor(chance.fraction('amount', n) * 1_000_00),
      memo: '',
      requestedAt: null,
    },
    outcome: bad ? 'payout.failed' : rule[2],
    sent: !bad,
  }
}

function record(key: string, payout: PayoutRequested): PayoutCommand {
  return { key, value: codec.encode('payout.PayoutRequested', payout) }
}

function batchRecord(payouts: readonly PayoutRequested[]): PayoutCommand {
  const [first] = payouts
  if (!first) throw new RangeError('an empty batch')
  const value = codec.encode('payout.PayoutBatchRequested', {
    partner: first.partner,
    payer: null,
    lines: payouts,
    requestedAt: null,
  })
  return { key: first.payoutId, value }
}
