/** Midnight in China passes while batches wait, are open, or have just been asked for. */

import { readFileSync, writeFileSync } from 'node:fs'
import { chinaDate, millisecondsToMidnight } from '@payout/mapi/values/china-time'
import { HOUR_MS } from '@payout/schemas/units'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { ask, askBatch, batch, payout } from '../system/actors/commands.ts'
import { letGo, stopPartner } from '../system/actors/partner-stops.ts'
import { moveClock } from '../system/clock.ts'
import { answersOf, attemptsOf, requestFor, requestsOf } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

const STOPPED = 'shop-md5-utf8'
const UNREACHED = 'shop-rsa-gbk'
const LATE = 'shop-dsa-gb2312'

/** What stands between now and noon of a day in China. */
const toNoon = (now: number) => millisecondsToMidnight(now) + 12 * HOUR_MS

let system: System
/** The day on which everything was asked for, and the next. */
let [day, nextDay] = ['', '']

/** In the services' partners file, which they read when they are started again. */
function changeCharset(alias: string, charset: string): void {
  const file = JSON.parse(readFileSync(system.partnersFile, 'utf8'))
  file.partners[alias].charset = charset
  writeFileSync(system.partnersFile, JSON.stringify(file))
}

beforeAll(async () => {
  const noon = toNoon(Date.now())
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    env: { CLOCK_SHIFT: `${noon}ms`, RESEND_DELAY_MAX: '500ms', BREAKER_UNKNOWNS: '10000' },
    sandbox: { clockShiftMs: noon },
  })
  day = chinaDate(Date.now() + noon)
  nextDay = chinaDate(Date.now() + noon + 24 * HOUR_MS)

  await until(async () => (await system.stateStore.rebuild.trust()) === 'trusted', 'Redis is set up')
  await stopPartner(system, STOPPED)
  await system.gateway.control({ action: 'force-fault', fault: 'request-lost', alias: UNREACHED, times: 100_000 })
  await ask(system, payout('waits', { partner: STOPPED }), payout('attempted', { partner: UNREACHED }))
  await system.events.until(() => system.events.story('attempted').includes('unresolved'), 'one attempt has no answer')
  await until(async () => (await attemptsOf(system)).some(({ state }) => state === 'deferred'), 'the other waits')
  // Batches of their own, and meanwhile the partner's charset becomes one that lacks a character of two of them.
  await ask(system, payout('rare', { partner: STOPPED, payeeName: '𠮷野' }))
  await until(() => requestFor(system, 'rare'), 'a rare name is signed')
  await askBatch(system, 'rare-2', batch(STOPPED, [{ payoutId: 'rare-2', payeeName: '𠮷川' }, { payoutId: 'beside' }]))
  await until(() => requestFor(system, 'beside'), 'a batch with a rare name is signed')
  changeCharset(STOPPED, 'gbk')

  // A machine may be so busy that it starts services only after midnight: then they are set back once more.
  let late = ''
  for (const beforeMs of [15_000, 45_000, 120_000]) {
    late = `late-${beforeMs}`
    const shift = await moveClock(system, (now) => noon + millisecondsToMidnight(now + noon) - beforeMs)
    await ask(system, payout(late, { partner: LATE }))
    const request = await until(() => requestFor(system, late), 'a payout is signed')
    if (request.payDate === day && chinaDate(Date.now() + shift) === day) break
  }
  for (const id of ['waits', late]) {
    await until(async () => (await requestFor(system, id))?.signing === 2, `${id} is signed again`, 200_000)
  }
  await until(
    async () => (await answersOf(system)).some(({ code }) => code === 'PAY_DATE_PASSED'),
    'the open batch is given up',
  )
  await moveClock(system, (now) => noon + millisecondsToMidnight(now + noon) + HOUR_MS)
  await letGo(system, STOPPED)
  await system.events.until(
    () => ['waits', 'beside', late].every((id) => system.events.story(id).includes('succeeded')),
    'what waited and what came late are paid',
  )
}, 400_000)

afterAll(() => system?.stop(), 60_000)

it('BTN-5: what waited past midnight is signed again with the new date and the same batch number', async () => {
  const signings = (await requestsOf(system)).filter(({ lines }) => lines[0]?.payoutId === 'waits')
  expect(signings.map(({ payDate, signing }) => [payDate, signing])).toEqual([
    [day, 1],
    [nextDay, 2],
  ])
  expect(new Set(signings.map(({ batchNo }) => batchNo)).size).toBe(1)
  expect(signings[1]?.cause).toMatchObject({ topic: 'gateway.to-sign' })
  const sent = await system.gateway.requests({ batchNo: signings[0]?.batchNo ?? '' })
  expect(sent.map(({ attempt, answer }) => [attempt, answer])).toEqual([[1, 'SUCCESS']])
  expect(system.events.story('waits')).not.toContain('failed')
})

it('BTN-5: what was attempted and whose day has passed is not sent any more: unresolved, never failed', async () => {
  const { batchNo = '' } = (await requestFor(system, 'attempted')) ?? {}
  expect(new Set(system.events.story('attempted'))).toEqual(new Set(['unresolved']))
  const answers = (await answersOf(system)).filter((answer) => answer.batchNo === batchNo)
  expect(answers.at(-1)).toMatchObject({ outcome: 'unknown', code: 'PAY_DATE_PASSED', final: true, sentAt: null })
  // Whoever reads the events hears of it too.
  await system.events.until(() => system.events.story('attempted').length > 1, 'the last word is reported')
  expect(system.events.of('attempted').at(-1)?.value).toMatchObject({
    reason: 'PAY_DATE_PASSED',
    lastWord: true,
    explanation: expect.not.stringContaining('sent again'),
    standing: { status: 'unresolved', closed: true },
  })
  expect((await requestsOf(system)).filter((request) => request.batchNo === batchNo)).toHaveLength(1)
  const sent = await system.gateway.requests({ batchNo })
  expect(sent.length).toBeGreaterThan(0)
  expect(new Set(sent.map(({ at }) => chinaDate(at)))).toEqual(new Set([day]))
})

it('BTN-5: nothing is sent in the last 30 seconds of a day, nor in the first 30 of the next', async () => {
  const batches = (await system.gateway.requests()).filter(({ service }) => service === 'batch_trans_notify_no_pwd')
  expect(batches.length).toBeGreaterThan(2)
  for (const { at } of batches) {
    expect(millisecondsToMidnight(at)).toBeGreaterThan(29_000)
    expect(millisecondsToMidnight(at)).toBeLessThan(24 * HOUR_MS - 29_000)
  }
})

it('BTN-5: what came in the last seconds waited for the next day', async () => {
  const late = (await requestsOf(system)).filter(({ lines }) => lines[0]?.payoutId.startsWith('late-'))
  const signings = late.filter(({ batchNo }) => batchNo === late.at(-1)?.batchNo)
  expect(signings.length).toBe(2)
  expect(signings[0]?.payDate).not.toBe(signings[1]?.payDate)
  const waited = (await attemptsOf(system)).filter(({ batchNo }) => batchNo === signings[0]?.batchNo)
  expect(waited[0]).toMatchObject({ state: 'deferred', code: 'NEAR_MIDNIGHT', attempts: 0 })
})

it('BTN-5: what can not be signed for the new day has failed, what stood beside it is paid, and no lane waited', async () => {
  for (const id of ['rare', 'rare-2']) expect(system.events.story(id)).toEqual(['failed'])
  const [failed] = system.events.of('rare')
  expect(failed?.value).toMatchObject({ reason: 'MAPI_CHARSET_CANNOT_HOLD', evidence: { kind: 'request' } })
  const beside = (await requestsOf(system)).filter(({ lines }) => lines.some(({ payoutId }) => payoutId === 'beside'))
  expect(beside.map(({ lines, payDate, charset }) => [lines.length, payDate, charset])).toEqual([
    [2, day, 'utf-8'],
    [1, nextDay, 'gbk'],
  ])
  expect(beside[1]?.batchNo).not.toBe(beside[0]?.batchNo)
  expect(await system.gateway.requests({ batchNo: beside[0]?.batchNo ?? '' })).toEqual([])
})
