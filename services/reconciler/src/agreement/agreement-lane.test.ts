import { describe, expect, it } from 'vitest'
import { agreementCommand, EMAIL, queryAnswer } from '../testing/agreement-bench.ts'
import {
  agreementsSaid,
  giveCommand,
  giveServiceAnswer,
  giveServiceRequest,
  statesOf,
} from '../testing/lane-records.ts'
import { HOUR, NOON, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { INPUTS } from '../topology.ts'

const SIGN = agreementCommand('sign', 's', 0)

/** The last word on the last request that the signer was asked for. */
function answer(bench: ReconcilerBench, isSigned: boolean) {
  const request = bench.asked('gateway.GatewayServiceToSign').at(-1)
  return giveServiceAnswer(bench, {
    partner: 'acme',
    requestId: request?.requestId ?? '',
    service: request?.service ?? '',
    attempt: 1,
    outcome: 'accepted',
    code: null,
    final: true,
    httpStatus: 200,
    contentType: 'text/xml',
    body: queryAnswer(isSigned),
    file: null,
    sentAt: bench.clock.at,
    answeredAt: bench.clock.at,
  })
}

describe('an agreement in its lane', () => {
  it('what came of a record stands in one transaction: state, what has to be signed, event, offset', async () => {
    const bench = new ReconcilerBench()
    giveCommand(bench, SIGN)
    await bench.run()
    bench.clock.at += 15_000
    await bench.run()
    answer(bench, true)
    await bench.run()
    const commits = bench.lane.commits.map(({ records, offsets }) => [records.map(({ topic }) => topic), offsets])
    expect(commits).toEqual([
      [['gateway.to-sign', 'gateway.states'], { 'gateway.commands': 1 }],
      [['gateway.to-sign', 'gateway.states'], {}],
      [['gateway.to-sign', 'agreement.events', 'gateway.states'], { 'gateway.answers': 1 }],
    ])
    expect(agreementsSaid(bench)).toEqual(['2 Signed s'])
    const [record] = bench.lane.records('agreement.events')
    expect(record?.key?.toString()).toBe(`acme/${SIGN.agreementId}`)
    expect(record?.headers).toMatchObject({ ce_type: 'agreement.signed', ce_source: '/test/reconciler' })
    expect(bench.asked('gateway.GatewayFormToSign').map(({ withdrawn }) => withdrawn)).toEqual([false, true])
    expect(new Set(bench.lane.records('gateway.to-sign').map(({ headers }) => headers.ce_id)).size).toBe(3)
    expect(statesOf(bench).get(`acme/agreement/${SIGN.agreementId}`)?.value).toMatchObject({ status: 'signed' })
  })

  it('SGN-5: a restart goes on where it was, and asks when it is due', async () => {
    const bench = new ReconcilerBench()
    giveCommand(bench, SIGN)
    await bench.run()
    bench.clock.at += 14_999
    await bench.run()
    expect(bench.asked('gateway.GatewayServiceToSign')).toEqual([])
    bench.clock.at += 1
    await bench.run()
    await bench.run()
    expect(bench.asked('gateway.GatewayServiceToSign')).toHaveLength(1)
    answer(bench, false)
    await bench.run()
    bench.clock.at += 24 * HOUR
    await bench.run()
    await bench.run()
    expect(agreementsSaid(bench)).toEqual(['2 NotSigned s'])
  })

  it.each([
    ['beforeCommit', 0],
    ['afterCommit', 0],
    ['beforeCommit', 1],
    ['afterCommit', 1],
  ] as const)(
    'MAPI-18: a crash %s of its transaction number %i, and everything is done once',
    async (hook, crashAt) => {
      const bench = new ReconcilerBench()
      giveCommand(bench, agreementCommand('unsign', 'u', 0))
      let commits = 0
      bench.lane[hook] = () => {
        if (commits++ === crashAt) throw new Error('crash')
      }
      const run = () => bench.run().catch((error: unknown) => expect(String(error)).toContain('crash'))
      await run()
      await run()
      answer(bench, false)
      await run()
      await run()
      expect(bench.asked('gateway.GatewayServiceToSign')).toHaveLength(1)
      expect(agreementsSaid(bench)).toEqual(['1 Unsigned u'])
    },
  )

  it('a chunk that is computed again changes the agreement once', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    await bench.run()
    bench.answer('accepted')
    giveCommand(bench, SIGN)
    let first = true
    bench.stateStore.beforeSwap = () => {
      if (!first) return
      first = false
      for (const [key, text] of bench.stateStore.values) bench.stateStore.values.set(key, `${text} `)
    }
    await bench.run()
    expect(first).toBe(false)
    expect(bench.said()).toEqual(['1 accepted'])
    expect(bench.asked('gateway.GatewayFormToSign').map(({ version }) => version)).toEqual([1])
  })

  it('commands of one fetch follow one another, and so do their versions', async () => {
    const bench = new ReconcilerBench()
    giveCommand(bench, SIGN)
    giveCommand(bench, agreementCommand('status', 'q', 1, { seenCode: 'SYSTEM_ERROR' }))
    giveCommand(bench, agreementCommand('sign', 't', 2))
    await bench.run()
    expect(agreementsSaid(bench)).toEqual(['2 OnHold s', 'Refused t'])
    expect(bench.lane.commits).toHaveLength(1)
  })

  it('requests of other services are passed over, and their offset is committed', async () => {
    const bench = new ReconcilerBench()
    giveServiceRequest(bench, '20261121001rrrrrrrrrrrrrrrrrrrrr')
    await bench.run()
    expect(bench.lane.offsets).toEqual({ 'gateway.requests': 1 })
    expect(bench.stateStore.values.size).toBe(0)
  })

  it("the lane's own states are never polled with its inputs, nor committed", async () => {
    const bench = new ReconcilerBench()
    giveCommand(bench, SIGN)
    const polled: string[][] = []
    bench.lane.onPoll = (_session, topics) => polled.push([...topics])
    await bench.run()
    await bench.run()
    expect(polled).toContainEqual(['gateway.states'])
    for (const topics of polled.filter((list) => list.length > 1)) expect(topics).toEqual([...INPUTS])
    expect(bench.lane.offsets['gateway.states']).toBeUndefined()
  })

  it('MAPI-14: no account is in an event, a header or a log line', async () => {
    const bench = new ReconcilerBench()
    giveCommand(bench, SIGN)
    giveCommand(bench, agreementCommand('status', 'q', 1, { seenCode: 'MERCHANT_UNSIGN' }))
    giveCommand(bench, agreementCommand('sign', 's', 2, { contentHash: 'other' }))
    await bench.run()
    bench.clock.at = NOON + 48 * HOUR
    await bench.run()
    expect(agreementsSaid(bench)).toEqual(['2 Failed s', 'Refused s'])
    const texts = (['agreement.events', 'gateway.to-sign', 'gateway.states'] as const).flatMap((topic) =>
      bench.lane.records(topic).map(({ key, headers }) => `${key}${JSON.stringify(headers)}`),
    )
    const values = bench.lane.records('agreement.events').map(({ value }) => String(value))
    for (const text of [...texts, ...values, ...bench.lines, await bench.metrics.registry.metrics()])
      expect(text).not.toContain(EMAIL)
  })
})
