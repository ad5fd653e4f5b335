import { MIB } from '@payout/schemas/units'
import { describe, expect, it } from 'vitest'
import { parseBatch } from '../known-batches/batch-form.ts'
import { batchKey } from '../known-batches/state-keys.ts'
import { agreementCommand, queryAnswer } from '../testing/agreement-bench.ts'
import {
  agreementsSaid,
  giveCommand,
  giveRows,
  giveServiceAnswer,
  giveServiceRequest,
} from '../testing/lane-records.ts'
import { giveNotSigned } from '../testing/not-signed-records.ts'
import { parsed, rebuilt } from '../testing/rebuild-bench.ts'
import { BATCH, NOON, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { fileAnswer, returnRow } from '../testing/return-fixture.ts'

describe('a rebuild of everything (S7.3, S7.4)', () => {
  it('fences every lane first, then writes claims and states, then checkpoints, then the marker', async () => {
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
      'checkpoints',
      'finish',
    ])
    expect(written.fence).toEqual(['signer', 'gateway-egress', 'reconciler'])
    expect(done.lastIndexOf('states')).toBeLessThan(done.indexOf('checkpoints'))
    expect(parsed(states)).toEqual(parsed(bench.stateStore.values))
    expect(written['claims payout']).toMatchObject([{ key: 'acme/p1', contentHash: 'hash' }, { key: 'acme/p2' }])
    expect(written['claims batch']).toMatchObject([
      { coordinates: { topic: 'gateway.requests', partition: 1, offset: 0 } },
    ])
    expect(written['claims notify']).toMatchObject([{ key: 'acme/n0/h0' }])
    expect(written.due).toMatchObject([...bench.stateStore.due].map(([member, at]) => ({ member, at })))
  })

  it('takes so few large requests at a time that they fit into memory', async () => {
    const bench = new ReconcilerBench()
    for (let n = 0; n < 10; n++)
      bench.request([`p${n}`], { batchNo: `20261121001${n}bcdefghijklmnopqrstu`, body: Buffer.alloc(4 * MIB) })
    const { done, states } = await rebuilt(bench)
    expect(done.filter((what) => what === 'states')).toHaveLength(3)
    expect(states.size).toBe(10)
  })

  it('S2.5: checkpoints come from committed offsets, and from the coordinates that outputs carry', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1', 'p2'])
    bench.answer('accepted')
    await bench.run()
    delete bench.lane.offsets['gateway.answers']
    const { written } = await rebuilt(bench)
    const checkpoints = written.checkpoints as { group: string; topic: string; partition: number; next: number }[]
    const next = (group: string, topic: string) =>
      checkpoints.find((checkpoint) => checkpoint.group === group && checkpoint.topic === topic)?.next
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
    Object.assign(bench.dependencies, { partners: [] })
    giveCommand(bench, agreementCommand('unsign', 'u', 1, { source: { ...source, offset: 1 } }))
    await bench.run()
    expect(agreementsSaid(bench)).toEqual(['1 Signed q', 'Refused u'])
    delete bench.lane.offsets['gateway.answers']
    delete bench.lane.offsets['gateway.commands']
    const { written } = await rebuilt(bench)
    expect(written.checkpoints).toMatchObject([
      { group: 'signer', topic: 'agreement.commands', partition: 0, next: 2 },
      { group: 'reconciler', topic: 'gateway.answers', partition: 1, next: 1 },
    ])
  })

  it.each([
    ['empty', [], undefined, undefined],
    ['shorter than the old one', [NOON + 1], 1, 1],
    ['longer', [NOON + 1, NOON + 2, NOON + 3], 1, 1],
  ])(
    'S2.5: offsets of the old topic raise no checkpoint where payout.commands was made anew: %s',
    async (_what, commands, committed, checkpoint) => {
      const bench = new ReconcilerBench()
      bench.request(['p1', 'p2'])
      await bench.run()
      const { written } = await rebuilt(bench, commands, committed)
      const checkpoints = written.checkpoints as { group: string; topic: string; next: number }[]
      expect(checkpoints.find(({ group, topic }) => group === 'signer' && topic === 'payout.commands')?.next).toBe(
        checkpoint,
      )
      expect(checkpoints.find(({ group, topic }) => group === 'reconciler' && topic === 'gateway.requests')?.next).toBe(
        1,
      )
    },
  )

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
    const held = [...bench.stateStore.held].filter(([key]) => key.startsWith('return/'))
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
    const key = batchKey('acme', BATCH)
    const known = parseBatch(key, states.get(key) ?? '')
    expect(known.batch).toMatchObject({ closed: true })
    expect(known.payouts.get('p1')).toMatchObject({ status: 'failed' })
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
