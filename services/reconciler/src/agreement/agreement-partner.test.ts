import { describe, expect, it } from 'vitest'
import { AgreementBench, agreementCommand } from '../testing/agreement-bench.ts'
import { agreementsSaid, giveCommand, statesOf } from '../testing/lane-records.ts'
import { ReconcilerBench } from '../testing/reconciler-bench.ts'

const NO_ANSWER = { outcome: 'unknown', code: 'SYSTEM_ERROR' } as const

describe('a partner that was taken out of the partners file', () => {
  it('a signing ends, and its form is withdrawn', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    bench.hasPartner = false
    expect(bench.step({ kind: 'time' })).toEqual(['Failed s UNKNOWN_PARTNER', 'withdrawn s'])
    expect(bench.state).toMatchObject({ status: 'unknown', operations: [] })
  })

  it('what waits for an answer gets it; where that tells nothing, it ends', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    bench.status('q')
    bench.hasPartner = false
    expect(bench.step({ kind: 'time' })).toEqual([])
    expect(bench.answer(false)).toEqual(['NotSigned q NOT_SIGNED', 'Failed s UNKNOWN_PARTNER', 'withdrawn s'])
    const other = new AgreementBench()
    other.status('q')
    other.hasPartner = false
    expect(other.answer(NO_ANSWER)).toEqual(['Failed q UNKNOWN_PARTNER'])
  })

  it('UNS-4: a cancelling that was never sent is failed; one in doubt stays on hold', () => {
    const waiting = new AgreementBench()
    waiting.unsign('u')
    waiting.answer({ outcome: 'unknown', attempt: 0, code: 'NOT_SENT' })
    waiting.hasPartner = false
    expect(waiting.step({ kind: 'time' })).toEqual(['Failed u UNKNOWN_PARTNER'])
    const doubted = new AgreementBench()
    doubted.unsign('u')
    doubted.hasPartner = false
    expect(doubted.answer(NO_ANSWER)).toEqual(['OnHold u SYSTEM_ERROR', 'OnHold u UNSIGN_UNKNOWN'])
    expect(doubted.state).toMatchObject({ status: 'on_hold', unsignInDoubt: true, operations: [] })
  })

  it('commands are refused, and none makes a form again; when it comes back, all is as before', () => {
    const bench = new AgreementBench()
    bench.sign('s')
    bench.untilDue()
    bench.hasPartner = false
    expect(bench.sign('s')).toEqual([])
    expect(bench.sign('t')).toEqual(['Refused t UNKNOWN_PARTNER'])
    expect(bench.status('q', 'SYSTEM_ERROR')).toEqual(['Refused q UNKNOWN_PARTNER'])
    expect(bench.unsign('u')).toEqual(['Refused u UNKNOWN_PARTNER'])
    bench.hasPartner = true
    expect(bench.answer(false)).toEqual([])
    bench.untilDue()
    expect(bench.answer(true)).toEqual(['Signed s', 'withdrawn s'])
  })

  it('in its lane: it ends at once, and the signer is asked for nothing that needs the partner', async () => {
    const bench = new ReconcilerBench()
    const command = agreementCommand('sign', 's', 0)
    giveCommand(bench, command)
    await bench.run()
    Object.assign(bench.dependencies, { partners: [] })
    await bench.run()
    expect(agreementsSaid(bench)).toEqual(['2 Failed s'])
    bench.clock.at += 48 * 3_600_000
    await bench.run()
    expect(bench.asked('gateway.GatewayServiceToSign')).toEqual([])
    expect(bench.asked('gateway.GatewayFormToSign').map(({ withdrawn }) => withdrawn)).toEqual([false, true])
    expect(statesOf(bench).get(`acme/agreement/${command.agreementId}`)?.value).toMatchObject({ operations: [] })
    expect(bench.lane.commits).toHaveLength(2)
  })
})
