import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import type { DemoPartners, MerchantPartner } from '../partners/sandbox-partners.ts'

/**
 * A merchant for the sandbox's tests. It shares no protocol code with the sandbox: strings to sign are put together
 * here, signatures are made and verified by OpenSSL's command and by Node's MD5.
 */
export class TestMerchant {
  readonly notifies: ReceivedNotify[] = []
  readonly #server: http.Server
  readonly #waiting = new Set<() => void>()
  /** What the merchant answers to the n-th notify (from 0). */
  answer: (notify: ReceivedNotify, index: number) => { readonly status: number; readonly body: string } = () => ({
    status: 200,
    body: 'success',
  })

  constructor() {
    this.#server = http.createServer((request, response) => {
      void this.#take(request, response)
    })
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Waits until so many notifies have come. */
  async received(count: number): Promise<readonly ReceivedNotify[]> {
    while (this.notifies.length < count) {
      const { promise, resolve: wake } = Promise.withResolvers<void>()
      this.#waiting.add(wake)
      await promise
    }
    return this.notifies
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const raw = Buffer.concat(chunks).toString('latin1')
    const notify: ReceivedNotify = {
      path: request.url ?? '',
      contentType: request.headers['content-type'] ?? '',
      raw,
      fields: new Map(raw.split('&').map((pair) => decodePair(pair))),
    }
    const { status, body } = this.answer(notify, this.notifies.push(notify) - 1)
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end(body)
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

/** A notify as it came; values are the percent-decoded bytes. */
export interface ReceivedNotify {
  readonly path: string
  readonly contentType: string
  readonly raw: string
  readonly fields: ReadonlyMap<string, Buffer>
}

export type Fields = Readonly<Record<string, string | Buffer>>

function decodePair(pair: string): [string, Buffer] {
  const equals = pair.indexOf('=')
  const value = pair
    .slice(equals + 1)
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return [pair.slice(0, equals), Buffer.from(value, 'latin1')]
}

function bytesOf(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value
}

/** batch_trans_notify_no_pwd 1.3 §8.1: without sign and sign_type and what is empty, sorted by name, joined by &. */
function stringToSign(fields: Iterable<readonly [string, Buffer]>): Buffer {
  const pairs = [...fields]
    .filter(([name, value]) => name !== 'sign' && name !== 'sign_type' && value.length > 0)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, value]) => Buffer.concat([Buffer.from(`${name}=`), value]))
  return Buffer.concat(pairs.flatMap((pair, index) => (index === 0 ? [pair] : [Buffer.from('&'), pair])))
}

/** The form body of these parameters, as they are. */
export function formBody(fields: Fields): string {
  return Object.entries(fields)
    .map(
      ([name, value]) =>
        `${name}=${[...bytesOf(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`,
    )
    .join('&')
}

/** One partner's keys and settings, seen from the merchant's side. */
export class MerchantSide {
  readonly partner: MerchantPartner
  readonly #folder: string

  constructor(demo: DemoPartners, alias: string) {
    const partner = demo.merchant.partners[alias]
    if (partner === undefined) throw new Error(`no demo partner ${alias}`)
    this.partner = partner
    this.#folder = dirname(demo.merchantFile)
  }

  /** A good request for one payee; `changes` are signed, `undefined` leaves a parameter out. */
  fields(changes: Readonly<Record<string, string | Buffer | undefined>> = {}): Fields {
    const { partnerId, charset, signType, notifyUrl, accounts } = this.partner
    const [account] = accounts
    const good = {
      service: 'batch_trans_notify_no_pwd',
      partner: partnerId,
      _input_charset: charset,
      sign_type: signType,
      notify_url: notifyUrl,
      account_name: account?.name ?? '',
      detail_data: '0315006^ok@example.com^Chang Wei^20.00^hello',
      batch_no: '20080107001',
      batch_num: '1',
      batch_fee: '20.00',
      pay_date: chinaToday(),
      email: account?.email ?? '',
    }
    const all = Object.entries<string | Buffer | undefined>({ ...good, ...changes })
    return Object.fromEntries(all.filter((entry): entry is [string, string | Buffer] => entry[1] !== undefined))
  }

  signed(fields: Fields): Fields {
    return {
      ...fields,
      sign: this.sign(stringToSign(Object.entries(fields).map(([name, value]) => [name, bytesOf(value)]))),
    }
  }

  sign(base: Buffer): string {
    const key = resolve(this.#folder, this.partner.signingKeyFile)
    if (this.partner.signType === 'MD5') {
      return createHash('md5').update(base).update(readFileSync(key, 'latin1').trim()).digest('hex')
    }
    const der = execFileSync('openssl', ['dgst', '-sha1', '-sign', key], { input: base })
    if (this.partner.signType === 'RSA') return der.toString('base64')
    const form = this.partner.dsaForm ?? 'escaped'
    if (form === 'der') return der.toString('base64')
    const plain = Buffer.concat(derIntegers(der)).toString('base64')
    return form === 'p1363' ? plain : plain.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
  }

  /** Whether OpenSSL, with Alipay's public key, finds the signature of a notify good. */
  believes({ fields }: ReceivedNotify): boolean {
    const base = stringToSign(fields)
    const sign = fields.get('sign')?.toString('latin1') ?? ''
    const [keyFile = ''] = this.partner.verifyingKeyFiles
    const key = resolve(this.#folder, keyFile)
    if (this.partner.signType === 'MD5') {
      return createHash('md5').update(base).update(readFileSync(key, 'latin1').trim()).digest('hex') === sign
    }
    const signature = this.partner.signType === 'RSA' ? Buffer.from(sign, 'base64') : this.#dsaSignature(sign)
    const file = join(this.#folder, `signature-${randomUUID()}`)
    writeFileSync(file, signature)
    try {
      execFileSync('openssl', ['dgst', '-sha1', '-verify', key, '-signature', file], { input: base, stdio: 'pipe' })
      return true
    } catch {
      return false
    }
  }

  #dsaSignature(sign: string): Buffer {
    if (this.partner.dsaForm === 'der') return Buffer.from(sign, 'base64')
    const plain = sign.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const both = Buffer.from(plain, 'base64')
    const integers = [both.subarray(0, 20), both.subarray(20)].map((part) => {
      const digits = Buffer.concat([Buffer.of(0), part])
      return Buffer.concat([Buffer.of(2, digits.length), digits])
    })
    const body = Buffer.concat(integers.map(shortest))
    return Buffer.concat([Buffer.of(0x30, body.length), body])
  }
}

/** r and s of a DER signature, 20 bytes each. */
function derIntegers(der: Buffer): Buffer[] {
  const parts: Buffer[] = []
  let at = 2
  while (at < der.length) {
    const length = der.readUInt8(at + 1)
    const digits = der.subarray(at + 2, at + 2 + length)
    parts.push(Buffer.concat([Buffer.alloc(20), digits]).subarray(-20))
    at += 2 + length
  }
  return parts
}

/** A DER integer without leading zeros that its sign does not need. */
function shortest(integer: Buffer): Buffer {
  let digits = integer.subarray(2)
  while (digits.length > 1 && digits[0] === 0 && digits.readUInt8(1) < 0x80) digits = digits.subarray(1)
  return Buffer.concat([Buffer.of(2, digits.length), digits])
}

/** Today in China, by the machine's own calendar. */
export function chinaToday(): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date())
  return parts.replaceAll('-', '')
}

/** Sends a form to the gateway. */
export function postForm(
  url: string,
  fields: Fields,
  charset = String(fields._input_charset),
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch(`${url}?_input_charset=${charset}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: formBody(fields),
    signal,
  })
}

/** The code of an XML answer: `T SUCCESS`, `F ILLEGAL_SIGN` … */
export async function codeOf(response: Response): Promise<string> {
  const text = await response.text()
  const [, mark, code] = /<is_success>([TF])<\/is_success><error>(\w+)<\/error>/.exec(text) ?? []
  return mark === undefined ? text : `${mark} ${code}`
}
