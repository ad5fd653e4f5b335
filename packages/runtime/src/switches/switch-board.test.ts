import { Codec } from '@payout/schemas/codec'
import type { GatewaySwitch } from '@payout/schemas/generated/records'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogRecord } from '../event-log/port.ts'
import { SwitchBoard } from './switch-board.ts'
import { partnerScope, SWITCH_ORIGINS, SWITCHES, switchRecord } from './switch-record.ts'

const codec = new Codec()
const AT = 1_000

function record(changes: Partial<GatewaySwitch>, offset: number): LogRecord {
  const value: GatewaySwitch = {
    scope: partnerScope('shop'),
    origin: 'person',
    state: 'stopped',
    at: AT,
    by: 'Li',
    why: 'a test',
    until: null,
    cause: null,
    ...changes,
  }
  const { key, ...written } = switchRecord(value, { namespace: 'test', service: 'cli', codec })
  return { ...written, topic: SWITCHES, offset, timestamp: AT, key: Buffer.from(String(key)) }
}

function raw(key: string | null, value: Buffer | null, offset: number): LogRecord {
  const place = { topic: SWITCHES, partition: 0, offset, timestamp: AT } as const
  return { ...place, key: key === null ? null : Buffer.from(key), value, headers: {} }
}

function boardOf(...records: readonly LogRecord[]): SwitchBoard {
  const board = new SwitchBoard(codec)
  for (const each of records) board.take(each)
  return board
}

const stopped = (board: SwitchBoard, now = AT): string[] => [...board.stoppedPartners(now)].toSorted()

describe('switches of partners', () => {
  it('an automatic stop that comes late leaves a person’s stop as it is, whichever comes first', () => {
    const person = record({}, 0)
    const timed = record({ origin: 'timed', why: 'NOT_ENOUGH_AMOUNT', until: AT + 10 }, 1)
    for (const board of [boardOf(person, timed), boardOf(timed, person)]) {
      expect(board.stopsOf('shop', AT)).toHaveLength(2)
      expect(stopped(board, AT + 10)).toEqual(['shop'])
    }
  })

  it('a stop for a time leaves one that only a person ends as it is', () => {
    const board = boardOf(
      record({ origin: 'automatic', why: 'ILLEGAL_SIGN' }, 0),
      record({ origin: 'timed', until: AT + 10 }, 1),
    )
    expect(stopped(board, AT + 10)).toEqual(['shop'])
  })

  it('a stop for a time ends at its time', () => {
    const board = boardOf(record({ origin: 'timed', until: AT + 10 }, 0))
    expect([stopped(board, AT + 9), stopped(board, AT + 10)]).toEqual([['shop'], []])
  })

  it('who lets go takes back what stands under that origin only', () => {
    const board = boardOf(record({}, 0), record({ origin: 'automatic' }, 1), record({ state: 'goes' }, 2))
    expect(stopped(board)).toEqual(['shop'])
    board.take(record({ origin: 'automatic', state: 'goes' }, 3))
    expect(stopped(board)).toEqual([])
  })

  it('one partner’s stop is no other’s', () => {
    expect(stopped(boardOf(record({ scope: partnerScope('other') }, 0)))).toEqual(['other'])
  })

  it('a record without value takes its switch away', () => {
    expect(stopped(boardOf(record({}, 0), raw('partner/shop/person', null, 1)))).toEqual([])
  })

  it('of records that come in the order of their commits those count that count for whoever reads the topic anew', () => {
    const change = fc.record({
      scope: fc.constantFrom(partnerScope('shop'), partnerScope('other'), 'everything'),
      origin: fc.constantFrom(...SWITCH_ORIGINS),
      state: fc.constantFrom('stopped', 'goes'),
      until: fc.option(fc.integer({ min: AT - 2, max: AT + 2 })),
    })
    const orders = fc.array(change, { maxLength: 20 }).chain((changes) => {
      const records = changes.map((each, offset) => record(each as Partial<GatewaySwitch>, offset))
      return fc.shuffledSubarray(records, { minLength: records.length }).map((order) => ({ records, order }))
    })
    fc.assert(
      fc.property(orders, ({ records, order }) => {
        const byKey = (board: SwitchBoard) => board.all.toSorted((a, b) => a.offset - b.offset)
        expect(byKey(boardOf(...order))).toEqual(byKey(boardOf(...records)))
        expect(stopped(boardOf(...order))).toEqual(stopped(boardOf(...records)))
      }),
    )
  })
})

describe('switches that can’t be read', () => {
  const garbage = Buffer.from('no record of ours')

  it.each(SWITCH_ORIGINS)('one of a partner under %s stops that partner, and no other', (origin) => {
    const board = boardOf(raw(`partner/shop/${origin}`, garbage, 0))
    expect(stopped(board)).toEqual(['shop'])
    expect(board.stopsOfEverything(AT)).toEqual([])
  })

  it('one of a partner under an origin of a later release stops that partner', () => {
    expect(stopped(boardOf(raw('partner/shop/regulator', garbage, 0)))).toEqual(['shop'])
  })

  it.each([
    ['no key', null],
    ['an empty key', ''],
    ['a scope of a later release', 'service/batch_trans_notify_no_pwd/person'],
    ['a partner without a name', 'partner//person'],
    ['a partner that can’t be one', 'partner/Shop!/person'],
    ['another word', 'partners/shop/person'],
  ])('one with %s stops everything', (_what, key) => {
    const board = boardOf(raw(key, garbage, 0))
    expect(board.stopsOfEverything(AT)).toHaveLength(1)
  })

  it('a readable stop of a scope of a later release stops everything until it is taken back', () => {
    const scope = 'service/batch_trans_notify_no_pwd'
    const board = boardOf(record({ scope }, 0))
    expect(board.stopsOfEverything(AT)).toHaveLength(1)
    board.take(record({ scope, state: 'goes' }, 1))
    expect(board.stopsOfEverything(AT)).toEqual([])
  })

  it('a record under the key of another switch is none that can be read', () => {
    const { value } = record({ scope: partnerScope('other'), state: 'goes' }, 0)
    const board = boardOf(record({}, 0), raw('partner/shop/person', value, 1))
    expect(stopped(board)).toEqual(['shop'])
    expect(board.stopsOf('shop', AT)).toMatchObject([{ kind: 'unreadable', error: { code: 'SWITCH_KEY' } }])
  })

  it('the next record under the key that can be read puts it right', () => {
    expect(stopped(boardOf(raw('partner/shop/person', garbage, 0), record({ state: 'goes' }, 1)))).toEqual([])
  })
})
