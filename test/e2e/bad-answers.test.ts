/**
 * What goes wrong between the gateway and us: nobody knows the outcome, and it is found out without ever paying twice.
 */

import { FAULTS, type Fault } from '@payout/sandbox/alipay/gateway/fault'
import { EVERY_DEMO_PARTNER } from '@payout/sandbox/alipay/partners/testing/every-demo-partner'
import type { SandboxClient } from '@payout/sandbox/alipay/sandbox-client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ask, payout } from '../system/actors/commands.ts'
import { answersOf, attemptsOf, requestFor, requestsOf } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

/** What egress calls each. `slow` is no fault to it: the right answer comes in time. */
const CODES: Readonly<Record<Exclude<Fault, 'slow'>, string>> = {
  'request-lost': 'CONNECTION_RESET',
  'answer-lost': 'CONNECTION_RESET',
  'half-xml': 'ANSWER_NOT_XML',
  'cut-answer': 'CONNECTION_RESET',
  'server-error': 'HTTP_STATUS',
  'late-server-error': 'HTTP_STATUS',
  html: 'ANSWER_NOT_UNDERSTOOD',
  empty: 'ANSWER_EMPTY',
  'system-error': 'SYSTEM_ERROR',
  'late-system-error': 'SYSTEM_ERROR',
  'unknown-code': 'SOMETHING_NEW',
  entities: 'ANSWER_HAS_DOCTYPE',
  hang: 'TIMED_OUT',
}

/** Each fault meets a partner of its own. */
const CASES = FAULTS.map((fault, index) => ({
  fault,
  alias: EVERY_DEMO_PARTNER[index]?.alias ?? '',
  id: `fault-${fault}`,
}))
const BROKEN = CASES.flatMap(({ fault, ...rest }) => (fault === 'slow' ? [] : [{ fault, ...rest }]))

let system: System
let requests: Awaited<ReturnType<typeof requestsOf>>
let answers: Awaited<ReturnType<typeof answersOf>>
let attempts: Awaited<ReturnType<typeof attemptsOf>>
let calls: Awaited<ReturnType<SandboxClient['requests']>>
let books: Awaited<ReturnType<SandboxClient['books']>>

beforeAll(async () => {
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    partners: EVERY_DEMO_PARTNER,
    env: { RESEND_DELAY_MAX: '300ms', BREAKER_UNKNOWNS: '1000', GATEWAY_ANSWER_TIMEOUT: '4s' },
  })
  await system.gateway.control({ action: 'hold-notifies', hold: true })
  for (const { fault, alias } of CASES) {
    // Twice, so that what answers the second attempt is as uncertain as the first.
    const times = fault === 'hang' ? 1 : 2
    await system.gateway.control({ action: 'force-fault', fault, alias, times })
  }
  await ask(system, ...CASES.map(({ alias, id }) => payout(id, { partner: alias })))
  await system.events.until(
    () => CASES.every(({ id }) => system.events.story(id).includes('accepted')),
    'all are accepted',
  )
  await system.gateway.control({ action: 'hold-notifies', hold: false })
  await system.events.until(
    () => CASES.every(({ id }) => system.events.story(id).includes('succeeded')),
    'all are paid',
  )
  ;[requests, answers, attempts] = [await requestsOf(system), await answersOf(system), await attemptsOf(system)]
  ;[calls, books] = [await system.gateway.requests(), await system.gateway.books()]
}, 180_000)

afterAll(() => system?.stop(), 60_000)

describe.each(BROKEN)('$fault', ({ fault, id }) => {
  const batchNo = () => requests.find(({ lines }) => lines[0]?.payoutId === id)?.batchNo
  const isIts = (record: { batchNo?: string | undefined }) => record.batchNo === batchNo()

  it('BTN-9, MAPI-16: the outcome is unknown, never failed, and ends in one outcome', () => {
    expect(system.events.story(id)).toEqual(['unresolved', 'accepted', 'succeeded'])
    expect(system.events.of(id)[0]?.value).toMatchObject({ reason: CODES[fault] })
    const recorded = answers.filter(isIts)
    expect(recorded[0]).toMatchObject({ attempt: 1, outcome: 'unknown', code: CODES[fault], final: false })
    expect(recorded.map(({ attempt }) => attempt)).toEqual(recorded.map((_, index) => index + 1))
    expect(recorded.slice(0, -1).every(({ outcome }) => outcome === 'unknown')).toBe(true)
    expect(recorded.at(-1)?.final).toBe(true)
  })

  it('BTN-5: the identical request is sent again under its own batch number, and paid once', () => {
    const sent = calls.filter(isIts)
    expect(sent.length).toBe(fault === 'hang' ? 2 : 3)
    expect(new Set(sent.map(({ bodyHash }) => bodyHash)).size).toBe(1)
    expect(books.filter(isIts)).toHaveLength(1)
  })

  it('an intent stands on record before each attempt (S5.1)', () => {
    const sent = calls.filter(isIts)
    expect(attempts.filter(isIts).map(({ state, attempts: count }) => `${state} ${count}`)).toEqual([
      ...sent.map((_, index) => `in_doubt ${index + 1}`),
      `closed ${sent.length}`,
    ])
  })
})

it('a slow answer is waited for', () => {
  expect(system.events.story('fault-slow')).toEqual(['accepted', 'succeeded'])
})

describe('RESEND=never', () => {
  beforeAll(async () => {
    const [before] = system.services['gateway-egress']
    await system.add('gateway-egress', { RESEND: 'never' })
    await before?.stop(20_000)
  }, 60_000)

  it.each(['request-lost', 'answer-lost'] as const)(
    'after %s nothing is sent again: unresolved, and the notify still counts',
    async (fault) => {
      const id = `never-${fault}`
      const alias = 'shop-rsa-utf8'
      await system.gateway.control({ action: 'hold-notifies', hold: true })
      await system.gateway.control({ action: 'force-fault', fault, alias })
      await ask(system, payout(id, { partner: alias }))
      await system.events.until(() => system.events.story(id).length > 0, 'it is reported')
      expect(system.events.of(id).map(({ type, value }) => [type, value])).toMatchObject([
        ['payout.unresolved', { reason: 'CONNECTION_RESET' }],
      ])
      const { batchNo } = await until(() => requestFor(system, id), 'its request')
      expect((await answersOf(system)).filter((answer) => answer.batchNo === batchNo)).toMatchObject([
        { attempt: 1, outcome: 'unknown', final: true },
      ])
      await system.gateway.control({ action: 'hold-notifies', hold: false })
      if (fault === 'answer-lost') {
        await system.events.until(() => system.events.story(id).length > 1, 'the notify counts')
        expect(system.events.story(id)).toEqual(['unresolved', 'succeeded'])
      }
      // Somebody else's payout, through the same lanes, shows that there was time to send again.
      await ask(
        system,
        ...Array.from({ length: 6 }, (_, n) => payout(`${id}-${n}`, { partner: 'shop-md5-gbk', amountFen: n + 1 })),
      )
      await system.events.until(
        () =>
          Array.from({ length: 6 }, (_, n) => `${id}-${n}`).every((other) =>
            system.events.story(other).includes('succeeded'),
          ),
        'others are paid',
      )
      expect(await system.gateway.requests({ batchNo })).toHaveLength(1)
    },
  )
})
