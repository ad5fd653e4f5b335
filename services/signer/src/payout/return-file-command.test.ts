import { laneOfReturnFiles } from '@payout/mapi/return-file/lane'
import type { ReturnFileRequested } from '@payout/schemas/generated/records'
import { topics } from '@payout/schemas/topics'
import { describe, expect, it } from 'vitest'
import { LANES } from '../testing/fake-log.ts'
import { NOON, PARTNER_ID, payout, SignerBench } from '../testing/signer-bench.ts'

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

function append(bench: SignerBench, changes: Partial<ReturnFileRequested> = {}): void {
  const asked = { partner: 'acme', date: '20261120', requestedAt: null, ...changes }
  const value = bench.codec.encode('payout.ReturnFileRequested', asked)
  bench.log.append({ topic: 'payout.commands', partition: 0, value, headers: { traceparent: TRACE } })
}

async function processed(...changes: Partial<ReturnFileRequested>[]): Promise<SignerBench> {
  const bench = new SignerBench()
  for (const change of changes) append(bench, change)
  await bench.run()
  return bench
}

function eventsOf(bench: SignerBench) {
  return bench.log.all('payout.events').map(({ value }) => bench.codec.decode(value, topics['payout.events'].values))
}

describe('a return file that is to be fetched', () => {
  it('MAPI-17: goes into the lane of its partner, and can be searched by partner and day', async () => {
    const bench = await processed({})
    const [record] = bench.log.all('gateway.commands')
    expect(record?.partition).toBe(laneOfReturnFiles('acme', LANES))
    expect(record?.key?.toString()).toBe('acme/return-file/20261120')
    expect(bench.codec.decode(record?.value ?? null, ['gateway.GatewayReturnFileCommand']).value).toEqual({
      partner: 'acme',
      fileDate: '20261120',
      source: { topic: 'payout.commands', partition: 0, offset: 0, line: 0, timestamp: NOON },
    })
    expect(record?.headers).toMatchObject({
      ce_id: 'acme/return-file/20261120/payout.commands/0@0',
      ce_type: 'gateway.return_file_command',
      traceparent: TRACE,
    })
    expect(eventsOf(bench)).toEqual([])
  })

  it('today in China is a day, tomorrow is none yet', async () => {
    const bench = new SignerBench()
    // Still the 20th in London.
    bench.clock.at = Date.parse('2026-11-21T00:00:00+08:00')
    append(bench, { date: '20261121' })
    append(bench, { date: '20261122' })
    await bench.run()
    expect(bench.log.all('gateway.commands')).toHaveLength(1)
    expect(eventsOf(bench)).toMatchObject([{ value: { fileDate: '20261122' } }])
  })

  it.each<[string, Partial<ReturnFileRequested>]>([
    ['the partners file', { partner: 'nobody' }],
    ['date', { date: '20260229' }],
    ['date', { date: '20261131' }],
    ['date', { date: '2026-11-20' }],
    ['date', { date: '' }],
    ['future', { date: '20261122' }],
  ])('RFD-1: is payout.return_file_failed, naming %s, where it is not valid', async (word, changes) => {
    const { partner = 'acme', date = '20261120' } = changes
    const bench = await processed(changes)
    expect(bench.log.all('gateway.commands')).toEqual([])
    const [event, ...more] = eventsOf(bench)
    expect(more).toEqual([])
    expect(event).toMatchObject({
      name: 'payout.PayoutReturnFileFailed',
      value: {
        partner,
        fileDate: date,
        occurredAt: NOON,
        evidence: { kind: 'command', id: 'payout.commands/0@0', source: { offset: 0 } },
        fileHash: null,
        reason: 'INVALID_RETURN_FILE_COMMAND',
        explanation: expect.stringContaining(word),
        problems: [],
        problemCount: 0,
        againAt: null,
      },
    })
    const [record] = bench.log.all('payout.events')
    expect(record?.headers).toMatchObject({ ce_type: 'payout.return_file_failed', traceparent: TRACE })
  })

  it('MAPI-14: what is too long or secret is not shown, and the neighbours go on', async () => {
    const bench = new SignerBench()
    append(bench, { partner: PARTNER_ID })
    append(bench, { date: `${PARTNER_ID}${'x'.repeat(2_000_000)}` })
    bench.request(payout('p1'))
    await bench.run()
    expect(eventsOf(bench)).toHaveLength(2)
    for (const { key, value } of bench.log.all('payout.events')) expect(`${key} ${value}`).not.toContain(PARTNER_ID)
    expect(bench.signed).toEqual(['p1'])
  })

  it('written again after a crash, the event is the same one', async () => {
    const bench = new SignerBench()
    append(bench, { date: 'soon' })
    bench.log.afterCommit = () => {
      throw new Error('the process ends')
    }
    await expect(bench.run()).rejects.toThrow('the process ends')
    bench.log.afterCommit = () => undefined
    bench.log.setOffset('payout.commands', 0, 0)
    await bench.run()
    const [first, again] = bench.log.all('payout.events')
    expect(again).toEqual({ ...first, offset: 1 })
  })
})
