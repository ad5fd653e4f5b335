import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AvroSchema } from './avro-schema.ts'
import { bodyCheck } from './body-check.ts'

/** What is wrong with the body, or `whole`. */
function verdict(schema: AvroSchema, hex: string): string {
  try {
    bodyCheck(schema)(Buffer.from(hex, 'hex'))
    return 'whole'
  } catch (error) {
    return error instanceof Error ? error.message : expect.fail('no error')
  }
}

const LIST: AvroSchema = { type: 'record', name: 'a.List', fields: [{ name: 'next', type: ['null', 'a.List'] }] }
const PAIR: AvroSchema = {
  type: 'record',
  name: 'a.Pair',
  fields: [
    { name: 'one', type: { type: 'enum', name: 'a.Kind', symbols: ['x', 'y'] } },
    { name: 'two', type: 'a.Kind' },
  ],
}

/** Bodies by the Avro specification, "Binary Encoding". */
const CASES: readonly (readonly [what: string, schema: AvroSchema, hex: string, verdict: string])[] = [
  ['null', 'null', '', 'whole'],
  ['true', 'boolean', '01', 'whole'],
  ['2 as a boolean', 'boolean', '02', 'the value is neither true nor false'],
  ['-64 as an int', 'int', '7f', 'whole'],
  ['the largest int', 'int', 'feffffff0f', 'whole'],
  ['the smallest int', 'int', 'ffffffff0f', 'whole'],
  ['2^31 as an int', 'int', '8080808010', 'the value is longer than a number of 32 bits'],
  ['the largest long', 'long', 'feffffffffffffffff01', 'whole'],
  ['a long of 65 bits', 'long', 'feffffffffffffffff02', 'the value is longer than a number of 64 bits'],
  ['a long of 11 bytes', 'long', 'ffffffffffffffffffff01', 'the value is longer than a number of 64 bits'],
  ['a long that goes on', 'long', 'ff', 'the value is cut off'],
  ['a float', 'float', '00000000', 'whole'],
  ['half a double', 'double', '00000000', 'the value is cut off'],
  ['"foo"', 'string', '06666f6f', 'whole'],
  ['a text of -1 bytes', 'string', '01', 'the value has a negative length'],
  ['an overlong slash', 'string', '04c0af', 'the value is no UTF-8'],
  ['the same as bytes', 'bytes', '04c0af', 'whole'],
  ['the array [3, 27]', { type: 'array', items: 'long' }, '04063600', 'whole'],
  ['the same in two blocks', { type: 'array', items: 'long' }, '0206023600', 'whole'],
  ['the same as a block with its length', { type: 'array', items: 'long' }, '0304063600', 'whole'],
  ['the same with a wrong length', { type: 'array', items: 'long' }, '0306063600', 'the value announces a block of another length than it has'],
  ['an array without its end', { type: 'array', items: 'long' }, '040636', 'the value is cut off'],
  ['an array of 2^40 nulls', { type: 'array', items: 'null' }, '80808080804000', 'the value announces more items than there are bytes'],
  ['a map', { type: 'map', values: 'int' }, '0202610200', 'whole'],
  ['a map with a key of no UTF-8', { type: 'map', values: 'int' }, '0202ff0200', 'the value is no UTF-8'],
  ['four bytes', { type: 'fixed', name: 'a.F', size: 4 }, '01020304', 'whole'],
  ['the second branch', ['null', 'string'], '020261', 'whole'],
  ['a third of two branches', ['null', 'string'], '04', "the value names a choice that its schema doesn't have"],
  ['branch -1', ['null', 'string'], '01', "the value names a choice that its schema doesn't have"],
  ['a record with a type by name', PAIR, '0002', 'whole'],
  ['a symbol too many', PAIR, '0004', "Pair.one names a choice that its schema doesn't have"],
  ['a record in itself', LIST, '020200', 'whole'],
  ['a record in itself without end', LIST, '0202', 'List.next is cut off'],
  ['a byte too many', 'int', '0000', '1 bytes are left behind the last field'],
] // biome-ignore format: a table

describe('the body of a record', () => {
  it.each(CASES)('%s', (_, schema, hex, expected) => {
    expect(verdict(schema, hex)).toBe(expected)
  })

  it('may hold any text that a strict decoder reads, and no other', () => {
    const strict = new TextDecoder('utf-8', { fatal: true })
    const text = fc.string({ unit: 'binary', maxLength: 100 }).map((some) => Buffer.from(some))
    const spoilt = fc.tuple(text, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
      const other = Buffer.from(bytes)
      if (other.length > 0) other[at % other.length] = byte
      return other
    })
    fc.assert(
      fc.property(fc.oneof(text, spoilt), (bytes) => {
        const length = bytes.length * 2
        const varint = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7]
        const isText = () => {
          try {
            return strict.decode(bytes) !== undefined
          } catch {
            return false
          }
        }
        const body = Buffer.concat([Buffer.from(varint), bytes]).toString('hex')
        expect(verdict('string', body)).toBe(isText() ? 'whole' : 'the value is no UTF-8')
      }),
      { numRuns: 2_000 },
    )
  })
})
