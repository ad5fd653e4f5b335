/** Codes of tables 10-1 and 10-2, and what each does with its batch and its partner. */
import { EVERY_DEMO_PARTNER } from '@payout/sandbox/alipay/partners/testing/every-demo-partner'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ask, payout } from '../system/actors/commands.ts'
import { letGo, stopsOf } from '../system/actors/partner-stops.ts'
import { answersOf, attemptsOf, requestFor } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

/** batch_trans_notify_no_pwd 1.3 §10.1: this request is wrong, others may be good. */
const FIX_REQUEST = [
  'batchFeeIllegal', 'batchFeesIsNull', 'detailDataIsNull', 'TOTAL_NUMS_LIMIT', 'REASON_NOT_NULL', 'emailIsNull', 'baccountNameIsNull',
  'batchNoIsNull', 'MAX_SINGLE_FEE', 'BATCH_MONEY_ADD_NOT_MATCH_AMOUNT', 'MAX_SINGLE_FEE_FOR_CERT', 'BATCH_NO_ERROR',
  'BATCH_COUNT_ADD_NOT_MATCH_AMOUNT', 'batchNumsIsNull', 'payDateIsNull', 'ILLEGAL_ARGUMENT', 'ILLEGAL_DIGEST_TYPE', 'ILLEGAL_DIGEST',
  'ILLEGAL_FILE_FORMAT',
] // biome-ignore format: a list of words

/**
 * batch_trans_notify_no_pwd 1.3 §10.1: contract, account, key or balance; every request of the partner would be
 * refused.
 */
const STOPS_PARTNER = [
  'ILLEGAL_SIGN', 'NOT_ENOUGH_AMOUNT', 'ACCOUNT_NOT_MATCH', 'USER_NOT_EXIST', 'USER_BLOCKED', 'ERROR_SELF_CERTIFY_LEVEL_LIMIT', 'SELLER_NOT_CERTIFY',
  'PAY_EMAIL_NAME_NOT_MATCH', 'partnerORPayEmailError', 'PROFILE_BATCH_PAYMENT', 'ILLEGAL_DYN_MD5_KEY', 'ILLEGAL_ENCRYPT', 'ILLEGAL_SERVICE',
  'ILLEGAL_USER', 'ILLEGAL_PARTNER', 'ILLEGAL_EXTERFACE', 'ILLEGAL_PARTNER_EXTERFACE', 'ILLEGAL_SECURITY_PROFILE', 'ILLEGAL_AGENT',
  'ILLEGAL_SIGN_TYPE', 'ILLEGAL_CHARSET', 'ILLEGAL_CLIENT_IP', 'HAS_NO_PRIVILEGE', 'ILLEGAL_ENCODING', 'ILLEGAL_REQUEST_REFERER',
  'ILLEGAL_ANTI_PHISHING_KEY', 'ANTI_PHISHING_KEY_TIMEOUT', 'ILLEGAL_EXTER_INVOKE_IP',
] // biome-ignore format: a list of words

/** batch_trans_notify_no_pwd 1.3 §10.2, UPLOAD_FAIL of 10.1, and a code of neither. */
const OUTCOME_UNKNOWN = [
  'SYSTEM_ERROR', 'SESSION_TIMEOUT', 'ILLEGAL_TARGET_SERVICE', 'ILLEGAL_ACCESS_SWITCH_SYSTEM', 'ILLEGAL_SWITCH_SYSTEM', 'EXTERFACE_IS_CLOSED',
  'UPLOAD_FAIL', 'SOMETHING_NOBODY_WROTE_DOWN',
] // biome-ignore format: a list of words

const ALIASES = EVERY_DEMO_PARTNER.map(({ alias }) => alias)
const [FIRST = ''] = ALIASES

let system: System

beforeAll(async () => {
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    partners: EVERY_DEMO_PARTNER,
    env: { RESEND_DELAY_MAX: '300ms', BREAKER_UNKNOWNS: '1000' },
  })
}, 180_000)

afterAll(() => system?.stop(), 60_000)

/** Works on the codes, as many at a time as there are partners, each with a partner of its own. */
async function inWaves(codes: readonly string[], work: (pairs: { code: string; alias: string }[]) => Promise<void>) {
  for (let from = 0; from < codes.length; from += ALIASES.length) {
    await work(
      ALIASES.flatMap((alias, index) => {
        const code = codes[from + index]
        return code === undefined ? [] : [{ code, alias }]
      }),
    )
  }
}

function askEach(pairs: readonly { code: string; alias: string }[], what: string): Promise<void> {
  return ask(system, ...pairs.map(({ code, alias }) => payout(`${what}-${code}`, { partner: alias })))
}

function allHave(pairs: readonly { code: string }[], what: string, word: string): Promise<void> {
  const has = ({ code }: { code: string }) => system.events.story(`${what}-${code}`).includes(word)
  return system.events.until(() => pairs.every(has), `${what} of ${pairs.map(({ code }) => code)} are ${word}`)
}

describe('codes that say that the request is wrong', () => {
  beforeAll(async () => {
    await inWaves(FIX_REQUEST, async (pairs) => {
      for (const { code, alias } of pairs) await system.gateway.control({ action: 'force-answer', code, alias })
      await askEach(pairs, 'wrong')
      await allHave(pairs, 'wrong', 'failed')
      await askEach(pairs, 'next')
      await allHave(pairs, 'next', 'succeeded')
    })
  }, 180_000)

  it.each(FIX_REQUEST)('BTN-9: %s as the answer to the only attempt fails that batch alone', (code) => {
    expect(system.events.of(`wrong-${code}`).map(({ type, value }) => [type, value])).toMatchObject([
      ['payout.failed', { reason: code, version: 1, evidence: { kind: 'answer' } }],
    ])
    expect(system.events.story(`next-${code}`)).toContain('succeeded')
  })

  it('no partner is stopped by them', async () => {
    expect(await Promise.all(ALIASES.map((alias) => stopsOf(system, alias)))).toEqual(ALIASES.map(() => []))
  })
})

describe('codes that hold for all of a partner (S5.6)', () => {
  const stops = new Map<string, string[]>()
  const sentWhileStopped: string[] = []

  beforeAll(async () => {
    await inWaves(STOPS_PARTNER, async (pairs) => {
      for (const { code, alias } of pairs) await system.gateway.control({ action: 'force-answer', code, alias })
      await askEach(pairs, 'stopped')
      await allHave(pairs, 'stopped', 'failed')
      for (const { code, alias } of pairs) stops.set(code, await stopsOf(system, alias))

      await askEach(pairs, 'waits')
      const waiting = await until(async () => {
        const requests = await Promise.all(pairs.map(({ code }) => requestFor(system, `waits-${code}`)))
        const records = await attemptsOf(system)
        const found = requests.flatMap(
          (request) =>
            records.find(
              ({ batchNo, state, code }) =>
                batchNo === request?.batchNo && state === 'deferred' && code === 'PARTNER_STOPPED',
            ) ?? [],
        )
        return found.length === pairs.length && found
      }, 'what came after the stop is written down as waiting')
      const numbers = new Set(waiting.map(({ batchNo }) => batchNo))
      const sent = await system.gateway.requests()
      sentWhileStopped.push(
        ...sent.flatMap(({ batchNo }) => (batchNo !== undefined && numbers.has(batchNo) ? [batchNo] : [])),
      )

      for (const { alias } of pairs) await letGo(system, alias)
      await allHave(pairs, 'waits', 'succeeded')
    })
  }, 180_000)

  it.each(STOPS_PARTNER)('BTN-9: %s fails that batch and stops the partner; what waits stays good', (code) => {
    expect(system.events.of(`stopped-${code}`).map(({ type, value }) => [type, value])).toMatchObject([
      ['payout.failed', { reason: code, version: 1 }],
    ])
    expect(stops.get(code)).toEqual([`automatic ${code}`])
    expect(system.events.story(`waits-${code}`)).not.toContain('failed')
    expect(system.events.story(`waits-${code}`)).toContain('succeeded')
  })

  it('nothing was sent for a partner while it was stopped', () => {
    expect(sentWhileStopped).toEqual([])
  })
})

describe('codes that leave the outcome unknown', () => {
  beforeAll(async () => {
    await system.gateway.control({ action: 'hold-notifies', hold: true })
    await inWaves(OUTCOME_UNKNOWN, async (pairs) => {
      for (const { code, alias } of pairs) await system.gateway.control({ action: 'force-answer', code, alias })
      await askEach(pairs, 'unknown')
      await allHave(pairs, 'unknown', 'accepted')
    })
    await system.gateway.control({ action: 'hold-notifies', hold: false })
    await allHave(
      OUTCOME_UNKNOWN.map((code) => ({ code })),
      'unknown',
      'succeeded',
    )
  }, 180_000)

  it.each(OUTCOME_UNKNOWN)('MAPI-19, BTN-9: after %s the identical request is sent again', async (code) => {
    expect(system.events.story(`unknown-${code}`)).toEqual(['unresolved', 'accepted', 'succeeded'])
    const request = await requestFor(system, `unknown-${code}`)
    const sent = await system.gateway.requests({ batchNo: request?.batchNo ?? '' })
    expect(sent.map(({ answer }) => answer)).toEqual([code, 'SUCCESS'])
    expect(new Set(sent.map(({ bodyHash }) => bodyHash)).size).toBe(1)
  })
})

describe('what Alipay has already', () => {
  it('BTN-9: BATCH_NO_NOT_UNIQUE after a lost answer says that the first attempt had arrived', async () => {
    await system.gateway.control({ action: 'hold-notifies', hold: true })
    await system.gateway.control({ action: 'force-fault', fault: 'answer-lost', alias: FIRST })
    await ask(system, payout('arrived', { partner: FIRST }))
    await system.events.until(() => system.events.story('arrived').includes('accepted'), 'it is known to have arrived')
    await system.gateway.control({ action: 'hold-notifies', hold: false })
    await system.events.until(() => system.events.story('arrived').includes('succeeded'), 'its notify counts')
    expect(system.events.story('arrived')).toEqual(['unresolved', 'accepted', 'succeeded'])
    const batchNo = (await requestFor(system, 'arrived'))?.batchNo ?? ''
    expect((await system.gateway.requests({ batchNo })).map(({ answer }) => answer)).toEqual([
      'SUCCESS',
      'BATCH_NO_NOT_UNIQUE',
    ])
    expect((await system.gateway.books()).filter((entry) => entry.batchNo === batchNo)).toHaveLength(1)
  })

  it('BTN-9: BATCH_NO_NOT_UNIQUE to the first attempt is unresolved', async () => {
    await system.gateway.control({ action: 'force-answer', code: 'BATCH_NO_NOT_UNIQUE', alias: FIRST })
    await ask(system, payout('foreign', { partner: FIRST }))
    await system.events.until(() => system.events.story('foreign').length > 0, 'it is reported')
    expect(system.events.of('foreign').map(({ type, value }) => [type, value])).toMatchObject([
      ['payout.unresolved', { reason: 'BATCH_NO_NOT_UNIQUE' }],
    ])
  })

  it('BTN-9: TRANS_NO_NOT_UNIQUE is unresolved, and the notify still counts', async () => {
    await system.gateway.control({ action: 'force-answer', code: 'TRANS_NO_NOT_UNIQUE', alias: FIRST })
    await ask(system, payout('serial', { partner: FIRST }))
    await system.events.until(() => system.events.story('serial').length > 0, 'it is reported')
    expect(system.events.of('serial').map(({ type, value }) => [type, value])).toMatchObject([
      ['payout.unresolved', { reason: 'TRANS_NO_NOT_UNIQUE' }],
    ])
    const { answers } = await system.gateway.control({
      action: 'send-notify',
      alias: FIRST,
      url: `${system.ingressUrl}/notify/${FIRST}`,
      batchNo: (await requestFor(system, 'serial'))?.batchNo ?? '',
      successDetails: 'serial^ok@example.com^常炜^1.00^S^^202611210000000001^20261121120000|',
    })
    expect(answers).toEqual([{ status: 200, body: 'success' }])
    await system.events.until(() => system.events.story('serial').length > 1, 'the notify counts')
    expect(system.events.story('serial')).toEqual(['unresolved', 'succeeded'])
  })

  it.each(['ILLEGAL_ARGUMENT', 'ILLEGAL_SIGN', 'TRANS_NO_NOT_UNIQUE'])(
    'BTN-9: %s after an attempt whose answer is unknown proves nothing: unresolved, and the notify still counts',
    async (code) => {
      const id = `after-${code}`
      await system.gateway.control({ action: 'hold-notifies', hold: true })
      await system.gateway.control({ action: 'force-fault', fault: 'answer-lost', alias: FIRST })
      await system.gateway.control({ action: 'force-answer', code, alias: FIRST })
      await ask(system, payout(id, { partner: FIRST }))
      const { batchNo } = await until(async () => requestFor(system, id), 'it is signed')
      await until(
        async () => (await answersOf(system)).some((answer) => answer.batchNo === batchNo && answer.final),
        'the refusal is recorded',
      )
      await system.gateway.control({ action: 'hold-notifies', hold: false })
      await system.events.until(() => system.events.story(id).includes('succeeded'), 'the notify counts')
      expect(system.events.of(id).map(({ type, value }) => [type, value])).toMatchObject([
        ['payout.unresolved', { lastWord: false, standing: { status: 'unresolved', closed: false } }],
        ['payout.unresolved', { reason: code, lastWord: true, standing: { status: 'unresolved', closed: true } }],
        ['payout.succeeded', { standing: { status: 'succeeded', final: true, mismatches: [] } }],
      ])
      expect((await system.gateway.requests({ batchNo })).map(({ answer }) => answer)).toEqual(['SUCCESS', code])
      await letGo(system, FIRST)
    },
  )
})

it('a paying account that is too small stops its partner, and is paid from once it was filled', async () => {
  const alias = 'shop-rsa-gbk'
  await system.gateway.control({ action: 'balance', alias, balanceFen: 99 })
  await ask(system, payout('poor-1', { partner: alias }))
  await system.events.until(() => system.events.story('poor-1').includes('failed'), 'it is refused')
  await ask(system, payout('poor-2', { partner: alias }))
  await system.gateway.control({ action: 'balance', alias, balanceFen: 100 })
  await letGo(system, alias)
  await system.events.until(() => system.events.story('poor-2').includes('succeeded'), 'what waited is paid')
  expect(system.events.of('poor-1').at(-1)?.value).toMatchObject({ reason: 'NOT_ENOUGH_AMOUNT' })
  expect(system.events.story('poor-2')).not.toContain('failed')
})
