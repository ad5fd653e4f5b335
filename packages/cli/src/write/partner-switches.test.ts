import { LogUnavailableError } from '@payout/runtime/event-log/errors'
import type { LogRecord, OutgoingRecord, Tail } from '@payout/runtime/event-log/port'
import { partnerScope, SWITCHES, type SwitchOrigin, switchRecord } from '@payout/runtime/switches/switch-record'
import { Codec } from '@payout/schemas/codec'
import type { GatewaySwitch } from '@payout/schemas/generated/records'
import { describe, expect, it } from 'vitest'
import { formatMoment } from '../arguments/moment.ts'
import {
  everythingRows,
  letPartnerGo,
  readSwitches,
  type SwitchLog,
  statusRows,
  stopPartner,
  stopWords,
  switchReason,
} from './partner-switches.ts'

const codec = new Codec()
const NOW = Date.parse('2026-11-21T12:00:00+08:00')
const AT_NOON = formatMoment(NOW)
const clock = { now: () => NOW }
const LI = { by: 'Li', why: 'the bank asked' }

class MemoryLog implements SwitchLog {
  readonly namespace = 'test'
  away = false
  /** Stores what is written, and its answer is lost. */
  deaf = false
  /** What somebody else writes while this record is on its way. */
  meanwhile: (record: OutgoingRecord) => void = () => undefined
  readonly records: LogRecord[] = []

  put({ topic, partition, key, value, headers }: OutgoingRecord): number {
    const offset = this.records.length
    this.records.push({
      topic,
      partition,
      offset,
      timestamp: NOW,
      key: key === null ? null : Buffer.from(key),
      value,
      headers,
    })
    return offset
  }

  publisher() {
    return {
      append: async (record: OutgoingRecord) => {
        if (this.away) throw new LogUnavailableError('appending')
        this.meanwhile(record)
        const offset = this.put(record)
        if (!this.deaf) return { offset }
        this.deaf = false
        throw new LogUnavailableError('appending')
      },
      healthy: true,
      close: async () => undefined,
    }
  }

  tail(): Tail {
    return { next: async () => this.records }
  }
}

function automatic(origin: SwitchOrigin = 'automatic', why = 'NOT_ENOUGH_AMOUNT'): OutgoingRecord {
  const cause = { topic: 'gateway.answers', partition: 2, key: 'shop/1', id: 'answer/shop/1/1' }
  const value: GatewaySwitch = {
    scope: partnerScope('shop'),
    origin,
    state: 'stopped',
    at: NOW - 60_000,
    by: 'gateway-egress',
    why,
    until: origin === 'timed' ? NOW + 60_000 : null,
    cause,
  }
  return switchRecord(value, { namespace: 'test', service: 'gateway-egress', codec })
}

const stopsOf = async (log: MemoryLog, alias = 'shop'): Promise<string[]> =>
  (await readSwitches(log, codec)).stopsOf(alias, NOW).map(stopWords)

describe('npm run partner', () => {
  it('a stop tells who, when and why', async () => {
    const log = new MemoryLog()
    expect(await stopPartner(log, codec, 'shop', LI, clock)).toBe('gateway.switches/0@0')
    expect((await readSwitches(log, codec)).find('partner/shop', 'person')).toEqual({
      scope: 'partner/shop',
      origin: 'person',
      state: 'stopped',
      at: NOW,
      by: 'Li',
      why: 'the bank asked',
      until: null,
      cause: null,
    })
  })

  it('go takes every stop back, whoever made it, and tells who did', async () => {
    const log = new MemoryLog()
    await stopPartner(log, codec, 'shop', LI, clock)
    await stopPartner(log, codec, 'other', LI, clock)
    log.put(automatic())
    log.put(automatic('timed'))
    expect(await letPartnerGo(log, codec, 'shop', { by: 'Wang', why: 'paid in' }, clock)).toHaveLength(3)
    expect(await stopsOf(log)).toEqual([])
    expect(await stopsOf(log, 'other')).toHaveLength(1)
    expect(
      log.records.slice(-3).map(({ value }) => codec.decode(value, ['gateway.GatewaySwitch']).value),
    ).toMatchObject(
      ['person', 'automatic', 'timed'].map((origin) => ({
        origin,
        state: 'goes',
        by: 'Wang',
        why: 'paid in',
        at: NOW,
      })),
    )
  })

  it.each([
    ['a person’s', 'person'],
    ['one by an answer', 'automatic'],
    ['one for a time', 'timed'],
  ] as const)('a stop that comes while go writes is not lost: %s', async (_what, origin) => {
    const log = new MemoryLog()
    const key = `partner/shop/${origin}`
    log.put(automatic(origin, 'BEFORE'))
    log.put(automatic(origin === 'timed' ? 'automatic' : 'timed', 'OTHER'))
    log.meanwhile = (record) => {
      if (record.key !== key) return
      log.meanwhile = () => undefined
      log.put(automatic(origin, 'BETWEEN'))
    }
    const taken = await letPartnerGo(log, codec, 'shop', LI, clock)
    expect(taken).toHaveLength(2)
    expect(await stopsOf(log)).toEqual([expect.stringContaining('BETWEEN')])
    // Who reads the topic when it is compacted finds the same.
    const last = log.records.findLast((each) => String(each.key) === key)
    expect(codec.decode(last?.value ?? null, ['gateway.GatewaySwitch']).value).toMatchObject({ why: 'BETWEEN' })
  })

  it('a stop that comes while go writes is not lost either where the answer to go is', async () => {
    const log = new MemoryLog()
    log.put(automatic('automatic', 'BEFORE'))
    log.deaf = true
    log.meanwhile = () => {
      log.meanwhile = () => undefined
      log.put(automatic('automatic', 'BETWEEN'))
    }
    await expect(letPartnerGo(log, codec, 'shop', LI, clock)).rejects.toThrow('nobody knows whether it was written')
    expect(await stopsOf(log)).toEqual([expect.stringContaining('BETWEEN')])
  })

  it('what came after go stays as it is', async () => {
    const log = new MemoryLog()
    log.put(automatic('automatic', 'BEFORE'))
    log.meanwhile = () => {
      log.put(automatic('automatic', 'BETWEEN'))
      log.put({ topic: SWITCHES, partition: 0, key: 'partner/shop/automatic', value: null, headers: {} })
    }
    await letPartnerGo(log, codec, 'shop', LI, clock)
    expect(await stopsOf(log)).toEqual([])
  })

  it('go writes nothing where nothing is stopped', async () => {
    const log = new MemoryLog()
    expect(await letPartnerGo(log, codec, 'shop', LI, clock)).toEqual([])
    expect(log.records).toEqual([])
  })

  it('go takes back a stop that can’t be read, and refuses one of a later release', async () => {
    const log = new MemoryLog()
    const at = { topic: SWITCHES, partition: 0, value: Buffer.from('?'), headers: {} } as const
    log.put({ ...at, key: 'partner/shop/automatic' })
    expect(await letPartnerGo(log, codec, 'shop', LI, clock)).toHaveLength(1)
    expect(await stopsOf(log)).toEqual([])
    log.put({ ...at, key: 'partner/shop/regulator' })
    await expect(letPartnerGo(log, codec, 'shop', LI, clock)).rejects.toThrow('gateway.switches/0@2')
  })

  it.each([
    ['stop', (log: MemoryLog) => stopPartner(log, codec, 'shop', LI, clock)],
    ['go', (log: MemoryLog) => letPartnerGo(log, codec, 'shop', LI, clock)],
  ])('%s of which nobody knows whether it was written tells how to go on', async (_what, act) => {
    const log = new MemoryLog()
    log.put(automatic())
    log.away = true
    await expect(act(log)).rejects.toThrow('type the same again')
  })

  it('status shows each stop with its cause, who let go last, and what stops everything', async () => {
    const log = new MemoryLog()
    await stopPartner(log, codec, 'shop', { by: 'Li', why: 'a b' }, clock)
    log.put(automatic('timed'))
    await stopPartner(log, codec, 'other', LI, clock)
    await letPartnerGo(log, codec, 'other', { by: 'Wang', why: 'all is well' }, clock)
    log.put({ topic: SWITCHES, partition: 0, key: '?', value: Buffer.from('?'), headers: {} })
    const board = await readSwitches(log, codec)
    expect(statusRows(board, ['other', 'shop', 'third'], NOW)).toEqual([
      ['other', 'goes', '', 'Wang', AT_NOON, 'all is well', '', ''],
      ['shop', 'stopped', 'person', 'Li', AT_NOON, 'a b', 'a person lets it go on', ''],
      ['shop', 'stopped', 'timed', 'gateway-egress', formatMoment(NOW - 60_000), 'NOT_ENOUGH_AMOUNT', formatMoment(NOW + 60_000), 'gateway.answers/2 answer/shop/1/1'],
      ['third', 'goes', '', '', '', '', '', ''],
    ]) // biome-ignore format: a table
    expect(everythingRows(board, NOW)).toEqual([
      ['(everything)', 'stopped', '', '', '', expect.stringContaining("can't be read"), '', 'gateway.switches/0@4'],
    ])
  })

  it('why must be said, and who where the system does not know', () => {
    expect(() => switchReason({ why: ' ' })).toThrow('must not be empty')
    expect(() => switchReason({ by: '', why: 'x' })).toThrow('must not be empty')
    expect(switchReason({ by: ' Li ', why: ' x ' })).toEqual({ by: 'Li', why: 'x' })
    expect(switchReason({ why: 'x' }).by).not.toBe('')
  })
})
