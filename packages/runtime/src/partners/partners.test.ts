import { createHash, generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigurationError } from '../config/error.ts'
import { loadPartners, type PartnerKeys, type Partners } from './partners.ts'

const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const md5Key = createHash('md5').update('a key').digest('hex')
const partnerId = '2088101122334455'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'payout-partners-'))
  write('merchant.pem', rsa.privateKey)
  write('alipay.pem', rsa.publicKey)
  write('alipay-next.pem', rsa.publicKey, 0o640)
  write('md5.key', `${md5Key}\n`)
  write('open.pem', rsa.privateKey, 0o644)
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

const acme = {
  partnerId,
  charset: 'utf-8',
  signType: 'RSA',
  signingKeyFile: 'merchant.pem',
  verifyingKeyFiles: ['alipay.pem', 'alipay-next.pem'],
  accounts: [{ name: '艾克米公司', email: 'pay@acme.example' }],
  notifyUrl: 'https://pay.acme.example/notify/acme',
}

function load(
  content: unknown,
  {
    mode = 'production' as const,
    need = 'none' as PartnerKeys,
  }: { mode?: 'production' | 'sandbox'; need?: PartnerKeys } = {},
): Partners {
  return loadPartners(
    write('partners.json', typeof content === 'string' ? content : JSON.stringify({ partners: content })),
    {
      mode,
      need,
    },
  )
}

function faultsOf(
  content: unknown,
  options: { mode?: 'production' | 'sandbox'; need?: PartnerKeys } = {},
): ConfigurationError {
  try {
    load(content, options)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a partner', () => {
  it('is found by its alias, with its defaults', () => {
    const partners = load({ acme, umbra: { ...acme, partnerId: '2088000000000001' } })
    expect(partners.get('acme')).toMatchObject({
      alias: 'acme',
      partnerId,
      charset: 'utf-8',
      signType: 'RSA',
      notifyUrl: acme.notifyUrl,
      maxAmountFen: 100_000_000,
      maxConcurrency: 4,
      testAccount: false,
      signingKey: undefined,
      verifyingKeys: [],
    })
    expect(partners.get('nobody')).toBeUndefined()
    expect(partners.get('constructor')).toBeUndefined()
    expect(partners.list().map(({ alias }) => alias)).toEqual(['acme', 'umbra'])
  })

  it('pays from the account that the command names, or from its default', () => {
    const accounts = [
      { name: 'One', email: 'one@acme.example', buyerAccountName: 'one-buyer' },
      { name: 'Two', email: 'two@acme.example', default: true },
    ]
    const partner = load({ acme: { ...acme, accounts } }).get('acme')
    expect(partner?.account('one@acme.example')).toEqual({
      id: 'one-buyer',
      name: 'One',
      email: 'one@acme.example',
      buyerAccountName: 'one-buyer',
    })
    expect(partner?.account('one-buyer')?.name).toBe('One')
    expect(partner?.account('three@acme.example')).toBeUndefined()
    for (const none of [null, undefined, '']) expect(partner?.account(none)?.id).toBe('two@acme.example')
  })

  it('has the only account as default, and none where there are two and neither is', () => {
    expect(load({ acme }).get('acme')?.account(null)?.name).toBe('艾克米公司')
    const accounts = [
      { name: 'One', email: 'one@acme.example' },
      { name: 'Two', email: 'two@acme.example' },
    ]
    expect(
      load({ acme: { ...acme, accounts } })
        .get('acme')
        ?.account(null),
    ).toBeUndefined()
  })

  it.each(['2088', '1088101122334455', '208810112233445', '20881011223344556', '2088 01122334455', '2088١01122334455'])(
    'MAPI-13: is refused with the partner id "%s", which is not repeated',
    (wrong) => {
      const error = faultsOf({ acme: { ...acme, partnerId: wrong } })
      expect(error.faults).toEqual([
        expect.objectContaining({
          name: 'partners.json: partners.acme.partnerId',
          problem: 'must be 16 digits that begin with 2088',
        }),
      ])
      if (wrong.length > 4) expect(error.message).not.toContain(wrong)
    },
  )

  it.each([
    ['an e-mail with a blank', { accounts: [{ name: 'One', email: 'one @acme.example' }] }],
    ['a name with a line break', { accounts: [{ name: 'One\nTwo', email: 'one@acme.example' }] }],
    ['a notify address with a query', { notifyUrl: 'https://pay.acme.example/notify/acme?x=1' }],
    ['an extend_param without a value', { extendParam: 'agent' }],
  ])('MAPI-12: is refused with what the interface would refuse in every batch: %s', (_what, change) => {
    expect(faultsOf({ acme: { ...acme, ...change } }).faults).toHaveLength(1)
  })

  it('MAPI-14: has one alias', () => {
    const error = faultsOf({ acme, other: acme })
    expect(error.faults).toEqual([
      expect.objectContaining({
        name: 'partners.json: partners.other.partnerId',
        problem: expect.stringContaining('also that of acme'),
      }),
    ])
    expect(error.message).not.toContain(partnerId)
  })

  it('MAPI-15: that is a test account is refused in production, and taken by the sandbox', () => {
    const test = { acme: { ...acme, testAccount: true } }
    expect(faultsOf(test).faults).toEqual([
      expect.objectContaining({ name: 'partners.json: partners.acme.testAccount' }),
    ])
    expect(load(test, { mode: 'sandbox' }).get('acme')?.testAccount).toBe(true)
  })
})

describe('keys', () => {
  it('are loaded as far as they are needed, relative to the file', () => {
    const signer = load({ acme }, { need: 'sign' }).get('acme')
    expect(signer?.signingKey).toMatchObject({ signType: 'RSA' })
    expect(signer?.verifyingKeys).toEqual([])
    const ingress = load({ acme }, { need: 'verify' }).get('acme')
    expect(ingress?.signingKey).toBeUndefined()
    expect(ingress?.verifyingKeys.map(({ name }) => name)).toEqual(['alipay.pem', 'alipay-next.pem'])
    // Egress and reconciler have no key files on their machines.
    expect(
      load({ acme: { ...acme, signingKeyFile: 'nowhere.pem', verifyingKeyFiles: ['nowhere.pem'] } }).get('acme'),
    ).toBeDefined()
  })

  it('MAPI-9: verify with the one secret that signs', () => {
    const md5 = { ...acme, signType: 'MD5', signingKeyFile: 'md5.key', verifyingKeyFiles: [] }
    const [key] = load({ acme: md5 }, { need: 'verify' }).get('acme')?.verifyingKeys ?? []
    expect(key?.key.export().toString()).toBe(md5Key)
    const named = { ...md5, signingKeyFile: 'nowhere', verifyingKeyFiles: ['md5.key'] }
    expect(load({ acme: named }, { need: 'verify' }).get('acme')?.verifyingKeys).toHaveLength(1)
  })

  it.each(['sign', 'verify'] as const)('MAPI-14: that everyone can read are refused, to %s', (need) => {
    const error = faultsOf({ acme: { ...acme, signingKeyFile: 'open.pem', verifyingKeyFiles: ['open.pem'] } }, { need })
    expect(error.faults).toEqual([
      expect.objectContaining({
        problem: expect.stringContaining('everyone'),
        wayOut: expect.stringContaining('chmod'),
      }),
    ])
    expect(error.message).not.toContain('PRIVATE KEY')
  })

  it('MAPI-14: can not be printed', () => {
    const partner = load({ acme }, { need: 'sign' }).get('acme')
    expect(JSON.stringify(partner)).not.toContain(rsa.privateKey.split('\n')[1])
  })

  it('are refused when they are missing, or of another kind', () => {
    const bad = { ...acme, signingKeyFile: 'md5.key', verifyingKeyFiles: ['merchant.pem', 'nowhere.pem'] }
    expect(faultsOf({ acme: bad }, { need: 'sign' }).faults).toEqual([
      expect.objectContaining({ name: 'partners.json: partners.acme.signingKeyFile' }),
    ])
    expect(faultsOf({ acme: bad }, { need: 'verify' }).faults.map(({ name }) => name)).toEqual([
      'partners.json: partners.acme.verifyingKeyFiles.0',
      'partners.json: partners.acme.verifyingKeyFiles.1',
    ])
    const { signingKeyFile: _file, ...without } = { ...acme, verifyingKeyFiles: [] }
    expect(faultsOf({ acme: without }, { need: 'sign' }).faults).toHaveLength(1)
    expect(faultsOf({ acme: without }, { need: 'verify' }).faults).toHaveLength(1)
  })
})

describe('the file', () => {
  const content = Buffer.from(JSON.stringify({ partners: { acme } }))
  const inBytes = (bytes: Buffer) => {
    const path = join(folder, 'partners-in-bytes.json')
    writeFileSync(path, bytes)
    return () => loadPartners(path, { mode: 'sandbox', need: 'none' })
  }

  it('may begin with a byte order mark', () => {
    const partners = inBytes(Buffer.concat([Buffer.from('efbbbf', 'hex'), content]))()
    expect(partners.get('acme')?.accounts[0]?.name).toBe('艾克米公司')
  })

  it.each([
    // 公司
    ['GBK', Buffer.from(content.toString('latin1').replace(/[\x80-\xff]+/, '\xb9\xab\xcb\xbe'), 'latin1'), 'it is GBK'],
    ['UTF-16', Buffer.from(`\ufeff${content}`, 'utf16le'), 'it is UTF-16 (little endian)'],
    ['UTF-16 without its mark', Buffer.from(content.toString(), 'utf16le'), 'it is UTF-16 (little endian)'],
    ['bytes that are no text', Buffer.from('{"partners":{"\xff', 'latin1'), 'valid neither in UTF-8 nor in GBK'],
  ])('in %s is refused by what it is, and no account is called otherwise', (_what, bytes, words) => {
    expect(inBytes(bytes)).toThrow(ConfigurationError)
    expect(inBytes(bytes)).toThrow(words)
  })

  it('names all that is wrong at once', () => {
    const error = faultsOf({
      Acme: acme,
      beta: {
        ...acme,
        charset: 'utf8',
        signType: 'rsa',
        accounts: [],
        notifyUrl: 'ftp://x',
        maxAmountFen: 0.5,
        maxConcurrency: 0,
        surprise: 1,
      },
      gamma: { partnerId: '2088000000000002' },
    })
    const names = error.faults.map(({ name }) => name.replace('partners.json: partners.', ''))
    for (const name of [
      'Acme',
      'beta.charset',
      'beta.signType',
      'beta.accounts',
      'beta.notifyUrl',
      'beta.maxAmountFen',
      'beta.maxConcurrency',
      'beta',
      'gamma.charset',
      'gamma.accounts',
    ]) {
      expect(names).toContain(name)
    }
  })

  it.each([
    ['dsaForm', { dsaForm: 'der' }, 'dsaForm'],
    [
      'two defaults',
      {
        accounts: [
          { name: 'a', email: 'a', default: true },
          { name: 'b', email: 'b', default: true },
        ],
      },
      'accounts',
    ],
    [
      'one email for two accounts',
      {
        accounts: [
          { name: 'a', email: 'a' },
          { name: 'b', email: 'b', buyerAccountName: 'a' },
        ],
      },
      'accounts',
    ],
    ['an account that is not called anything', { accounts: [{ name: 'a' }] }, 'accounts.0'],
    [
      'a name that the charset cannot hold',
      { charset: 'gb2312', accounts: [{ name: '龘', email: 'a' }] },
      'accounts.0',
    ],
    ['a notify address with a query', { notifyUrl: 'https://x/notify?a=b' }, 'notifyUrl'],
    ['a malformed extend_param', { extendParam: 'name' }, 'extendParam'],
  ])('is refused for %s', (_what, change, place) => {
    expect(faultsOf({ acme: { ...acme, ...change } }).faults.map(({ name }) => name)).toEqual([
      `partners.json: partners.acme.${place}`,
    ])
  })

  it.each(['http://pay.acme.example/notify/acme', 'http://127.0.0.1:8080/notify/acme'])(
    'is refused in production for the notifyUrl %s',
    (notifyUrl) => {
      const error = faultsOf({ acme: { ...acme, notifyUrl } })
      expect(error.faults).toEqual([
        expect.objectContaining({
          name: 'partners.json: partners.acme.notifyUrl',
          problem: expect.stringContaining('not https'),
        }),
      ])
      expect(load({ acme: { ...acme, notifyUrl } }, { mode: 'sandbox' }).get('acme')?.notifyUrl).toBe(notifyUrl)
    },
  )

  it('is refused when everyone can write it', () => {
    const path = write('partners.json', JSON.stringify({ partners: { acme } }), 0o646)
    for (const mode of ['production', 'sandbox'] as const)
      expect(() => loadPartners(path, { mode, need: 'none' })).toThrow(
        /PARTNERS_FILE names .* everyone on this machine can write/,
      )
  })

  it('is refused when it is not there, or no JSON; its text is not repeated', () => {
    expect(() => loadPartners(join(folder, 'none.json'), { mode: 'production', need: 'none' })).toThrow(
      ConfigurationError,
    )
    const error = faultsOf(`{ "acme": { "partnerId": "${partnerId}", } }`)
    expect(error.faults).toEqual([
      expect.objectContaining({ name: 'PARTNERS_FILE', problem: expect.stringContaining('not JSON') }),
    ])
    expect(error.message).not.toContain(partnerId)
    expect(faultsOf('[]').faults).toHaveLength(1)
  })
})
