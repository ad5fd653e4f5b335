import { agreementOf } from '@payout/cli/write/agreement-command'
import type { DomainEvent } from '@payout/runtime/record/domain-event'
import type { Agreement } from '@payout/sandbox/alipay/agreement/agreements'
import type { ReturnFileView } from '@payout/sandbox/alipay/return-file/return-files'
import { describe, expect, it } from 'vitest'
import { sampleAgreement } from '../samples/sample-agreement.ts'
import { sampleReturnFile } from '../samples/sample-return-file.ts'
import { auditAgreement, auditReturnFile } from './service-audit.ts'

const sample = sampleAgreement('shop')
const file = sampleReturnFile('shop', Date.UTC(2026, 10, 21, 3))

function said(name: string, commandId: string, eventId = `${name}-${commandId}`): DomainEvent {
  const value = { eventId, partner: 'shop', agreementId: agreementOf(sample.sign), commandId, reason: '' }
  return { name: `agreement.Agreement${name}`, value } as unknown as DomainEvent
}

const story = [said('FormReady', 'sample-sign'), said('Signed', 'sample-sign'), said('Unsigned', 'sample-unsign')]
const entry: Agreement = {
  alias: 'shop',
  account: sample.email,
  customerCode: '1',
  state: 'unsigned',
  chargeAgent: false,
  refundCharge: false,
  timesSigned: 1,
  timesUnsigned: 1,
  requests: { sign_protocol_with_partner: 1, query_customer_protocol: 1, customer_unsign: 1 },
}

describe('the audit of an agreement', () => {
  it('finds nothing where it was signed once and cancelled once, on both sides', () => {
    expect(auditAgreement(sample, story, [entry])).toEqual([])
    // Written again with the same id, it is the same event.
    expect(auditAgreement(sample, [...story, ...story], [entry])).toEqual([])
  })

  it.each<[string, DomainEvent[]]>([
    ['nothing was said', []],
    ['it was never cancelled', story.slice(0, 2)],
    ['it was cancelled twice', [...story, said('Unsigned', 'sample-unsign', 'again')]],
    ['another command had it signed', [story[0], said('Signed', 'other'), story[2]] as DomainEvent[]],
    ['something else was said too', [...story, said('OnHold', 'sample-unsign')]],
  ])('tells when %s', (_, events) => {
    expect(auditAgreement(sample, events, [entry])).toEqual([expect.stringContaining('must be told as')])
  })

  it.each<[string, Agreement[]]>([
    ['hold nothing', []],
    ['hold another account', [{ ...entry, account: 'other@example.com' }]],
    ['hold another partner', [{ ...entry, alias: 'store' }]],
    ['hold one more', [entry, { ...entry, account: 'other@example.com' }]],
    ['were signed twice', [{ ...entry, timesSigned: 2 }]],
    ['were cancelled twice', [{ ...entry, timesUnsigned: 2 }]],
    ['are still signed', [{ ...entry, state: 'signed' }]],
  ])('tells when the books %s', (_, books) => {
    expect(auditAgreement(sample, story, books)).toHaveLength(1)
  })
})

const { partner, date: fileDate, rows } = file
const total = rows.reduce((sum, { amountFen }) => sum + amountFen, 0)

function fileRead(over: object = {}): DomainEvent {
  const value = { eventId: 'file', partner, fileDate, rows: rows.length, totalFen: total, ...over }
  return { name: 'payout.PayoutReturnFileRead', value } as DomainEvent
}

function returned(index: number, over: object = {}): DomainEvent {
  const value = { ...rows[index], eventId: `row-${index}`, partner, fileDate, payoutId: null, ...over }
  return { name: 'payout.PayoutReturned', value } as unknown as DomainEvent
}

const all = [fileRead(), ...rows.map((_, index) => returned(index))]

const books: ReturnFileView[] = [
  { alias: partner, date: fileDate, rowCount: rows.length, totalFen: total, asked: 1, rows },
]

describe('the audit of a return file', () => {
  it('finds nothing where each row was reported once', () => {
    expect(rows.length).toBeGreaterThan(1)
    expect(auditReturnFile(file, all, books)).toEqual([])
    expect(auditReturnFile(file, [...all, returned(0)], books)).toEqual([])
  })

  it.each<[string, DomainEvent[]]>([
    ['the file was never read', all.slice(1)],
    ['the file was read with other totals', [fileRead({ totalFen: total + 1 }), ...all.slice(1)]],
    ['the file was read as that of another day', [fileRead({ fileDate: '20101218' }), ...all.slice(1)]],
    ['a row is missing', all.slice(0, -1)],
    ['a row was reported twice', [...all, returned(0, { eventId: 'again' })]],
    ['a row was reported with another amount', [...all.slice(0, -1), returned(rows.length - 1, { amountFen: 1 })]],
    ['a row was reported for another partner', [...all.slice(0, -1), returned(rows.length - 1, { partner: 'store' })]],
    ['something was reported that stands in no file', [...all, returned(0, { eventId: 'x', withdrawalSerial: 'X' })]],
  ])('tells when %s', (_, events) => {
    expect(auditReturnFile(file, events, books)).toHaveLength(1)
  })

  it('tells when nobody fetched it, and when the other side has another row', () => {
    expect(auditReturnFile(file, all, [])).toHaveLength(1)
    const [theirs] = books
    expect(auditReturnFile(file, all, [{ ...theirs, asked: 0 } as ReturnFileView])).toHaveLength(1)
    const [first, ...others] = rows
    const other = { ...theirs, rows: [{ ...first, serial: 'other' }, ...others] } as ReturnFileView
    expect(auditReturnFile(file, all, [other])).toHaveLength(1)
  })
})
