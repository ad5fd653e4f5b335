/** The life of agreements through all services: signed, queried, cancelled, and what goes wrong on the way. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEMO_PARTNERS } from '@payout/sandbox/alipay/partners/sandbox-partners'
import { EVERY_DEMO_PARTNER } from '@payout/sandbox/alipay/partners/testing/every-demo-partner'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { AgreementStage, emailOf } from '../system/actors/agreement-stage.ts'
import { askAgreement, sign, status, unsign } from '../system/actors/commands.ts'
import { letGo, stopPartner } from '../system/actors/partner-stops.ts'
import { metricOf } from '../system/admin.ts'
import { current, killed, replace } from '../system/processes.ts'
import { recordsOf } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'

const ALIASES = EVERY_DEMO_PARTNER.map(({ alias }) => alias)
const SHOP = 'shop-md5-utf8'
/** By itself no question is asked for an hour. */
const RARE_QUESTIONS = { AGREEMENT_FIRST_POLL: '1h', AGREEMENT_MAX_POLL: '1h' }
const QUICK_QUESTIONS = { AGREEMENT_FIRST_POLL: '300ms', AGREEMENT_MAX_POLL: '600ms' }
let system: System
let stage: AgreementStage

beforeAll(async () => {
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    processes: ['reconciler', 'gateway-ingress'],
    partners: EVERY_DEMO_PARTNER,
    env: {
      ...RARE_QUESTIONS,
      LOG_LEVEL: 'trace',
      RESEND_DELAY_MAX: '300ms',
      BREAKER_UNKNOWNS: '1000',
      KAFKA_SESSION_TIMEOUT_MS: '3000',
    },
  })
  stage = new AgreementStage(system)
})
afterAll(() => system?.stop())

/** So many pages ingress has refused for a reason that no stranger is told. */
const refused = (reason: string) =>
  metricOf(current(system, 'gateway-ingress'), 'ingress_form_refusals_total', `reason="${reason}"`)

const aliasAt = (index: number) => ALIASES[index % ALIASES.length] ?? SHOP

describe('a status command', () => {
  it('SGN-5: asks at once, once, and tells what Alipay says', async () => {
    await stage.agree(emailOf('elsewhere'))
    await askAgreement(system, status('q-elsewhere', emailOf('elsewhere')))
    await askAgreement(system, status('q-nobody', emailOf('nobody')))
    await stage.untilReported('q-elsewhere', 'signed')
    await stage.untilReported('q-nobody', 'not_signed')
    expect(stage.story('q-elsewhere', 'q-nobody')).toEqual([['signed'], ['not_signed NOT_SIGNED']])
    expect(stage.eventsOf('q-elsewhere')[0]?.value).toMatchObject({ chargeAgent: true, refundCharge: true, version: 1 })
    expect(await stage.callsAbout(emailOf('elsewhere'), 'query_customer_protocol')).toHaveLength(1)
    expect(await stage.callsAbout(emailOf('nobody'), 'query_customer_protocol')).toHaveLength(1)
  })

  it('SGN-5: its answer ends an open signing, too, long before that would have asked', async () => {
    const email = emailOf('waits')
    expect(await stage.decide(await stage.signing('s-waits', email), 'agree')).toBe('signed')
    await askAgreement(system, status('q-waits', email))
    for (const id of ['s-waits', 'q-waits']) await stage.untilReported(id, 'signed')
    expect(stage.story('s-waits', 'q-waits')).toEqual([['form_ready', 'signed'], ['signed']])
    expect(await stage.callsAbout(email, 'query_customer_protocol')).toHaveLength(1)
  })
})

describe('a code that the user saw on the signing page', () => {
  const IN_DOUBT = ['UNKNOWN_EXCEPTION', 'GENERIC_FAILURE', 'SYSTEM_ERROR'].map((code, index) => ({
    code,
    alias: aliasAt(index + 1),
  }))

  it.concurrent.each(IN_DOUBT)(
    'SGN-6: $code puts it on hold, stops what depends on it and asks; the signing may have succeeded',
    async ({ code, alias }) => {
      const [email, s, q] = [emailOf(code), `s-${code}`, `q-${code}`]
      expect(await stage.decide(await stage.signing(s, email, alias), 'agree')).toBe('signed')
      // The question waits, so that there is time to look.
      await stopPartner(system, alias)
      await askAgreement(system, status(q, email, code, alias))
      await stage.untilReported(s, 'on_hold')
      // A copy of what is in doubt makes no form, and ends nothing.
      await askAgreement(system, sign(s, email, alias))
      await askAgreement(system, unsign(`u-${code}`, email, alias))
      await stage.untilReported(`u-${code}`, 'refused')
      expect(await stage.callsAbout(email, 'query_customer_protocol')).toEqual([])
      await letGo(system, alias)
      for (const id of [s, q]) await stage.untilReported(id, 'signed')
      expect(stage.story(s)).toEqual([['form_ready', `on_hold ${code}`, 'signed']])
      expect(stage.story(q, `u-${code}`)).toEqual([['signed'], ['refused AGREEMENT_BUSY']])
      expect(await stage.bookOf(email)).toMatchObject({ state: 'signed', timesSigned: 1, timesUnsigned: 0 })
    },
  )

  it.concurrent('SGN-6: where Alipay says that it is not signed, that is told, the hold is over and the signing goes on', async () => {
    const email = emailOf('not-after-all')
    const url = await stage.signing('s-not', email)
    await askAgreement(system, status('q-not', email, 'SYSTEM_ERROR'))
    await stage.untilReported('q-not', 'not_signed')
    expect(stage.story('s-not', 'q-not')).toEqual([['form_ready', 'on_hold SYSTEM_ERROR'], ['not_signed NOT_SIGNED']])
    expect(await stage.decide(url, 'agree')).toBe('signed')
    await askAgreement(system, status('q-then', email))
    await stage.untilReported('s-not', 'signed')
    expect(stage.story('s-not')).toEqual([['form_ready', 'on_hold SYSTEM_ERROR', 'signed']])
  })

  const FAILS = [
    ['MERCHANT_SIGN_NOT_FOUND', 'contract'], ['REFUND_SIGN_PLAT_ERROR', 'contract'], ['MERCHANT_SIGN_STATUS_NOT_NORMAL', 'contract'],
    ['MERCHANT_UNSIGN', 'contract'], ['OUT_OF_MERCHANT_SERVICE_DATE_RANGE', 'contract'],
    ['CHARGE_MUST_HAVE_PAY_METHOD', 'both'], ['REFUND_CHARGE_MUST_CHOSE_ONE', 'both'], ['ILLEGAL_SIGN', 'signature'],
  ] as const // biome-ignore format: a list of words

  describe('and that is certain', () => {
    beforeAll(async () => {
      await Promise.all(
        FAILS.map(async ([code]) => {
          await stage.signing(`s-${code}`, emailOf(code))
          await askAgreement(system, status(`q-${code}`, emailOf(code), code))
          await stage.untilReported(`s-${code}`, 'failed')
          await stage.untilReported(`q-${code}`, 'not_signed')
        }),
      )
    })

    it.each(FAILS)(
      'SGN-7, SGN-8: %s ends the signing as failed, in words about the %s, and withdraws its form',
      async (code, word) => {
        expect(stage.story(`s-${code}`, `q-${code}`)).toEqual([
          ['form_ready', `failed ${code}`],
          ['not_signed NOT_SIGNED'],
        ])
        const explanation = expect.stringContaining(word)
        expect(stage.eventsOf(`s-${code}`)[1]?.value).toMatchObject({ explanation, version: 2 })
        const forms = (await recordsOf(system, 'gateway.forms')).filter(({ key }) => String(key).endsWith(`/s-${code}`))
        expect(forms.map(({ value }) => value === null)).toEqual([false, true])
      },
    )
  })
})

describe('the address of a form', () => {
  /** Everything of an answer that a stranger sees, but for the time. */
  async function visit(url: string) {
    const response = await fetch(url)
    const headers = [...response.headers].filter(([name]) => name !== 'date')
    return { status: response.status, headers, text: await response.text() }
  }
  const shown = (url: string) => until(async () => (await visit(url)).status === 200, 'the page is shown')

  it('used twice, wrong, of another partner, void or withdrawn, is one and the same page with 404', async () => {
    const never = await visit(`${system.ingressUrl}/agreement/${SHOP}/${'A'.repeat(43)}`)
    expect(never.status).toBe(404)

    const used = await stage.signing('s-used', emailOf('used'))
    await shown(used)
    expect(await visit(used)).toEqual(never)
    expect(await refused('used')).toBe(1)

    const other = await stage.signing('s-other', emailOf('other'))
    expect(await visit(other.replace(SHOP, 'shop-rsa-gbk'))).toEqual(never)
    expect(await visit(`${other.slice(0, -1)}${other.endsWith('A') ? 'B' : 'A'}`)).toEqual(never)
    await shown(other)

    const before = await stage.signing('s-void', emailOf('void'))
    await askAgreement(system, sign('s-void', emailOf('void')))
    await stage.untilReported('s-void', 'form_ready', 2)
    await shown(stage.formsOf('s-void')[1]?.url ?? '')
    expect(await visit(before)).toEqual(never)

    const withdrawn = await stage.signing('s-withdrawn', emailOf('withdrawn'))
    await askAgreement(system, status('q-withdrawn', emailOf('withdrawn'), 'MERCHANT_UNSIGN'))
    await stage.untilReported('s-withdrawn', 'failed')
    const held = () => metricOf(current(system, 'gateway-ingress'), 'ingress_forms_held')
    await until(async () => (await held()) === (await formsInForce()), 'ingress knows what is withdrawn')
    expect(await visit(withdrawn)).toEqual(never)
  })

  async function formsInForce(): Promise<number> {
    const last = new Map((await recordsOf(system, 'gateway.forms')).map(({ key, value }) => [String(key), value]))
    return [...last.values()].filter((value) => value !== null).length
  }

  it('the same command again makes the form again, with the next version; what it led to before is not asked for twice', async () => {
    const email = emailOf('again')
    await stage.signing('s-again', email)
    await askAgreement(system, sign('s-again', email))
    await stage.untilReported('s-again', 'form_ready', 2)
    const [first, second] = stage.formsOf('s-again')
    expect([first?.version, second?.version]).toEqual([1, 2])
    expect(new Set([first?.url, second?.url, first?.eventId, second?.eventId]).size).toBe(4)
    expect(await stage.decide(second?.url ?? '', 'agree')).toBe('signed')
    await askAgreement(system, status('q-again', email))
    await stage.untilReported('s-again', 'signed')
    // After its end the same command is nothing new.
    await askAgreement(system, sign('s-again', email))
    await askAgreement(system, status('q-behind', email))
    await stage.untilReported('q-behind', 'signed')
    expect(stage.story('s-again')).toEqual([['form_ready', 'form_ready', 'signed']])
  })

  it('a second signing, a cancelling, and another command under the same id are refused while one is open', async () => {
    const email = emailOf('busy')
    await stage.signing('s-busy', email)
    await askAgreement(system, sign('s-second', email))
    await askAgreement(system, unsign('u-busy', email))
    await askAgreement(system, status('s-busy', email))
    await stage.untilReported('s-busy', 'refused')
    expect(stage.story('s-second', 'u-busy', 's-busy')).toEqual([
      ['refused AGREEMENT_BUSY'],
      ['refused AGREEMENT_BUSY'],
      ['form_ready', 'refused ID_TAKEN'],
    ])
    expect(await stage.callsAbout(email, 'customer_unsign')).toEqual([])
  })
})

describe('a cancelling', () => {
  it.concurrent.each([
    { code: 'SYSTEM_ERROR', alias: aliasAt(4) },
    { code: 'ILLEGAL_SYSTEM', alias: aliasAt(5) },
  ])('UNS-4: answered twice by $code it is sent again, the same to the byte', async ({ code, alias }) => {
    const [email, u] = [emailOf(`twice.${code}`), `u-twice-${code}`]
    await stage.agree(email, alias)
    await system.gateway.control({ action: 'force-answer', service: 'customer_unsign', code, alias, times: 2 })
    await askAgreement(system, unsign(u, email, alias))
    await stage.untilReported(u, 'unsigned')
    expect(stage.story(u)).toEqual([['unsigned']])
    const calls = await stage.callsAbout(email, 'customer_unsign')
    expect(calls.map(({ answer }) => answer)).toEqual([code, code, 'SUCCESS'])
    expect(new Set(calls.map(({ bodyHash }) => bodyHash)).size).toBe(1)
    expect(await stage.bookOf(email)).toMatchObject({ state: 'unsigned', timesUnsigned: 1 })
  })

  it.concurrent.each([
    { fault: 'answer-lost', alias: aliasAt(8) },
    { fault: 'half-xml', alias: aliasAt(9) },
    { fault: 'late-system-error', alias: aliasAt(10) },
  ] as const)('UNS-6: whose answer has the fault $fault is one agreement.unsigned', async ({ fault, alias }) => {
    const [email, u] = [emailOf(fault), `u-${fault}`]
    await stage.agree(email, alias)
    await system.gateway.control({ action: 'force-fault', service: 'customer_unsign', fault, alias })
    await askAgreement(system, unsign(u, email, alias))
    await stage.untilReported(u, 'unsigned')
    expect(stage.story(u)).toEqual([['unsigned']])
    expect(new Set((await stage.callsAbout(email, 'customer_unsign')).map(({ bodyHash }) => bodyHash)).size).toBe(1)
    expect(await stage.bookOf(email)).toMatchObject({ state: 'unsigned', timesUnsigned: 1 })
  })

  it('UNS-6: whose answer was lost and whose second attempt is refused is on hold, until Alipay tells that it was done', async () => {
    const email = emailOf('refused-later')
    await stage.agree(email)
    await system.gateway.control({ action: 'agreement-answers', unsignMissing: 'ILLEGAL_ARGUMENT' })
    await system.gateway.control({
      action: 'force-fault',
      service: 'customer_unsign',
      fault: 'answer-lost',
      alias: SHOP,
    })
    await askAgreement(system, unsign('u-refused-later', email))
    await stage.untilReported('u-refused-later', 'unsigned')
    await system.gateway.control({ action: 'agreement-answers' })
    expect(stage.story('u-refused-later')).toEqual([['on_hold ILLEGAL_ARGUMENT', 'unsigned']])
    expect(await stage.bookOf(email)).toMatchObject({ state: 'unsigned', timesUnsigned: 1 })
  })

  it('UNS-6: of an agreement that is cancelled is refused, whatever its id, and sent no more', async () => {
    const email = emailOf('done')
    await stage.agree(email)
    await askAgreement(system, unsign('u-done', email))
    await askAgreement(system, unsign('u-done', email))
    await stage.untilReported('u-done', 'unsigned')
    await askAgreement(system, unsign('u-done', email))
    await askAgreement(system, unsign('u-done-2', email))
    await stage.untilReported('u-done-2', 'refused')
    expect(stage.story('u-done', 'u-done-2')).toEqual([['unsigned'], ['refused ALREADY_UNSIGNED']])
    expect(await stage.callsAbout(email, 'customer_unsign')).toHaveLength(1)
  })

  const REFUSALS = [
    'TOO_MUCH_TYPE_CODE', 'FAIL_UNFREEZE_STANDARD_BAIL', 'ILLEGAL_ARGUMENT', 'STATUS_TYPE_CODE', 'ILLEGAL_SERVICE_TIME_OUT',
    'NOT_EXIST_PARTNER_TYPE_CODE', 'FAIL_UNSIGN_BATCH_PAY_PRIVILEGE',
  ] // biome-ignore format: a list of words

  describe('that is refused', () => {
    beforeAll(() =>
      Promise.all(
        REFUSALS.map(async (code, index) => {
          const [email, alias] = [emailOf(`uns.${code}`), aliasAt(index)]
          await stage.agree(email, alias)
          await system.gateway.control({ action: 'force-answer', service: 'customer_unsign', code, alias })
          await askAgreement(system, unsign(`u-${code}`, email, alias))
          await stage.untilReported(`u-${code}`, 'failed')
        }),
      ),
    )

    it.each(REFUSALS)('UNS-5: with %s is failed, by that name; the agreement stands', async (code) => {
      expect(stage.story(`u-${code}`)).toEqual([[`failed ${code}`]])
      expect(await stage.callsAbout(emailOf(`uns.${code}`), 'customer_unsign')).toHaveLength(1)
      expect(await stage.bookOf(emailOf(`uns.${code}`))).toMatchObject({ state: 'signed' })
    })
  })
})

describe('with questions that follow by themselves', () => {
  beforeAll(() => replace(system, 'reconciler', QUICK_QUESTIONS))

  it.concurrent.each(DEMO_PARTNERS)(
    'SGN-5, UNS-6: $signType in $charset: an agreement is signed, told, cancelled, each by one event',
    async ({ alias }) => {
      const email = `毛毛.${alias}@example.com`
      const [s, q, u] = [`life-s-${alias}`, `life-q-${alias}`, `life-u-${alias}`]
      expect(await stage.decide(await stage.signing(s, email, alias), 'agree')).toBe('signed')
      await stage.untilReported(s, 'signed')
      await askAgreement(system, status(q, email, null, alias))
      await stage.untilReported(q, 'signed')
      await askAgreement(system, unsign(u, email, alias))
      await stage.untilReported(u, 'unsigned')
      expect(stage.story(s, q, u)).toEqual([['form_ready', 'signed'], ['signed'], ['unsigned']])
      const events = [s, q, u].flatMap((id) => stage.eventsOf(id))
      expect(events.map(({ value }) => ('version' in value ? value.version : null))).toEqual([1, 2, 3, 4])
      expect(new Set(events.map(({ value }) => value.agreementId)).size).toBe(1)
      expect(new Set(events.map(({ value }) => value.eventId)).size).toBe(4)
      expect(await stage.bookOf(email)).toMatchObject({ alias, state: 'unsigned', timesSigned: 1, timesUnsigned: 1 })
      expect(await stage.callsAbout(email, 'sign_protocol_with_partner')).toMatchObject([{ answer: 'SUCCESS' }])
      expect(await stage.callsAbout(email, 'customer_unsign')).toMatchObject([{ answer: 'SUCCESS' }])
    },
  )

  it.concurrent('while its partner is stopped nothing is sent about it; it goes on where it was', async () => {
    const [email, alias] = [emailOf('stopped'), aliasAt(7)]
    await stopPartner(system, alias)
    expect(await stage.decide(await stage.signing('s-stopped', email, alias), 'agree')).toBe('signed')
    await until(() => stage.isWaiting(email), 'the question waits')
    expect(await stage.callsAbout(email, 'query_customer_protocol')).toEqual([])
    await letGo(system, alias)
    await stage.untilReported('s-stopped', 'signed')
    expect(stage.story('s-stopped')).toEqual([['form_ready', 'signed']])
  })

  it('SGN-5: reconciler and ingress are killed between form_ready and signed: its form is shown, its end is told, once', async () => {
    const email = emailOf('killed')
    const url = await stage.signing('s-killed', email)
    await killed(system, 'reconciler', 'gateway-ingress')
    expect(await stage.decide(url, 'agree')).toBe('signed')
    await stage.untilReported('s-killed', 'signed')
    await askAgreement(system, unsign('u-killed', email))
    await stage.untilReported('u-killed', 'unsigned')
    expect(stage.story('s-killed', 'u-killed')).toEqual([['form_ready', 'signed'], ['unsigned']])
    expect(await stage.bookOf(email)).toMatchObject({ timesSigned: 1, timesUnsigned: 1 })
  })
})

describe('with little patience', () => {
  beforeAll(() =>
    replace(system, 'reconciler', { ...QUICK_QUESTIONS, AGREEMENT_FORM_LIFE: '6s', AGREEMENT_GIVE_UP: '12s' }),
  )

  it.concurrent('SGN-5: a user who cancels at Alipay is not_signed when the time is over; a new command begins anew', async () => {
    const email = emailOf('cancels')
    expect(await stage.decide(await stage.signing('s-cancels', email), 'cancel')).toBe('cancelled')
    await stage.untilReported('s-cancels', 'not_signed')
    expect(stage.story('s-cancels')).toEqual([['form_ready', 'not_signed NOT_SIGNED']])
    expect(await stage.bookOf(email)).toMatchObject({ state: 'unsigned', timesSigned: 0 })
    expect(await stage.signing('s-anew', email)).not.toBe('')
  })

  it.concurrent('a form that has expired is shown no more: the same page as for any other address', async () => {
    const alias = aliasAt(11)
    const before = await refused('expired')
    // While a question waits, the signing is not given up, and the form not withdrawn.
    await stopPartner(system, alias)
    const url = await stage.signing('s-expired', emailOf('expired'), alias)
    const expiresAt = stage.formsOf('s-expired')[0]?.expiresAt ?? 0
    await until(() => Date.now() > expiresAt, 'its time is over')
    const [page, strange] = [await fetch(url), await fetch(`${system.ingressUrl}/agreement/${SHOP}/${'B'.repeat(43)}`)]
    expect([page.status, await page.text()]).toEqual([404, await strange.text()])
    expect(await refused('expired')).toBe(before + 1)
  })
})

it('MAPI-14: neither the address of a form nor a signer stands in the log of any process', async () => {
  const urls = system.events.agreements.flatMap((event) =>
    event.name === 'agreement.AgreementFormReady' ? [event.value.url] : [],
  )
  expect(urls.length).toBeGreaterThan(20)
  const tokens = urls.map((url) => url.slice(url.lastIndexOf('/') + 1))
  const files = (await readdir(system.folder)).filter((name) => name.endsWith('.log'))
  expect(files.length).toBeGreaterThan(5)
  for (const file of files) {
    const text = await readFile(join(system.folder, file), 'utf8')
    expect(text.length).toBeGreaterThan(0)
    for (const token of tokens) expect(text.includes(token), `${file} has the address of a form`).toBe(false)
    for (const word of ['signer.', '毛毛.']) expect(text.includes(word), `${file} names a signer`).toBe(false)
  }
})
