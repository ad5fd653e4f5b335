import type { LogRecord } from '@payout/runtime/event-log/port'
import { Codec } from '@payout/schemas/codec'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentHash } from '../command/content-hash.ts'
import { decided, NOON, payout } from '../testing/signer-bench.ts'
import { readPayoutCommand } from './payout-command.ts'

const codec = new Codec()

function record(value: Buffer | null, changes: Partial<LogRecord> = {}): LogRecord {
  return {
    topic: 'payout.commands',
    partition: 2,
    offset: 7,
    timestamp: NOON,
    key: null,
    headers: {},
    value,
    ...changes,
  }
}

const good = codec.encode('payout.PayoutRequested', payout('p1'))
const unknownSchema = Buffer.concat([Buffer.from('c301', 'hex'), Buffer.alloc(12, 7)])

describe('what can not be read is a dead letter', () => {
  it.each([
    ['no value', record(null), 'SCHEMA_NOT_AVRO'],
    ['an empty value', record(Buffer.alloc(0)), 'SCHEMA_NOT_AVRO'],
    ['JSON', record(Buffer.from('{"payoutId":"p1"}')), 'SCHEMA_NOT_AVRO'],
    ['a schema nobody knows', record(unknownSchema), 'SCHEMA_UNKNOWN'],
    ['a body that was cut', record(good.subarray(0, -3)), 'SCHEMA_NOT_AVRO'],
    [
      'another record of ours',
      record(codec.encode('gateway.GatewayTimer', { partner: 'acme', batchNo: 'b', signing: 1, dueAt: 1 })),
      'SCHEMA_UNEXPECTED_RECORD',
    ],
    [
      'a batch without lines',
      record(
        codec.encode('payout.PayoutBatchRequested', { partner: 'acme', payer: null, lines: [], requestedAt: null }),
      ),
      'COMMAND_EMPTY',
    ],
    ['a time before the life of claims', record(good, { timestamp: NOON - 1_001 }), 'COMMAND_TOO_OLD'],
    [
      'a first time before it',
      record(good, { headers: { 'first-timestamp': String(NOON - 1_001) } }),
      'COMMAND_TOO_OLD',
    ],
    ['a first time that is no number', record(good, { headers: { 'first-timestamp': 'soon' } }), 'COMMAND_TOO_OLD'],
    [
      'an old record with a first time of today',
      record(good, { timestamp: NOON - 1_001, headers: { 'first-timestamp': String(NOON) } }),
      'COMMAND_TOO_OLD',
    ],
    ['no time stamp at all', record(good, { timestamp: -1 }), 'COMMAND_TOO_OLD'],
  ])('%s', (_what, broken, code) => {
    expect(readPayoutCommand(broken, codec, NOON - 1_000)).toMatchObject({ kind: 'dead-letter', code, record: broken })
  })

  const seconds = Math.trunc(NOON / 1_000)
  const iso = (moment: number) => new Date(moment).toISOString()
  it.each([
    [
      'seconds',
      { timestamp: seconds },
      'COMMAND_TOO_OLD',
      [
        `time stamp ${seconds}, read as milliseconds, is ${iso(seconds)}`,
        `as seconds it would be ${iso(NOON)}: write milliseconds`,
      ],
    ],
    [
      'microseconds',
      { timestamp: NOON * 1_000 },
      'COMMAND_TIME',
      [
        `${NOON * 1_000}, read as milliseconds, is no moment`,
        `as microseconds it would be ${iso(NOON)}: write milliseconds`,
      ],
    ],
    ['nanoseconds', { timestamp: NOON * 1_000_000 }, 'COMMAND_TIME', [`as nanoseconds it would be ${iso(NOON)}`]],
    [
      'milliseconds that are too old',
      { timestamp: NOON - 1_001 },
      'COMMAND_TOO_OLD',
      [iso(NOON - 1_001), `from ${iso(NOON - 1_000)} on`],
    ],
    ['none', { timestamp: -1 }, 'COMMAND_TOO_OLD', ['the record has no time stamp', `from ${iso(NOON - 1_000)} on`]],
    [
      'seconds, of a replay',
      { headers: { 'first-timestamp': String(seconds) } },
      'COMMAND_TOO_OLD',
      [`the header first-timestamp ${seconds}, read as milliseconds, is ${iso(seconds)}`, 'as seconds'],
    ],
    [
      'words, of a replay',
      { headers: { 'first-timestamp': 'soon\u001b[2K' } },
      'COMMAND_TOO_OLD',
      ['the header first-timestamp is "soon\\u{1b}[2K", which is no number'],
    ],
  ] as const)(
    'a time stamp in %s: the refusal says as what it was read, and what was expected',
    (_what, changes, code, words) => {
      const letter = readPayoutCommand(record(good, changes), codec, NOON - 1_000)
      expect(letter).toMatchObject({ kind: 'dead-letter', code })
      for (const part of words) expect('explanation' in letter ? letter.explanation : '').toContain(part)
    },
  )

  it('whatever bytes come, it never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, framed) => {
        const value = Buffer.from(bytes)
        const { kind } = readPayoutCommand(
          record(framed ? Buffer.concat([good.subarray(0, 10), value]) : value),
          codec,
          0,
        )
        expect(['dead-letter', 'single']).toContain(kind)
      }),
    )
  })
})

describe('what can be read', () => {
  it('a payout, with its coordinates and the hash of its content', () => {
    const command = readPayoutCommand(record(good), codec, NOON)
    expect(command).toMatchObject({
      kind: 'single',
      instructions: [
        {
          payoutId: 'p1',
          coordinates: { topic: 'payout.commands', partition: 2, offset: 7, line: 0, timestamp: NOON },
          contentHash: contentHash(payout('p1')),
        },
      ],
    })
  })

  it('a batch: each line has its number', () => {
    const value = codec.encode('payout.PayoutBatchRequested', {
      partner: 'acme',
      payer: 'second',
      lines: [payout('a'), payout('b')],
      requestedAt: 1,
    })
    const command = readPayoutCommand(record(value), codec, NOON)
    expect(
      command.kind === 'batch' &&
        command.instructions.map(({ payoutId, payer, coordinates }) => [payoutId, payer, coordinates.line]),
    ).toEqual([
      ['a', 'second', 0],
      ['b', 'second', 1],
    ])
  })

  it('a decision', () => {
    const decision = decided()
    expect(readPayoutCommand(record(codec.encode('payout.PayoutDecided', decision)), codec, NOON)).toMatchObject({
      kind: 'decision',
      decision,
    })
  })
})

describe('the hash of the content (S1)', () => {
  const base = payout('p1')

  it.each([
    ['partner', { ...base, partner: 'other' }],
    ['payer', { ...base, payer: 'second' }],
    ['account', { ...base, payeeAccount: 'li@example.com' }],
    ['name', { ...base, payeeName: '李四' }],
    ['amount', { ...base, amountFen: 1_235 }],
    ['memo', { ...base, memo: '' }],
  ])('another %s is another content', (_field, other) => {
    expect(contentHash(other)).not.toBe(contentHash(base))
  })

  it('the time at which upstream asked is no part of it', () => {
    expect(contentHash({ ...base, ...{ requestedAt: 5 } })).toBe(contentHash(base))
  })

  it('is never the same for two contents, wherever the text is cut', () => {
    const text = fc.string({ maxLength: 6 })
    const content = fc.record({
      partner: text,
      payer: fc.option(text),
      payeeAccount: text,
      payeeName: text,
      memo: text,
      amountFen: fc.nat(),
    })
    fc.assert(
      fc.property(content, content, (a, b) => {
        const same = (Object.keys(a) as (keyof typeof a)[]).every((field) => a[field] === b[field])
        expect(contentHash(a) === contentHash(b)).toBe(same)
      }),
    )
  })
})
