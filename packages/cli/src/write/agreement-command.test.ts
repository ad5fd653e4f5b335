import { describe, expect, it } from 'vitest'
import {
  type AgreementCommand,
  accountFaultOf,
  accountOf,
  agreementCommandRecord,
  agreementOf,
} from './agreement-command.ts'

const common = { commandId: 'c1', partner: 'shop', requestedAt: null }
const nobody = { customerCode: null, typeCode: null, bizType: null, transAccountOut: null, userEmail: null }

function unsign(named: Partial<Record<keyof typeof nobody, string>>): AgreementCommand {
  return { name: 'agreement.AgreementUnsignRequested', value: { ...common, ...nobody, ...named } }
}

describe('a command about an agreement', () => {
  it('UNS-3: is about the signed account before the e-mail address, and that before the agreement number', () => {
    expect(accountOf(unsign({ transAccountOut: 'a', userEmail: 'b', customerCode: 'c' }))).toBe('a')
    expect(accountOf(unsign({ userEmail: 'b', customerCode: 'c' }))).toBe('b')
    expect(accountOf(unsign({ customerCode: 'c' }))).toBe('c')
    expect(accountOf(unsign({ bizType: '10004' }))).toBeUndefined()
  })

  it.each([
    [{ userEmail: 'user@example.com\u200b' }, 'user_email must be an e-mail address'],
    [{ userEmail: 'user＠example.com' }, 'user_email must be an e-mail address'],
    [{ transAccountOut: '1.38E+10' }, 'trans_account_out must be an account'],
    [{ transAccountOut: '\u202d13800138000' }, 'trans_account_out must be an account'],
    [{ userEmail: '13800138000' }, undefined],
    [{ userEmail: 'User@Example.com' }, undefined],
    [{ transAccountOut: '20880020070189160156' }, undefined],
    [{ customerCode: '1' }, undefined],
  ])('SGN-4: with %j has an account that is told before anything is written: %s', (named, fault) => {
    const found = accountFaultOf(unsign(named))
    if (fault === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(fault)
  })

  it('keeps its order with all others about the same account, however that is written', () => {
    const sign: AgreementCommand = {
      name: 'agreement.AgreementSignRequested',
      value: { ...common, email: 'User@Example.com' },
    }
    const cancel = unsign({ userEmail: 'user@example.com' })
    expect(agreementCommandRecord(sign).key).toBe(agreementCommandRecord(cancel).key)
    expect(agreementCommandRecord(sign).subject).toBe(`shop/${agreementOf(sign)}`)
    expect(agreementCommandRecord(sign).topic).toBe('agreement.commands')
  })

  it('that names no account is keyed by its own id', () => {
    expect(agreementCommandRecord(unsign({}))).toMatchObject({ key: 'c1', subject: 'shop/command/c1' })
  })
})
