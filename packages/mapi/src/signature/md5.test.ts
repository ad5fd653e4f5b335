import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { signingKey, verifyingKey } from './key.ts'
import { sign, verify } from './signature.ts'

const K1 = `1${'0'.repeat(31)}`
const K2 = `2${'0'.repeat(31)}`
const base = Buffer.from('partner=123&service=test')

describe('MD5', () => {
  it('MAPI-9: appends the key and writes lower-case hex', () => {
    expect(sign(base, signingKey('MD5', K1))).toBe('bbd13b52823b576291595f472ebcfbc2')
    expect(sign(base, signingKey('MD5', K2))).toBe('6d581af270c023fdaaca6880491e9bf7')
    expect(sign(Buffer.from('notify_id=1234'), signingKey('MD5', K1))).toBe('22fc7e38e5acdfede396aa463870d111')
  })

  it('MAPI-9: verifies, and names the key that fits', () => {
    const keys = [verifyingKey('MD5', K2, 'new'), verifyingKey('MD5', K1, 'old')]
    expect(verify(base, 'bbd13b52823b576291595f472ebcfbc2', keys)).toEqual({ ok: true, key: 'old' })
    expect(verify(base, '6d581af270c023fdaaca6880491e9bf7', keys)).toEqual({ ok: true, key: 'new' })
    expect(verify(base, '22fc7e38e5acdfede396aa463870d111', keys)).toEqual({ ok: false })
    expect(verify(base, 'bbd13b52823b576291595f472ebcfbc2', [])).toEqual({ ok: false })
  })

  it.each([2048, 2049, 25_000])('MAPI-9: signs %i bytes as OpenSSL hashes them with the key behind', (size) => {
    const long = Buffer.alloc(size, 'a=1&b=2&')
    const input = Buffer.concat([long, Buffer.from(K1)])
    const said = execFileSync('openssl', ['dgst', '-md5', '-r'], { input, encoding: 'utf8' })
    expect(sign(long, signingKey('MD5', K1))).toBe(said.slice(0, 32))
  })

  it.each([
    'BBD13B52823B576291595F472EBCFBC2',
    'bbd13b52823b576291595f472ebcfbc',
    'bbd13b52823b576291595f472ebcfbc20',
    ' bbd13b52823b576291595f472ebcfbc2',
    'bbd13b52823b576291595f472ebcfbc2\n',
    'bbd13b52823b576291595f472ebcfbc3',
    '',
  ])('MAPI-9: does not verify %j', (text) => {
    expect(verify(base, text, [verifyingKey('MD5', K1, 'a')]).ok).toBe(false)
  })
})
