import { describe, expect, it } from 'vitest'
import { checkGatewayUrl, PRODUCTION_GATEWAY } from './gateway.ts'

const wrong = expect.objectContaining({ code: 'MAPI_GATEWAY_URL' })

describe('gateway', () => {
  it('MAPI-1: is https://mapi.alipay.com/gateway.do in production', () => {
    expect(PRODUCTION_GATEWAY).toBe('https://mapi.alipay.com/gateway.do')
    expect(checkGatewayUrl('https://mapi.alipay.com/gateway.do', 'production').href).toBe(
      'https://mapi.alipay.com/gateway.do',
    )
  })

  it.each([
    'http://mapi.alipay.com/gateway.do',
    'https://mapi.alipay.com/gateway.do?',
    'https://mapi.alipay.com:444/gateway.do',
    'https://mapi.alipay.com/',
    'https://mapi.alipay.com.example.com/gateway.do',
    'https://mapi.alipay.com@example.com/gateway.do',
    'https://mapi.alipay.net/gateway.do',
    'https://openapi.alipaydev.com/gateway.do',
    'https://110.75.225.212/gateway.do',
    'http://127.0.0.1:8080/gateway.do',
    '',
  ])('MAPI-1: production mode refuses %j', (text) => {
    expect(() => checkGatewayUrl(text, 'production')).toThrow(wrong)
  })

  it.each([
    'http://127.0.0.1:8080/gateway.do',
    'http://[::1]:8080/',
    'https://alipay.example.com/gateway.do',
    'https://notalipay.com/',
  ])('MAPI-1: sandbox mode takes %j', (text) => {
    expect(checkGatewayUrl(text, 'sandbox').href).toBe(text)
  })

  it.each([
    'https://mapi.alipay.com/gateway.do',
    'http://MAPI.Alipay.com./gateway.do',
    'https://alipay.com/',
    'ftp://127.0.0.1/',
    'http://user:password@127.0.0.1/',
    'http://127.0.0.1/?a=1',
    'http://127.0.0.1/#a',
    '127.0.0.1:8080',
    '/gateway.do',
    '',
  ])('MAPI-1: sandbox mode refuses %j', (text) => {
    expect(() => checkGatewayUrl(text, 'sandbox')).toThrow(wrong)
  })
})
