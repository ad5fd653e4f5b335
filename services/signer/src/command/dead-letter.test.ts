import { MIB } from '@payout/schemas/units'
import { describe, expect, it } from 'vitest'
import { decided, NOON, PARTNER_ID, payout, SignerBench } from '../testing/signer-bench.ts'

describe('dead letters (S2.3)', () => {
  it('what is no Avro goes there byte for byte, with its reason and its place, and the offset goes on', async () => {
    const bench = new SignerBench()
    bench.log.append({
      topic: 'payout.commands',
      partition: 0,
      value: Buffer.from('{"payoutId":"p1"}'),
      key: 'p1',
      headers: { mine: 'kept' },
    })
    bench.request(payout('p2'))
    await bench.run()
    const [letter] = bench.log.all('payout.commands.dlq')
    expect(letter?.value?.toString()).toBe('{"payoutId":"p1"}')
    expect(letter?.key?.toString()).toBe('p1')
    expect(letter?.headers).toMatchObject({
      mine: 'kept',
      'dead-letter-code': 'SCHEMA_NOT_AVRO',
      'dead-letter-topic': 'payout.commands',
      'dead-letter-partition': '0',
      'dead-letter-offset': '0',
      'first-timestamp': String(NOON),
    })
    expect(bench.signed).toEqual(['p2'])
    expect(bench.log.committedOffset('payout.commands', 0)).toBe(2)
  })

  it('a replayed dead letter keeps its first time', async () => {
    const bench = new SignerBench()
    bench.log.append({
      topic: 'payout.commands',
      partition: 0,
      value: null,
      headers: { 'first-timestamp': '1700000000000' },
    })
    await bench.run()
    expect(bench.log.all('payout.commands.dlq')[0]?.headers['first-timestamp']).toBe('1700000000000')
  })

  it('one as large as the topic takes does not halt the partition', async () => {
    const bench = new SignerBench()
    bench.log.append({ topic: 'payout.commands', partition: 0, value: Buffer.alloc(4 * MIB - 2_000, 'x') })
    bench.request(payout('p2'))
    await bench.run()
    const [letter] = bench.log.all('payout.commands.dlq')
    expect(letter?.value).toBeNull()
    expect(letter?.headers['dead-letter-value-left-out']).toBe(String(4 * MIB - 2_000))
    expect(bench.signed).toEqual(['p2'])
  })

  it.each([8.64e15 + 1, 2 ** 63])('one whose time stamp, %d, is no moment is one', async (timestamp) => {
    const bench = new SignerBench()
    bench.log.append({ topic: 'payout.commands', partition: 0, value: null, timestamp })
    bench.request(payout('p2'))
    await bench.run()
    expect(bench.log.all('payout.commands.dlq')[0]?.headers['dead-letter-code']).toBe('COMMAND_TIME')
    expect(bench.signed).toEqual(['p2'])
  })

  it.each<[string, { key?: string; headers?: Record<string, string> }]>([
    ['a key', { key: 'k'.repeat(4 * MIB - 500) }],
    ['a header', { headers: { mine: 'x'.repeat(4 * MIB - 500) } }],
    ['many headers', { headers: Object.fromEntries(Array.from({ length: 400_000 }, (_, i) => [`${i}`, ''])) }],
    ['a first time', { headers: { 'first-timestamp': '1'.repeat(4 * MIB - 500) } }],
  ])('%s as large as the topic takes does not halt the partition', async (_what, large) => {
    const bench = new SignerBench()
    bench.log.append({ topic: 'payout.commands', partition: 0, value: Buffer.from('{}'), ...large })
    bench.request(payout('p2'))
    await bench.run()
    const [letter] = bench.log.all('payout.commands.dlq')
    expect(letter).toMatchObject({ key: null, value: null })
    expect(letter?.headers).toMatchObject({ 'dead-letter-value-left-out': '2', 'dead-letter-offset': '0' })
    expect(Object.keys(letter?.headers ?? {}).length).toBeLessThan(10)
    expect(bench.signed).toEqual(['p2'])
  })
})

describe('what upstream may send and must not halt a partition', () => {
  it('an id of two megabytes fails, and the event names its beginning', async () => {
    const bench = new SignerBench()
    bench.request(payout('x'.repeat(2_000_000)))
    bench.request(payout('p2', { partner: 'y'.repeat(2_000_000) }))
    bench.request(payout('p3'))
    await bench.run()
    expect(bench.signed).toEqual(['p3'])
    expect(bench.events.map(({ value }) => ('reason' in value ? value.reason : '')).sort()).toEqual([
      'INVALID_PAYOUT_ID',
      'UNKNOWN_PARTNER',
    ])
  })

  it('an id that is cut in the middle of a character fails', async () => {
    const bench = new SignerBench()
    const id = `${'x'.repeat(99)}😀y`
    bench.request(payout(id))
    bench.request(payout('p2', { partner: id }))
    bench.request(payout('p3'))
    await bench.run()
    expect(bench.signed).toEqual(['p3'])
    expect(bench.events.map(({ value }) => [value.partner, value.payoutId])).toContainEqual([
      'acme',
      `${'x'.repeat(99)}\ufffd…`,
    ])
  })

  it('MAPI-14: a partner id that is cut in its middle is masked all the same', async () => {
    const bench = new SignerBench()
    for (let at = 80; at < 101; at++) bench.request(payout(`${'x'.repeat(at)}${PARTNER_ID}`))
    await bench.run()
    expect(bench.events).toHaveLength(21)
    expect(JSON.stringify(bench.events)).not.toMatch(/2088[0-9]/)
  })

  it('who is paid does not stand in an event, whatever column it slipped into', async () => {
    const bench = new SignerBench()
    const payee = { payeeName: '欧阳娜娜', payeeAccount: '13912345678' }
    for (const slipped of [
      '欧阳娜娜',
      '13912345678 欧阳娜娜',
      `${'x '.repeat(45)}欧阳娜娜`,
      'payee-8842@example.com',
    ]) {
      bench.request(payout(slipped, payee))
      bench.request(payout(`p-${bench.log.all('payout.commands').length}`, { ...payee, partner: slipped }))
    }
    bench.request(payout(`${'y'.repeat(95)} ${'z'.repeat(60)}@example.com`, payee))
    await bench.run()
    expect(bench.events).toHaveLength(9)
    expect(JSON.stringify(bench.events)).not.toMatch(/欧阳娜娜|13912345678|payee-8842|z@/)
    expect(JSON.stringify(bench.log.all('payout.events').map(({ key }) => String(key)))).not.toMatch(/欧阳|1391|8842/)
  })

  it('a decision of two megabytes is refused', async () => {
    const bench = new SignerBench()
    bench.decide(decided({ reason: 'x'.repeat(3_900_000) }))
    await bench.run()
    expect(bench.events.map(({ value }) => ('reason' in value ? value.reason : ''))).toEqual(['INVALID_DECISION'])
  })
})
