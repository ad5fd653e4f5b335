import { describe, expect, it } from 'vitest'
import { isPartnerId, partnerId } from './partner-id.ts'

describe('partner id', () => {
  it('MAPI-13: takes 16 digits that begin with 2088', () => {
    expect(partnerId('2088002464631181')).toBe('2088002464631181')
  })

  it.each([
    '208800246463118',
    '20880024646311811',
    '1088002464631181',
    '2088002464631l81',
    ' 2088002464631181',
    '2088002464631181\n',
    '２０８８002464631181',
    '',
  ])('MAPI-13: refuses %j', (text) => {
    expect(isPartnerId(text)).toBe(false)
    expect(() => partnerId(text)).toThrow(expect.objectContaining({ code: 'MAPI_PARTNER_ID_FORMAT', field: 'partner' }))
  })

  it('MAPI-14: the refusal does not repeat the text', () => {
    try {
      partnerId('20880024646311810')
      expect.unreachable()
    } catch (error) {
      expect(`${error} ${JSON.stringify(error)}`).not.toMatch(/\d{5}/)
    }
  })
})
