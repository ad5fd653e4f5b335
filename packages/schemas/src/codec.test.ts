import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { currentSchema, readableFromJson, readableSchema, recordNames } from './avro/schema-catalog.ts'
import {
  Codec,
  InvalidRecordError,
  NotAvroError,
  type RegistryIds,
  UnexpectedRecordError,
  UnknownSchemaError,
} from './codec.ts'
import type { PayoutRequested } from './generated/records.ts'
import vectors from './testing/fastavro-vectors.json' with { type: 'json' }
import { fromPlain } from './testing/plain-record.ts'
import { anyRecord } from './testing/record-arbitrary.ts'

const FIRST_ID = 1000
const registry: RegistryIds = {
  idOf: (name) => FIRST_ID + recordNames.indexOf(name),
  schemaOf: (id) => {
    const name = recordNames[id - FIRST_ID]
    return name && readableSchema(currentSchema(name).fingerprint)
  },
}
const plain = new Codec()
const confluent = new Codec(registry)

const PAYOUT: PayoutRequested = {
  payoutId: 'order-1',
  partner: 'acme',
  payer: null,
  payeeAccount: 'payee@example.com',
  payeeName: 'Li',
  amountFen: 1,
  memo: '',
  requestedAt: 0,
}
const PAYOUT_BYTES = plain.encode('payout.PayoutRequested', PAYOUT)
/** 2^62 - 1 in zigzag: nine bytes. */
const HUGE = Buffer.from('feffffffffffffff7f', 'hex')

describe('a record', () => {
  it('is read as it was written, in both framings, by codecs with and without a registry', () => {
    fc.assert(
      fc.property(anyRecord, ({ name, value }) => {
        const single = plain.encode(name, value)
        const framed = confluent.encode(name, value)
        expect(single.subarray(0, 2).toString('hex')).toBe('c301')
        expect(framed[0]).toBe(0)
        expect(framed.readUInt32BE(1)).toBe(registry.idOf(name))
        expect(framed.subarray(5).equals(single.subarray(10))).toBe(true)
        for (const read of [
          plain.decode(single, [name]),
          confluent.decode(single, [name]),
          confluent.decode(framed, recordNames),
        ]) {
          expect(read.name).toBe(name)
          expect({ ...read.value }).toEqual({ ...value })
        }
      }),
    )
  })

  it.each(vectors)("$name: read and written byte for byte as by Python's fastavro", ({ name, record, bytes }) => {
    const known = recordNames.find((candidate) => candidate === name) ?? expect.fail(`${name} is gone`)
    const read = plain.decode(Buffer.from(bytes, 'hex'), [known])
    expect(JSON.parse(JSON.stringify(read.value))).toEqual(JSON.parse(JSON.stringify(fromPlain(record))))
    expect(plain.encode(read.name, read.value).toString('hex')).toBe(bytes)
  })

  it.each([1_048_576 - 40, 1_048_576, 3_000_000])('with %i bytes of text is written whole, and by itself', (length) => {
    const large = { ...PAYOUT, memo: 'm'.repeat(length) }
    const bytes = plain.encode('payout.PayoutRequested', large)
    expect(plain.encode('payout.PayoutRequested', PAYOUT)).toEqual(PAYOUT_BYTES)
    expect(plain.decode(bytes, recordNames).value).toMatchObject(large)
    expect(confluent.encode('payout.PayoutRequested', large).subarray(5).equals(bytes.subarray(10))).toBe(true)
  })

  it('without a value is refused', () => {
    expect(() => plain.decode(null, recordNames)).toThrow(NotAvroError)
  })

  it('cut off anywhere, or with anything behind it, is refused', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 }), ({ name, value }, at, rest) => {
        const bytes = plain.encode(name, value)
        expect(() => plain.decode(bytes.subarray(0, at % bytes.length), [name])).toThrow(NotAvroError)
        expect(() => plain.decode(Buffer.concat([bytes, rest]), [name])).toThrow(NotAvroError)
      }),
    )
  })

  it('of random bytes is read, or refused as no Avro, and nothing else happens', () => {
    const heads = vectors.map(({ bytes }) => Buffer.from(bytes.slice(0, 20), 'hex'))
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 200 }), (head, body) => {
        try {
          plain.decode(Buffer.concat([head, body]), recordNames)
        } catch (error) {
          expect(error).toBeInstanceOf(NotAvroError)
        }
      }),
    )
  })

  it('that announces more than it holds is refused before anything is read of it', () => {
    const none = plain.encode('payout.PayoutBatchRequested', {
      partner: 'acme',
      payer: null,
      lines: [],
      requestedAt: null,
    })
    const bomb = Buffer.concat([none.subarray(0, -2), HUGE])
    expect(() => plain.decode(bomb, ['payout.PayoutBatchRequested'])).toThrow(
      'announces more items than there are bytes',
    )
    const text = Buffer.concat([PAYOUT_BYTES.subarray(0, 10), HUGE])
    expect(() => plain.decode(text, ['payout.PayoutRequested'])).toThrow('PayoutRequested.payoutId is cut off')
  })

  it('with text that is no UTF-8 is refused, not changed', () => {
    const bytes = Buffer.from(PAYOUT_BYTES)
    bytes[bytes.indexOf('Li')] = 0xff
    expect(() => plain.decode(bytes, ['payout.PayoutRequested'])).toThrow('PayoutRequested.payeeName is no UTF-8')
  })

  it('of another name than the topic may hold is refused', () => {
    expect(() => plain.decode(PAYOUT_BYTES, ['payout.PayoutDecided'])).toThrow(
      new UnexpectedRecordError('payout.PayoutRequested', ['payout.PayoutDecided']),
    )
  })

  it.each(['', '00', 'c3', 'c301', 'c3020000000000000000', '0000000001', '7b22', 'ffffffffff'])(
    '%s is told apart by its first bytes',
    (hex) => {
      const unknown = hex === '0000000001'
      expect(() => confluent.decode(Buffer.from(hex, 'hex'), recordNames)).toThrow(
        unknown ? UnknownSchemaError : NotAvroError,
      )
    },
  )

  it('of an unknown schema is refused with its fingerprint or id, and says what to do', () => {
    const fingerprint = Buffer.from('c3018f5c393f1ad5757200', 'hex')
    expect(() => plain.decode(fingerprint, recordNames)).toThrow('7275d51a3f395c8f')
    const id = Buffer.from('0000000001aa', 'hex')
    expect(() => confluent.decode(id, recordNames)).toThrow('upgrade this service before the writer')
    expect(() => plain.decode(id, recordNames)).toThrow('SCHEMA_REGISTRY_URL')
  })
})

describe('long', () => {
  const huge = (field: 'amountFen' | 'requestedAt'): Buffer => {
    const at = { amountFen: PAYOUT_BYTES.length - 4, requestedAt: PAYOUT_BYTES.length - 1 }[field]
    return Buffer.concat([PAYOUT_BYTES.subarray(0, at), HUGE, PAYOUT_BYTES.subarray(at + 1)])
  }

  it.each(['amountFen', 'requestedAt'] as const)(
    '%s beyond 2^53 is read as a number that is no safe integer',
    (field) => {
      const { value } = plain.decode(huge(field), ['payout.PayoutRequested'])
      expect(value[field]).toBe(2 ** 62)
      expect(Number.isSafeInteger(value[field])).toBe(false)
      expect({ ...value, [field]: PAYOUT[field] }).toEqual({ ...PAYOUT })
    },
  )

  it.each([2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY])('%s is not written', (amount) => {
    expect(() => plain.encode('payout.PayoutRequested', { ...PAYOUT, amountFen: amount })).toThrow('amountFen')
    expect(() => plain.encode('payout.PayoutRequested', { ...PAYOUT, requestedAt: amount })).toThrow('requestedAt')
  })

  it.each([2 ** 53 - 1, -(2 ** 53 - 1), 0, 2 ** 31, -(2 ** 31)])('%s is written and read', (amount) => {
    const bytes = plain.encode('payout.PayoutRequested', { ...PAYOUT, amountFen: amount, requestedAt: amount })
    const { value } = plain.decode(bytes, ['payout.PayoutRequested'])
    expect([value.amountFen, value.requestedAt]).toEqual([amount, amount])
  })
})

describe('a value that is not written', () => {
  const refusal = (value: unknown): InvalidRecordError => {
    try {
      plain.encode('payout.PayoutRequested', value as PayoutRequested)
    } catch (error) {
      if (error instanceof InvalidRecordError) return error
      throw error
    }
    return expect.fail('it was written')
  }

  it('is named by its fields; neither the message nor a cause holds a value', () => {
    const error = refusal({ ...PAYOUT, payeeName: 4711, payeeAccount: ['secret@example.com'], partner: undefined })
    expect(error.message).toBe(
      "a payout.PayoutRequested can't be written: wrong or missing partner, payeeAccount, payeeName",
    )
    expect(error.cause).toBeUndefined()
  })

  it('has half a surrogate pair, which UTF-8 can not hold', () => {
    for (const name of ['a\ud800', `${'long '.repeat(50)}\udc00`])
      expect(refusal({ ...PAYOUT, payeeName: name }).message).toContain('missing payeeName')
  })

  it('is no record at all', () => {
    for (const value of [undefined, null, 'text', []]) expect(refusal(value)).toBeInstanceOf(InvalidRecordError)
  })

  it('U+FFFD itself is written', () => {
    const bytes = plain.encode('payout.PayoutRequested', { ...PAYOUT, memo: '\ufffd' })
    expect(plain.decode(bytes, ['payout.PayoutRequested']).value.memo).toBe('\ufffd')
  })
})

describe('a schema of another release', () => {
  const other = (change: (fields: { name: string; type: unknown; default?: unknown }[]) => void): string => {
    const schema = JSON.parse(currentSchema('payout.PayoutRequested').json)
    change(schema.fields)
    return JSON.stringify(schema)
  }

  it('is read into the shape of this one: what it lacks has the default, what it has more is left out', () => {
    // "memo" is taken away, "note" is added in its place: the bytes are those of the current schema.
    const json = other((fields) => {
      fields[fields.findIndex(({ name }) => name === 'memo')] = { name: 'note', type: 'string', default: '' }
    })
    const bytes = plain.encode('payout.PayoutRequested', { ...PAYOUT, memo: 'of the other one' })
    expect({ ...(readableFromJson(json)?.read(bytes.subarray(10)) ?? {}) }).toEqual({ ...PAYOUT, memo: '' })
  })

  it('keeps numbers beyond 2^53 readable', () => {
    const json = other((fields) => fields.push({ name: 'more', type: 'boolean', default: false }))
    const at = PAYOUT_BYTES.length - 4
    const body = Buffer.concat([PAYOUT_BYTES.subarray(10, at), HUGE, PAYOUT_BYTES.subarray(at + 1), Buffer.of(1)])
    expect(readableFromJson(json)?.read(body)).toMatchObject({ amountFen: 2 ** 62 })
  })

  it('is refused where it is no record of ours, or can not be read as the one of its name', () => {
    expect(readableFromJson('{"type":"record","name":"other.Thing","fields":[]}')).toBeUndefined()
    expect(() => readableFromJson(other((fields) => fields.splice(0, 1)))).toThrow()
    expect(() => readableFromJson('{"type":"nothing"}')).toThrow()
  })
})
