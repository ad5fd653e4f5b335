import type { EventLog, LogRecord, ReadFrom, ReadOptions } from '@payout/runtime/event-log/port'
import type { RebuildWriter } from '@payout/runtime/redis/port'
import type { TopicName } from '@payout/schemas/topics'
import { describe, expect, it } from 'vitest'
import { batchKey, payoutKey } from '../state-keys.ts'
import { agreementCommand, queryAnswer } from '../testing/agreement-bench.ts'
import {
  agreementsSaid,
  giveCommand,
  giveRows,
  giveServiceAnswer,
  giveServiceRequest,
} from '../testing/lane-records.ts'
import { giveNotSigned } from '../testing/not-signed-records.ts'
import { BATCH, NOON, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { fileAnswer, returnRow } from '../testing/return-fixture.ts'
import { parseState } from '../working-set.ts'
import { rebuild } from './rebuild.ts'

/** The commands that the bench's requests came of: two in partition 0, with their time stamps. */
const COMMANDS = [NOON, NOON]

/**
 * A rebuild of an empty Redis from what a bench has committed. Answers what was done, in order, and what was written.
 * @param commands time stamps of what stands in partition 0 of `payout.commands`, whose offset `committed` the signer has committed, and of
 * `agreement.commands`.
 */
async function rebuilt(bench: ReconcilerBench, commands: readonly number[] = COMMANDS, committed?: number) {
  const done: string[] = []
  const written: Record<string, unknown[]> = {}
  const states = new Map<string, string>()
  const note = (what: string, values: readonly unknown[]) => {
    done.push(what)
    written[what] = [...(written[what] ?? []), ...values]
  }
  const writer: RebuildWriter = {
    touch: async () => undefined,
    readFloors: async () => [],
    claims: async (kind, claims) => note(`claims ${kind}`, claims),
    readStates: async (keys) => keys.map((key) => states.get(key)),
    states: async (values) => {
      note('states', [])
      for (const { key, value } of values) states.set(key, value)
    },
    due: async (_lane, entries) => note('due', entries),
    stops: async (stops) => note('stops', stops),
    floors: async (group, floors) =>
      note(
        'floors',
        floors.map((floor) => ({ group, ...floor })),
      ),
    finish: async () => note('finish', []),
  }
  const log: Partial<EventLog> = {
    laneNames: async () => ['lane-1'],
    fence: async (group) => note('fence', [group]),
    partitions: async () => 2,
    committed: async (group, topic) => [
      topic === 'payout.commands' ? committed : undefined,
      group === 'reconciler' ? bench.lane.offsets[topic] : undefined,
    ],
    offsets: async () => [{ beginning: 0, end: commands.length }],
    read: ({ from }: ReadOptions) =>
      from[0]?.topic === 'payout.commands' || from[0]?.topic === 'agreement.commands'
        ? commandsFrom(from[0].topic, from[0].at, commands)
        : records(bench, from[0]?.topic, from[0]?.at),
  }
  await rebuild(writer, {
    log: log as EventLog,
    codec: bench.codec,
    clock: bench.clock,
    logger: bench.parts.logger,
    claimLifeMs: 30 * 86_400_000,
    overdueAfterMs: 25 * 3_600_000,
  })
  return { done, written, states }
}

async function* records(
  bench: ReconcilerBench,
  topic: TopicName = 'payout.events',
  at: ReadFrom = 'beginning',
): AsyncGenerator<LogRecord> {
  for (const record of bench.lane.records(topic))
    if (at === 'beginning' || !('timestamp' in at) || record.timestamp >= at.timestamp) yield record
}

async function* commandsFrom(topic: TopicName, at: ReadFrom, timestamps: readonly number[]): AsyncGenerator<LogRecord> {
  const from = typeof at === 'object' && 'offset' in at ? at.offset : 0
  for (const [offset, timestamp] of timestamps.entries()) {
    const record = { topic, partition: 0, offset, timestamp, key: null, value: null } as const
    if (offset >= from) yield { ...record, headers: {} }
  }
}

describe('a rebuild of everything (S7.3, S7.4)', () => {
  it('fences every lane first, then writes claims and states, then floors, then the marker', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1', 'p2'])
    bench.answer('accepted')
    bench.notify([{}])
    await bench.run()
    const { done, written, states } = await rebuilt(bench)
    expect([...new Set(done)]).toEqual([
      'fence',
      'claims payout',
      'claims batch',
      'states',
      'due',
      'claims notify',
      'stops',
      'floors',
      'finish',
    ])
    expect(written.fence).toEqual(['signer', 'gateway-egress', 'reconciler'])
    expect(done.lastIndexOf('states')).toBeLessThan(done.indexOf('floors'))
    expect(states).toEqual(bench.memory.values)
    expect(written['claims payout']).toMatchObject([{ key: 'acme/p1', contentHash: 'hash' }, { key: 'acme/p2' }])
    expect(written['claims batch']).toMatchObject([
      { coordinates: { topic: 'gateway.requests', partition: 1, offset: 0 } },
    ])
    expect(written['claims notify']).toMatchObject([{ key: 'acme/n0/h0' }])
    expect(written.due).toMatchObject([...bench.memory.due].map(([member, at]) => ({ member, at })))
  })

  it('S2.5: floors come from committed offsets, and from the coordinates that outputs carry', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1', 'p2'])
    bench.answer('accepted')
    await bench.run()
    delete bench.lane.offsets['gateway.answers']
    const { written } = await rebuilt(bench)
    const floors = written.floors as { group: string; topic: string; partition: number; next: number }[]
    const next = (group: string, topic: string) =>
      floors.find((floor) => floor.group === group && floor.topic === topic)?.next
    expect(next('signer', 'payout.commands')).toBe(2)
    expect(next('reconciler', 'gateway.requests')).toBe(1)
    expect(next('reconciler', 'gateway.answers')).toBe(1)
  })

  it('S2.5: and from the events of agreements: the answer that one came of, and the command of one that time caused', async () => {
    const bench = new ReconcilerBench()
    const source = { topic: 'agreement.commands', partition: 0, offset: 0, line: 0, timestamp: NOON }
    giveCommand(bench, agreementCommand('status', 'q', 0, { source }))
    await bench.run()
    const requestId = bench.asked('gateway.GatewayServiceToSign')[0]?.requestId ?? ''
    giveServiceAnswer(bench, fileAnswer(requestId, { service: 'query_customer_protocol', body: queryAnswer(true) }))
    await bench.run()
    Object.assign(bench.parts, { partners: [] })
    giveCommand(bench, agreementCommand('unsign', 'u', 1, { source: { ...source, offset: 1 } }))
    await bench.run()
    expect(agreementsSaid(bench)).toEqual(['1 Signed q', 'Refused u'])
    delete bench.lane.offsets['gateway.answers']
    delete bench.lane.offsets['gateway.decisions']
    const { written } = await rebuilt(bench)
    expect(written.floors).toMatchObject([
      { group: 'signer', topic: 'agreement.commands', partition: 0, next: 2 },
      { group: 'reconciler', topic: 'gateway.answers', partition: 1, next: 1 },
    ])
  })

  it.each([
    ['empty', [], undefined, undefined],
    ['shorter than the old one', [NOON + 1], 1, 1],
    ['longer', [NOON + 1, NOON + 2, NOON + 3], 1, 1],
  ])(
    'S2.5: offsets of the old topic raise no floor where payout.commands was made anew: %s',
    async (_what, commands, committed, floor) => {
      const bench = new ReconcilerBench()
      bench.request(['p1', 'p2'])
      await bench.run()
      const { written } = await rebuilt(bench, commands, committed)
      const floors = written.floors as { group: string; topic: string; next: number }[]
      expect(floors.find(({ group, topic }) => group === 'signer' && topic === 'payout.commands')?.next).toBe(floor)
      expect(floors.find(({ group, topic }) => group === 'reconciler' && topic === 'gateway.requests')?.next).toBe(1)
    },
  )

  it('S5.6: a partner whose last answer stopped it is stopped again, even where the reconciler has not read it yet', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    await bench.run()
    bench.answer('refused', { code: 'ILLEGAL_SIGN', answeredAt: NOON })
    expect((await rebuilt(bench)).written.stops).toEqual([
      { alias: 'acme', stop: { reason: 'ILLEGAL_SIGN', since: NOON } },
    ])
    bench.answer('accepted', { answeredAt: NOON + 1 })
    expect((await rebuilt(bench)).written.stops).toEqual([])
  })

  it('a notify that the reconciler has not read is not claimed: it would be taken for seen', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    await bench.run()
    bench.notify([{}])
    expect((await rebuilt(bench)).written['claims notify']).toBeUndefined()
  })

  it('RFD-7: withdrawal serials are claimed again as they were, however old: no file may tell of them twice', async () => {
    const bench = new ReconcilerBench()
    bench.lane.now = NOON - 300 * 86_400_000
    bench.request(['p1'])
    giveRows(bench, [returnRow('w1'), returnRow('w2', { serial: 'p9' })])
    await bench.run()
    bench.lane.now = NOON
    giveRows(bench, [returnRow('w3', { reason: 'R' })], { batchNo: 'bptb_20101220_4178' })
    await bench.run()
    const held = [...bench.memory.held].filter(([key]) => key.startsWith('return/'))
    expect(held).toHaveLength(3)
    const { written } = await rebuilt(bench)
    expect(written['claims return']).toEqual(
      held.map(([, { key, contentHash, coordinates }]) => ({
        key,
        contentHash,
        coordinates,
        claimedAt: coordinates.timestamp,
      })),
    )
  })

  it('a batch that could not be signed again stays closed: nothing can be sent under its number any more', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    giveNotSigned(bench, ['p1'])
    await bench.run()
    const { states } = await rebuilt(bench)
    expect(parseState('batch', states.get(batchKey('acme', BATCH)) ?? '')).toMatchObject({ closed: true })
    expect(parseState('payout', states.get(payoutKey('acme', 'p1')) ?? '')).toMatchObject({ status: 'failed' })
  })

  it('ids of requests to other services are claimed again; agreements need nothing from Redis', async () => {
    const bench = new ReconcilerBench()
    giveServiceRequest(bench, '20261121001rrrrrrrrrrrrrrrrrrrrr')
    giveCommand(bench, agreementCommand('sign', 's', 0))
    await bench.run()
    const { written } = await rebuilt(bench)
    expect(written['claims service']).toMatchObject([
      {
        key: 'acme/20261121001rrrrrrrrrrrrrrrrrrrrr',
        coordinates: { topic: 'gateway.requests', partition: 1, offset: 0 },
      },
    ])
  })
})
