import type { AgreementEvent, DomainEvent, ReturnFileEvent } from '@payout/runtime/record/domain-event'
import { describe, expect, it } from 'vitest'
import { eventKind, eventSubject, eventWords } from './event-words.ts'

const source = { topic: 'agreement.commands', partition: 0, offset: 1, line: 0, timestamp: 1 }
const common = { eventId: 'e', partner: 'shop', occurredAt: 1, seenAt: 1 }
const agreement = {
  ...common,
  agreementId: 'a1',
  commandId: 'c1',
  version: 1,
  evidence: { kind: 'command', id: 'c', source },
} as const
const reason = { reason: 'CODE', explanation: 'in words' }
const flags = { chargeAgent: true, refundCharge: false }
const file = { ...common, fileDate: '20261120', evidence: { kind: 'return_file', id: 'f', source } } as const

const agreementEvents: [AgreementEvent, string, string][] = [
  [
    { name: 'agreement.AgreementFormReady', value: { ...agreement, url: 'https://p.example/x', expiresAt: 0 } },
    'form ready',
    'the user signs by https://p.example/x, shown once, until 1970-01-01T00:00:00.000Z',
  ],
  [
    { name: 'agreement.AgreementSigned', value: { ...agreement, ...flags } },
    'signed',
    'Alipay says that it is signed, automatic payment yes, automatic refund no',
  ],
  [
    { name: 'agreement.AgreementNotSigned', value: { ...agreement, ...flags, ...reason } },
    'not signed',
    'Alipay says that it is not signed, automatic payment yes, automatic refund no: CODE (in words)',
  ],
  [{ name: 'agreement.AgreementUnsigned', value: agreement }, 'unsigned', 'it is cancelled'],
  [{ name: 'agreement.AgreementFailed', value: { ...agreement, ...reason } }, 'failed', 'not done: CODE (in words)'],
  [
    { name: 'agreement.AgreementRefused', value: { ...agreement, ...reason } },
    'refused',
    'the command was refused: CODE (in words); nothing changed',
  ],
  [
    { name: 'agreement.AgreementOnHold', value: { ...agreement, ...reason } },
    'on hold',
    'nobody knows how it stands: CODE (in words)',
  ],
]

const fileEvents: [ReturnFileEvent, string, string][] = [
  [
    {
      name: 'payout.PayoutReturnFileRead',
      value: { ...file, fileHash: 'ab', rows: 1, totalFen: 1234, setAside: 0, problems: [], problemCount: 0 },
    },
    'return file read',
    '1 row, 12.34 yuan; kept as ab',
  ],
  [
    {
      name: 'payout.PayoutReturnFileRead',
      value: { ...file, fileHash: 'ab', rows: 2, totalFen: 1234, setAside: 1, problems: [], problemCount: 2 },
    },
    'return file read',
    '2 rows, 12.34 yuan; 1 more set aside: look at them in the file; 2 remarks about its rows; kept as ab',
  ],
  [
    {
      name: 'payout.PayoutReturnFileFailed',
      value: { ...file, ...reason, fileHash: 'ab', problems: [], problemCount: 3, againAt: 0 },
    },
    'return file failed',
    'not taken: CODE (in words); 3 problems in it; kept as ab; it is tried again at 1970-01-01T00:00:00.000Z',
  ],
  [
    {
      name: 'payout.PayoutReturnFileFailed',
      value: { ...file, ...reason, fileHash: null, problems: [], problemCount: 0, againAt: null },
    },
    'return file failed',
    'not taken: CODE (in words)',
  ],
]

describe('events in words', () => {
  it.each(agreementEvents)('says what became of an agreement: %j', (event, kind, words) => {
    expect(eventKind(event.name)).toBe(kind)
    expect(eventSubject(event)).toBe('shop/agreement/a1')
    expect(eventWords(event)).toBe(`${words} (command c1)`)
  })

  it.each(fileEvents)('says what became of a return file: %j', (event, kind, words) => {
    expect(eventKind(event.name)).toBe(kind)
    expect(eventSubject(event)).toBe('shop/return-file/20261120')
    expect(eventWords(event)).toBe(words)
  })

  it('names what came back by the withdrawal where the payout is not ours', () => {
    const value = {
      ...file,
      payoutId: null,
      version: null,
      batchNo: 'wages',
      serial: 's1',
      withdrawalSerial: 'W1',
      amountFen: 1234,
      returnedAt: 0,
      reason: '账户不存在',
      fileHash: 'ab',
      standing: null,
    }
    const theirs: DomainEvent = { name: 'payout.PayoutReturned', value }
    expect(eventSubject(theirs)).toBe('shop/return/W1')
    expect(eventWords(theirs)).toBe('12.34 yuan came back from the bank: 账户不存在; withdrawal W1, serial s1 of wages')
    expect(eventSubject({ name: 'payout.PayoutReturned', value: { ...value, payoutId: 'po1', version: 3 } })).toBe(
      'shop/po1',
    )
  })

  const payout = {
    ...common,
    payoutId: 'po1',
    version: 3,
    evidence: { kind: 'notify', id: 'n', source },
    batchNo: 'b1',
    serial: 's1',
  } as const
  const standing = {
    status: 'overdue',
    final: false,
    closed: true,
    mismatches: ['other-amount'],
    returned: false,
  } as const
  const overdue = { ...payout, dueAt: 0, reason: 'NO_NOTIFY', explanation: 'none came', standing }
  const mismatch = {
    ...payout,
    mismatch: 'other-amount',
    expected: '1 fen',
    reported: '2 fen',
    moneyMoved: true,
    amountFen: 2,
    alipaySerial: 'A1',
    standing,
  }

  it('says what stands against a payout beside what its last event says', () => {
    const words = (changes: Partial<typeof overdue>) =>
      eventWords({ name: 'payout.PayoutOverdue', value: { ...overdue, ...changes } })
    const late = 'no outcome came by 1970-01-01T00:00:00.000Z'
    expect(words({})).toBe(`${late}: NO_NOTIFY (none came); what contradicts still stands: other-amount`)
    const returned = { ...standing, mismatches: [], returned: true }
    expect(words({ standing: returned as never })).toBe(`${late}: NO_NOTIFY (none came); a bank has sent it back`)
    // As an earlier release wrote it.
    expect(words({ standing: null as never, reason: null as never, explanation: null as never })).toBe(late)
  })

  it('says of what contradicts whether money moved, how much, and what to ask Alipay for', () => {
    const words = (changes: object) =>
      eventWords({ name: 'payout.PayoutMismatched', value: { ...mismatch, ...changes } })
    const both = 'evidence contradicts: other-amount; ours: 1 fen; theirs: 2 fen'
    expect(words({})).toBe(`${both}; they say that money moved: 0.02 yuan, Alipay's serial A1`)
    expect(words({ moneyMoved: false, alipaySerial: null })).toBe(`${both}; they say that no money moved: 0.02 yuan`)
    expect(
      words({ payoutId: null, version: null, moneyMoved: null, amountFen: null, alipaySerial: null, standing: null }),
    ).toBe(`${both}; nobody knows whether money moved; batch b1, serial s1`)
  })
})
