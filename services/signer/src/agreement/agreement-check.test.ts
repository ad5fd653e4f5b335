import { agreementId } from '@payout/mapi/values/agreement-id'
import { describe, expect, it } from 'vitest'
import {
  AgreementBench,
  type Asked,
  BY_EMAIL,
  EMAIL,
  processed,
  sign,
  status,
  unsign,
} from '../testing/agreement-bench.ts'
import { acme, NOON, PARTNER_ID, partner, SECRET } from '../testing/signer-bench.ts'

const ID = agreementId('acme', EMAIL)

describe('what is not valid is agreement.failed, and nothing is signed', () => {
  it.each<[string, Asked, string, string | null]>([
    ['SGN-4: a mobile number as the signer', sign({ email: '13800138000' }), 'MAPI_SIGNER_IS_MOBILE', null],
    ['SGN-4: a mobile number, asked about', status({ email: '+86 138-0013-8000' }), 'MAPI_SIGNER_IS_MOBILE', null],
    ['MAPI-12: no e-mail', sign({ email: '' }), 'MAPI_PARAMETER_MISSING', null],
    ['MAPI-12: no e-mail address', status({ email: 'zhang' }), 'MAPI_PARAMETER_FORMAT', null],
    ['MAPI-6: an address that GBK cannot hold', sign({ email: '𠮷@example.com' }), 'MAPI_CHARSET_CANNOT_HOLD', null],
    ['UNS-1: nothing at all', unsign(), 'MAPI_UNSIGN_KIND_MISSING', null],
    ['UNS-1: neither type_code nor biz_type', unsign({ userEmail: EMAIL }), 'MAPI_UNSIGN_KIND_MISSING', ID],
    ['UNS-1: no account', unsign({ bizType: '10004' }), 'MAPI_UNSIGN_ACCOUNT_MISSING', null],
    ['UNS-2: biz_type without 10004', unsign({ ...BY_EMAIL, bizType: '10001' }), 'MAPI_UNSIGN_BIZ_TYPE', ID],
    ['SGN-4: biz_type with a mobile', unsign({ ...BY_EMAIL, userEmail: '13800138000' }), 'MAPI_SIGNER_IS_MOBILE', null],
    [
      'MAPI-12: a blank in the account',
      unsign({ typeCode: '1', transAccountOut: 'a b' }),
      'MAPI_PARAMETER_FORMAT',
      null,
    ],
    ['MAPI-12: a blank in the code', unsign({ typeCode: 'a b', transAccountOut: EMAIL }), 'MAPI_PARAMETER_FORMAT', ID],
    ['MAPI-12: a blank in both', unsign({ typeCode: 'a b', transAccountOut: 'a b' }), 'MAPI_PARAMETER_FORMAT', null],
    ['an unknown partner', sign({ partner: 'nobody' }), 'UNKNOWN_PARTNER', null],
    ['no legal command id', sign({ commandId: 'a b' }), 'INVALID_COMMAND_ID', ID],
    ['no code of Alipay', status({ seenCode: 'SYSTEM ERROR' }), 'INVALID_SEEN_CODE', ID],
  ])('%s', async (_what, command, reason, agreement) => {
    const bench = await processed(command)
    expect(bench.agreementEvents).toMatchObject([
      {
        name: 'agreement.AgreementFailed',
        value: {
          agreementId: agreement,
          commandId: command[1].commandId,
          partner: command[1].partner,
          version: null,
          occurredAt: NOON,
          evidence: { kind: 'command', id: 'agreement.commands/0@0', source: { offset: 0 } },
          reason,
        },
      },
    ])
    for (const topic of ['gateway.commands', 'gateway.forms', 'gateway.requests', 'gateway.to-sign'] as const)
      expect(bench.log.all(topic)).toEqual([])
    expect(bench.log.committedOffset('agreement.commands', 0)).toBe(1)
  })

  it('UNS-1, UNS-2: of all ways to name an agreement those are taken that the rules allow', async () => {
    const bench = new AgreementBench()
    const allowed = new Set<number>()
    for (const customerCode of [null, '7'])
      for (const typeCode of [null, '8'])
        for (const bizType of [null, '10004', '10001'])
          for (const transAccountOut of [null, 'li@example.com'])
            for (const userEmail of [null, EMAIL]) {
              const { offset } = bench.append(unsign({ customerCode, typeCode, bizType, transAccountOut, userEmail }))
              const isNamed =
                customerCode !== null || ((typeCode ?? bizType) !== null && (transAccountOut ?? userEmail) !== null)
              if (isNamed && !(bizType === '10001' && userEmail !== null)) allowed.add(offset)
            }
    await bench.runAgreements()
    expect(new Set(bench.commands.map(({ source }) => source.offset))).toEqual(allowed)
    expect(bench.agreementEvents).toHaveLength(48 - allowed.size)
  })

  it('a signing without FORM_URL fails at once, since no page can be shown; all else goes on', async () => {
    const bench = new AgreementBench({ formUrl: undefined })
    bench.append(sign())
    bench.append(status())
    bench.append(unsign(BY_EMAIL))
    await bench.runAgreements()
    expect(bench.agreementEvents).toMatchObject([{ value: { reason: 'FORM_URL_NOT_SET', agreementId: ID } }])
    expect(bench.commands.map(({ action }) => action)).toEqual(['status', 'unsign'])
  })

  it('its key is the agreement, or the command where there is none', async () => {
    const bench = await processed(unsign({ userEmail: EMAIL }), sign({ email: '' }))
    expect(
      bench.log
        .all('agreement.events')
        .map(({ key }) => key?.toString())
        .toSorted(),
    ).toEqual([`acme/${ID}`, 'acme/command/c1'].toSorted())
  })

  it('MAPI-14: neither partner id nor key nor e-mail is in an event or a log line, whatever upstream writes where', async () => {
    const bench = await processed(
      sign({ partner: PARTNER_ID }),
      sign({ partner: 'nobody', commandId: `x ${PARTNER_ID}` }),
      sign({ commandId: EMAIL }),
      sign({ email: 'zhang@example.com@example.com' }),
      unsign({ ...BY_EMAIL, bizType: EMAIL }),
      status({ seenCode: EMAIL }),
    )
    bench.log.append({ topic: 'agreement.commands', partition: 0, value: Buffer.from(EMAIL) })
    await bench.runAgreements()
    expect(bench.agreementEvents).toHaveLength(6)
    const events = bench.log
      .all('agreement.events')
      .map(({ key, value, headers }) => `${key} ${value} ${JSON.stringify(headers)}`)
    for (const text of [...events, ...bench.lines]) {
      expect(text).not.toContain(PARTNER_ID)
      expect(text).not.toContain(SECRET)
      expect(text.toLowerCase()).not.toContain('zhang')
    }
    expect(bench.lines.join('')).toContain('dead letter')
  })

  it('what is too large for an event or a lane fails, and its neighbours go on', async () => {
    const large = 'x'.repeat(900_000)
    const bench = await processed(
      sign({ commandId: large }),
      sign({ partner: large }),
      sign({ email: `${large}@example.com` }),
      status({ seenCode: large }),
      unsign({ customerCode: large }),
      unsign({ typeCode: '1', userEmail: '1'.repeat(900_000) }),
      unsign({ typeCode: '1', transAccountOut: large }),
      sign(),
    )
    expect(bench.agreementEvents).toHaveLength(7)
    expect(bench.commands).toHaveLength(1)
  })
})

it('MAPI-6: a partner of UTF-8 may have what GBK cannot hold', async () => {
  const bench = new AgreementBench({}, [partner({ ...acme, charset: 'utf-8' })])
  bench.append(sign({ email: '𠮷@example.com' }))
  await bench.runAgreements()
  expect(bench.commands).toHaveLength(1)
})
