import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { serviceContentHash } from './service-content-hash.ts'

const service = 'bptb_refund_file'

it('is a SHA-256 that OpenSSL computes too, without the signature', () => {
  const body = Buffer.from('date=20101223&sign_type=MD5&sign=abc%3D')
  const input = '["gateway-service",1,"bptb_refund_file","date=20101223","sign_type=MD5"]'
  const openssl = execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input })
  expect(serviceContentHash({ service, body })).toBe(openssl.toString('base64url'))
})

it('differs with the service and with each parameter', () => {
  const hashes = [
    serviceContentHash({ service, body: Buffer.from('date=20101223&sign=a') }),
    serviceContentHash({ service, body: Buffer.from('date=20101224&sign=a') }),
    serviceContentHash({ service: 'customer_unsign', body: Buffer.from('date=20101223&sign=a') }),
    serviceContentHash({ service, body: Buffer.from('date=20101223&biz_type=d_sale&sign=a') }),
  ]
  expect(new Set(hashes).size).toBe(4)
  expect(serviceContentHash({ service, body: Buffer.from('date=20101223&sign=b') })).toBe(hashes[0])
})
