import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addresses, type Field, flag, integer, oneOf, optional, text, timeSpan } from './field.ts'

const note = { description: 'something' }

/** What a field makes of a text, or what it says against it. */
function read(field: Field<unknown>, value: string | undefined): unknown {
  const result = field.safeParse(value)
  return result.success ? result.data : result.error.issues.map(({ message }) => message).join('; ')
}

describe('a field', () => {
  it('is not set, or has its default, or may be without', () => {
    expect(read(text(note), undefined)).toBe('is not set')
    expect(read(integer({ ...note, default: '7' }, { min: 0, max: 9 }), undefined)).toBe(7)
    expect(read(optional(text(note)), undefined)).toBeUndefined()
    expect(read(optional(text(note)), 'x')).toBe('x')
  })

  it('keeps its note', () => {
    expect(text({ ...note, default: 'x', secret: true }).meta()).toMatchObject({
      description: 'something',
      default: 'x',
      secret: true,
    })
    expect(optional(flag({ ...note, default: 'true' })).meta()).toMatchObject({
      description: 'something',
      unit: 'true or false',
    })
  })
})

describe('the kinds of fields', () => {
  it('text with a pattern', () => {
    const field = text(note, { pattern: /^[a-z]+$/, words: 'small letters' })
    expect(read(field, 'abc')).toBe('abc')
    expect(read(field, 'Abc')).toBe('must be small letters')
  })

  it('one of several words', () => {
    expect(read(oneOf(note, ['a', 'b']), 'b')).toBe('b')
    expect(read(oneOf(note, ['a', 'b']), 'B')).toBe('must be one of a, b')
  })

  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
    ['yes', 'must be true or false'],
    ['TRUE', 'must be true or false'],
  ])('flag: %s', (value, expected) => {
    expect(read(flag(note), value)).toBe(expected)
  })

  it.each(['', ' 1', '1.0', '1e3', '0x10', '-1', '11', '99999999999999999999', '一'])(
    'integer: refuses "%s"',
    (value) => {
      expect(read(integer(note, { min: 0, max: 10 }), value)).toBe('must be a whole number from 0 to 10')
    },
  )

  it('integer: reads what Number writes', () => {
    const field = integer(note, { min: -1000, max: 1000 })
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), (number) => {
        expect(read(field, String(number))).toBe(number)
      }),
    )
  })

  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['25h', 90_000_000],
    ['30d', 2_592_000_000],
    ['-3h', -10_800_000],
    ['0ms', 0],
  ])('time: %s is %d ms', (value, ms) => {
    expect(read(timeSpan(note, { min: '-1d', max: '30d' }), value)).toBe(ms)
  })

  it.each(['30', '1.5h', '31d', '-2d', '5 m', 'h', '5M', ''])('time: refuses "%s"', (value) => {
    expect(read(timeSpan(note, { min: '-1d', max: '30d' }), value)).toBe(
      'must be a time from -1d to 30d, a number with ms, s, m, h or d',
    )
  })

  it('addresses: one, several, IPv6', () => {
    expect(read(addresses(note), 'kafka-1:9092, 10.0.0.2:1 ,[::1]:65535')).toEqual([
      { host: 'kafka-1', port: 9092 },
      { host: '10.0.0.2', port: 1 },
      { host: '::1', port: 65_535 },
    ])
  })

  it.each([
    'kafka',
    'kafka:',
    ':9092',
    'kafka:0',
    'kafka:65536',
    '::1:9092',
    'a:1,,b:2',
    'user@kafka:1',
    'a b:1',
    'kafka:9092/x',
  ])('addresses: refuses "%s"', (value) => {
    expect(read(addresses(note), value)).toBe('must be host:port,host:port')
  })
})
