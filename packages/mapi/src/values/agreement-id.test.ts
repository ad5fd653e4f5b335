import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreementId, isAgreementId, laneOfAgreement } from './agreement-id.ts'
import { MAX_LANES } from './batch-no.ts'

/** A to Z alone, letter by letter. */
function lower(account: string): string {
  return [...account].map((letter) => (/^[A-Z]$/.test(letter) ? letter.toLowerCase() : letter)).join('')
}

describe('agreement id', () => {
  // SHA-256 of the JSON as a number modulo 36^24 in base 36, and the lanes, computed in Python.
  it.each([
    ['main', 'user@example.com', 'jg1z9mu78fjsx1t9ipklsmoh', 4, 20],
    ['main', '2088002007018916', 'jiz249v6ecqm052kvdo4yipo', 10, 22],
    ['second', 'user@example.com', 'a2xdm7yktsp4mg8pjj4xqran', 6, 54],
    ['main', '张三@例子.中国', 'wgjgruibq82uz8rch9ap4y28', 11, 15],
  ])('UNS-6: %s and %s are one agreement, in one lane', (alias, account, expected, lane12, lane64) => {
    const id = agreementId(alias, account)
    expect(id).toBe(expected)
    expect(laneOfAgreement(id, 12)).toBe(lane12)
    expect(laneOfAgreement(id, 64)).toBe(lane64)
  })

  it('UNS-6: an account is one agreement, however its letters are written', () => {
    expect(agreementId('main', 'User@Example.COM')).toBe('jg1z9mu78fjsx1t9ipklsmoh')
  })

  it.each(['\u212a@example.com', '\uff2b@example.com', '\u0130@example.com'])(
    'another account, though Unicode writes it the same in lower case or nearly so: %s',
    (account) => {
      const others = [account.toLowerCase(), 'k@example.com', 'i@example.com']
      for (const other of others) expect(agreementId('main', account)).not.toBe(agreementId('main', other))
    },
  )

  it('partners and accounts never run into one another', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (alias, account, otherAlias, otherAccount) => {
        const id = agreementId(alias, account)
        expect(isAgreementId(id)).toBe(true)
        const same = alias === otherAlias && lower(account) === lower(otherAccount)
        expect(agreementId(otherAlias, otherAccount) === id).toBe(same)
      }),
    )
    expect(agreementId('a', 'b","c')).not.toBe(agreementId('a","b', 'c'))
  })

  it('every number of lanes has a lane for it, always the same', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: MAX_LANES }), (account, lanes) => {
        const id = agreementId('main', account)
        const lane = laneOfAgreement(id, lanes)
        return Number.isInteger(lane) && lane >= 0 && lane < lanes && laneOfAgreement(id, lanes) === lane
      }),
    )
    const used = new Set(
      Array.from({ length: 300 }, (_, index) => laneOfAgreement(agreementId('main', `u${index}`), 12)),
    )
    expect(used.size).toBe(12)
  })

  it.each([0, -1, 1.5, MAX_LANES + 1])('refuses %d lanes', (lanes) => {
    expect(() => laneOfAgreement(agreementId('main', 'a'), lanes)).toThrow(
      expect.objectContaining({ code: 'MAPI_BATCH_NO_LANE' }),
    )
  })

  it.each([
    '',
    'a'.repeat(23),
    'a'.repeat(25),
    'A'.repeat(24),
    `${'a'.repeat(23)}-`,
    `${'a'.repeat(24)}\n`,
    '202611210111lo9stijaeg8dx06swsdq',
  ])('%j is not written like one', (text) => {
    expect(isAgreementId(text)).toBe(false)
  })
})
