import type { PayoutRow } from '@payout/cli/payout-file/payout-csv'
import { fen } from '@payout/mapi/values/fen'
import type { PayoutEvent } from '@payout/runtime/record/domain-event'
import type { BookEntry } from '@payout/sandbox/alipay/books/books'
import { describe, expect, it } from 'vitest'
import { auditPayouts, type PayoutAuditSources } from './payout-audit.ts'

const source = { topic: 'gateway.notifies', partition: 0, offset: 1, line: 0, timestamp: 1 }
const BATCH = '20261121000000000000000000000001'

function row(id: string, amount = 100): PayoutRow {
  return { id, partner: 'shop', to: 'ok@example.com', name: '毛毛', amountFen: fen(amount), memo: '' }
}

function common(payoutId: string, version: number) {
  return {
    eventId: `${payoutId}-${version}`,
    payoutId,
    partner: 'shop',
    version,
    occurredAt: 1,
    seenAt: 1,
    evidence: { kind: 'notify', id: 'n', source },
    standing: null,
  } as const
}

function accepted(id: string, version = 1): PayoutEvent {
  return {
    name: 'payout.PayoutAccepted',
    value: { ...common(id, version), batchNo: BATCH, serial: id, amountFen: 100 },
  }
}

function succeeded(id: string, version = 2, amountFen = 100): PayoutEvent {
  const value = { ...common(id, version), batchNo: BATCH, serial: id, amountFen, alipaySerial: '1', completedAt: 1 }
  return { name: 'payout.PayoutSucceeded', value }
}

function failed(id: string, batchNo: string | null, reason = 'RECEIVE_USER_NOT_EXIST', version = 2): PayoutEvent {
  const value = { ...common(id, version), batchNo, serial: batchNo && id, reason, explanation: '', contentHash: null }
  return { name: 'payout.PayoutFailed', value }
}

function refused(payoutId: string): PayoutEvent {
  const { version: _, ...value } = common(payoutId, 9)
  return { name: 'payout.PayoutRefused', value: { ...value, reason: 'OTHER_CONTENT', explanation: '', heldBy: source } }
}

function entry(serial: string, over: Partial<BookEntry> = {}): BookEntry {
  return {
    serial,
    account: 'ok@example.com',
    name: '毛毛',
    amountFen: fen(100),
    memo: '',
    alias: 'shop',
    batchNo: BATCH,
    payer: 'pay@example.com',
    acceptedAt: 1,
    finishedAt: 1,
    paid: true,
    reason: '',
    alipaySerial: '1',
    ...over,
  }
}

function findings(over: Partial<PayoutAuditSources>): readonly string[] {
  const well: PayoutAuditSources = {
    asked: [row('a1')],
    malformed: 0,
    events: [accepted('a1'), succeeded('a1')],
    deadLetters: 0,
    books: [entry('a1')],
  }
  return auditPayouts({ ...well, ...over }).findings
}

describe('the audit', () => {
  it('finds nothing where every payout has one outcome and the books agree', () => {
    const unpaid = { paid: false, reason: 'RECEIVE_USER_NOT_EXIST' }
    const result = auditPayouts({
      asked: [row('a1'), row('b2'), row('c3'), row('a1'), row('a1', 200)],
      malformed: 1,
      events: [
        accepted('a1'),
        succeeded('a1'),
        accepted('b2'),
        failed('b2', BATCH),
        failed('c3', null, 'AMOUNT_LIMIT', 1),
        refused('a1'),
      ],
      deadLetters: 1,
      books: [entry('a1'), entry('b2', unpaid)],
    })
    expect(result.findings).toEqual([])
    expect(result.lost).toEqual([])
    expect(result.paidTwice).toEqual([])
    expect(result.payouts.map(({ row: { id }, repeats, conflicts, fate }) => [id, repeats, conflicts, fate])).toEqual([
      ['a1', 1, 1, { kind: 'paid' }],
      ['b2', 0, 0, { kind: 'not-paid', reason: 'RECEIVE_USER_NOT_EXIST' }],
      ['c3', 0, 0, { kind: 'not-sent', reason: 'AMOUNT_LIMIT' }],
    ])
  })

  it('names a payout whose last event stands otherwise than its outcome', () => {
    const stands = (status: 'succeeded' | 'overdue') =>
      ({ status, final: status === 'succeeded', closed: true, mismatches: [], returned: false }) as const
    const last = (status: 'succeeded' | 'overdue'): PayoutEvent => {
      const value = { ...accepted('a1', 3).value, eventId: 'later', standing: stands(status) }
      return {
        name: 'payout.PayoutAccepted',
        value: value as Extract<PayoutEvent, { name: 'payout.PayoutAccepted' }>['value'],
      }
    }
    const events = (status: 'succeeded' | 'overdue') => [accepted('a1'), succeeded('a1'), last(status)]
    expect(findings({ events: events('succeeded') })).toEqual([])
    expect(findings({ events: events('overdue') })).toEqual([
      'shop/a1 succeeded, and its last event says that it stands overdue',
    ])
  })

  it('takes an event that is written again for the same event', () => {
    expect(findings({ events: [accepted('a1'), succeeded('a1'), succeeded('a1')] })).toEqual([])
  })

  it('finds a payout by its serial where the id itself can be none', () => {
    const serial = '0'.repeat(32)
    expect(findings({ asked: [row('A1')], events: [succeeded('A1')], books: [entry(serial)] })).toContain(
      `the books hold shop/${serial}, and nobody asked for it`,
    )
  })

  it.each<[string, Partial<PayoutAuditSources>, string]>([
    ['a lost payout', { events: [accepted('a1')] }, 'shop/a1 has no outcome'],
    [
      'two outcomes',
      { events: [succeeded('a1', 1), failed('a1', BATCH)] },
      'shop/a1 has 2 outcomes: payout.PayoutSucceeded, payout.PayoutFailed',
    ],
    ['a payout that was paid twice', { books: [entry('a1'), entry('a1')] }, 'shop/a1 stands 2 times in the books'],
    ['a success without a payment', { books: [] }, 'shop/a1 succeeded, and the books know of no payment'],
    [
      'a success of a line that was not paid',
      { books: [entry('a1', { paid: false })] },
      'shop/a1 succeeded, and the books know of no payment',
    ],
    ['a failure that was paid', { events: [failed('a1', BATCH)] }, 'shop/a1 failed, and the books say paid'],
    [
      'a payment of what was never sent',
      { events: [failed('a1', null)], books: [entry('a1', { paid: false })] },
      'shop/a1 was never sent, and stands in the books',
    ],
    ['a failure without a reason', { events: [failed('a1', BATCH, '')], books: [] }, 'shop/a1 failed without a reason'],
    [
      'another amount in the event',
      { events: [succeeded('a1', 1, 200)] },
      'shop/a1 was asked for 100 fen and succeeded with 200',
    ],
    [
      'another amount in the books',
      { books: [entry('a1', { amountFen: fen(200) })] },
      'shop/a1 was asked for 100 fen, and the books say 200',
    ],
    [
      'another account in the books',
      { books: [entry('a1', { account: 'x' })] },
      'shop/a1 was paid to another account than asked',
    ],
    [
      'a payment that nobody asked for',
      { books: [entry('a1'), entry('z9')] },
      'the books hold shop/z9, and nobody asked for it',
    ],
    [
      'an event that nobody asked for',
      { events: [succeeded('a1'), succeeded('z9')] },
      'shop/z9 has an event payout.PayoutSucceeded, and nobody asked for it',
    ],
    [
      'a version that goes down',
      { events: [succeeded('a1', 2), accepted('a1', 1)] },
      'shop/a1 has version 1 after version 2',
    ],
    [
      'a version given twice',
      {
        events: [
          accepted('a1', 1),
          { ...succeeded('a1', 1), value: { ...succeeded('a1', 1).value, eventId: 'x' } } as PayoutEvent,
        ],
      },
      'shop/a1 has version 1 after version 1',
    ],
    [
      'a conflict that was not refused',
      { asked: [row('a1'), row('a1', 200)] },
      'shop/a1 was asked 1 times with other content, and 0 commands were refused',
    ],
    [
      'a refusal without a conflict',
      { events: [succeeded('a1'), refused('a1')] },
      'shop/a1 was asked 0 times with other content, and 1 commands were refused',
    ],
    ['a dead letter too few', { malformed: 1 }, '1 unreadable commands were written, and 0 dead letters came of them'],
  ])('finds %s', (_, over, finding) => {
    expect(findings(over)).toContain(finding)
  })

  it('counts what is lost and what stands twice', () => {
    const { lost, paidTwice } = auditPayouts({
      asked: [row('a1'), row('b2')],
      malformed: 0,
      events: [succeeded('a1')],
      deadLetters: 0,
      books: [entry('a1'), entry('a1')],
    })
    expect(lost.map((each) => each.row.id)).toEqual(['b2'])
    expect(paidTwice.map((each) => each.row.id)).toEqual(['a1'])
  })

  it('looks at the events alone where there are no books', () => {
    expect(findings({ books: undefined })).toEqual([])
    expect(findings({ books: undefined, events: [] })).toEqual(['shop/a1 has no outcome'])
  })
})
