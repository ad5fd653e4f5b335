import { ERROR_CODES } from '@payout/mapi/answer/error-codes'
import type { GatewayAnswer } from '@payout/schemas/generated/records'
import { describe, expect, it } from 'vitest'
import { HOUR, NOON, ReconcilerBench } from '../testing/reconciler-bench.ts'

const DAY = 24 * HOUR

type Answer = readonly [GatewayAnswer['outcome'], Partial<GatewayAnswer>]

const tried = (attempt: number, code = 'SYSTEM_ERROR'): Answer => ['unknown', { attempt, code }]
const lastWord = (code: string, attempt = 3): Answer => ['unknown', { attempt, code, final: true }]

/** A payout of which egress has told these answers, one session each. */
async function told(...answers: readonly Answer[]): Promise<ReconcilerBench> {
  const bench = new ReconcilerBench()
  bench.request(['p1'])
  for (const [outcome, changes] of answers) {
    bench.answer(outcome, changes)
    await bench.run()
  }
  return bench
}

/** The reasons in the order in which they were told, `!` behind one that is the last word. */
const reasons = (bench: ReconcilerBench) =>
  bench.events.map(({ name, value }) =>
    name === 'payout.PayoutUnresolved'
      ? `${value.reason}${value.lastWord ? '!' : ''}`
      : name.slice('payout.Payout'.length).toLowerCase(),
  )
const explanations = (bench: ReconcilerBench) =>
  bench.events.flatMap(({ value }) => ('explanation' in value ? [value.explanation] : []))

describe('a report is an event where its reason or its finality is news', () => {
  it.each(['PAY_DATE_PASSED', 'NOT_SENT_AGAIN', 'REQUEST_TOO_OLD'])(
    "%s reaches whoever reads that the request is sent again: it isn't any more",
    async (code) => {
      const bench = await told(tried(1), tried(2), lastWord(code))
      expect(reasons(bench)).toEqual(['SYSTEM_ERROR', `${code}!`])
      const [first, last] = explanations(bench)
      expect(first).toContain('sent again')
      expect(last).not.toContain('sent again')
      expect(last).toContain('npm run decide')
      expect(bench.state()?.status).toBe('unresolved')
    },
  )

  it('the same reason, now as the last word (RESEND=never, changed meanwhile)', async () => {
    const bench = await told(tried(1), lastWord('SYSTEM_ERROR', 2))
    expect(reasons(bench)).toEqual(['SYSTEM_ERROR', 'SYSTEM_ERROR!'])
    expect(explanations(bench)[1]).not.toContain('sent again')
  })

  it.each([...ERROR_CODES.values()].filter(({ action, duplicate }) => action !== 'outcome-unknown' && duplicate !== 'batch'))(
    'the refusal $code at a second attempt is the last word, and told',
    async ({ code }) => {
      const bench = await told(tried(1), ['refused', { attempt: 2, code }])
      expect(reasons(bench)).toEqual(['SYSTEM_ERROR', `${code}!`])
      expect(explanations(bench)[1]).toContain('npm run decide')
    },
  ) // biome-ignore format: a table

  it('another reason is told once, however often they alternate', async () => {
    const bench = await told(
      tried(1),
      tried(2, 'TIMED_OUT'),
      tried(3),
      tried(4, 'TIMED_OUT'),
      lastWord('PAY_DATE_PASSED'),
    )
    expect(reasons(bench)).toEqual(['SYSTEM_ERROR', 'TIMED_OUT', 'PAY_DATE_PASSED!'])
  })

  it('that a payout is overdue is told, and what was told before it is not told again', async () => {
    const bench = await told(tried(1))
    bench.clock.at = NOON + 25 * HOUR
    await bench.run()
    bench.answer('unknown', { attempt: 2, code: 'SYSTEM_ERROR' })
    await bench.run()
    expect(reasons(bench)).toEqual(['SYSTEM_ERROR', 'overdue'])
    bench.answer('unknown', { attempt: 3, code: 'PAY_DATE_PASSED', final: true })
    await bench.run()
    expect(reasons(bench)).toEqual(['SYSTEM_ERROR', 'overdue', 'PAY_DATE_PASSED!'])
  })

  it('an old answer that would be tried again says nothing after the last word', async () => {
    const bench = await told(lastWord('PAY_DATE_PASSED', 1), tried(1, 'TIMED_OUT'))
    expect(reasons(bench)).toEqual(['PAY_DATE_PASSED!'])
  })

  it('that the batch was taken is more than an answer that nobody understood', async () => {
    const bench = await told(['accepted', {}], tried(2), lastWord('PAY_DATE_PASSED'))
    expect(reasons(bench)).toEqual(['accepted'])
  })

  it('what a notify says of the line is more than that the batch was taken; the last word is told beside it', async () => {
    const bench = await told()
    bench.notify([{ result: 'F', reason: 'USER_SERIAL_NO_REPEATE' }])
    await bench.run()
    bench.answer('accepted')
    bench.answer('accepted', { attempt: 2 })
    await bench.run()
    expect(reasons(bench)).toEqual(['USER_SERIAL_NO_REPEATE', 'USER_SERIAL_NO_REPEATE!'])
    expect(bench.state()?.status).toBe('unresolved')
  })

  it('the second batch number is told anew, with the same reasons', async () => {
    const bench = await told(tried(1), lastWord('PAY_DATE_PASSED', 1))
    bench.clock.at = NOON + DAY
    bench.decide('again')
    await bench.run()
    const batchNo = bench.toSign[0]?.batchNo ?? ''
    bench.request(['p1'], { batchNo, resubmission: true, payDate: '20261122', signedAt: NOON + DAY })
    for (const [outcome, changes] of [tried(1), tried(2), lastWord('PAY_DATE_PASSED')])
      bench.answer(outcome, { ...changes, batchNo, resubmission: true })
    await bench.run()
    const second = ['SYSTEM_ERROR', 'PAY_DATE_PASSED!']
    expect(reasons(bench)).toEqual([...second, 'resubmitted', ...second])
  })

  it('after an outcome no report is news', async () => {
    const bench = await told()
    bench.notify([{}])
    await bench.run()
    bench.answer('unknown', { final: true, code: 'PAY_DATE_PASSED' })
    bench.answer('accepted')
    await bench.run()
    expect(reasons(bench)).toEqual(['succeeded'])
  })
})

describe('payout.overdue has a reason', () => {
  const overdue = async (...answers: readonly Answer[]) => {
    const bench = await told(...answers)
    await bench.run()
    bench.clock.at = NOON + 25 * HOUR
    await bench.run()
    return bench.events.flatMap(({ name, value }) => (name === 'payout.PayoutOverdue' ? [value] : []))
  }

  it.each<[reason: string, answers: readonly Answer[]]>([
    ['NO_ANSWER', []],
    ['NO_NOTIFY', [['accepted', {}]]],
    ['SYSTEM_ERROR', [tried(1)]],
    ['PAY_DATE_PASSED', [tried(1), lastWord('PAY_DATE_PASSED')]],
    ['NO_NOTIFY', [tried(1), ['accepted', { attempt: 2 }]]],
  ])('%s', async (reason, answers) => {
    const [event, ...more] = await overdue(...answers)
    expect([event?.reason, more]).toEqual([reason, []])
    expect(event?.explanation).not.toContain('sent again')
    expect(event?.explanation).toMatch(/in time/)
  })
})
