/** Notifies as Alipay sends them, made with Node's crypto alone, so that nothing under test signs what it verifies. */
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { type SignType, verifyingKey } from '@payout/mapi/signature/key'
import { partnerId } from '@payout/mapi/values/partner-id'
import type { Charset } from '@payout/mapi/wire/charset'
import type { AddressedPartner } from '../notify/addressed-partner.ts'

/** A name in each charset, encoded by Python; the one in GBK has a character that GB2312 does not have. */
export const NAMES = {
  'utf-8': { text: '常炜买家', bytes: Buffer.from('e5b8b8e7829ce4b9b0e5aeb6', 'hex') },
  gbk: { text: '朱镕基', bytes: Buffer.from('d6ece946bbf9', 'hex') },
  gb2312: { text: '常炜买家', bytes: Buffer.from('b3a3ecbfc2f2bcd2', 'hex') },
} as const satisfies Record<Charset, { text: string; bytes: Buffer }>

export const MD5_KEY = `1${'0'.repeat(31)}`

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })

const PUBLIC_TEXT = {
  MD5: MD5_KEY,
  RSA: rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  DSA: dsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
} as const

export function testPartner(signType: SignType, charset: Charset, alias = 'shop'): AddressedPartner {
  const keys = [verifyingKey(signType, PUBLIC_TEXT[signType], '0')]
  return { alias, partnerId: partnerId('2088002464631181'), signType, charset, keys }
}

export type Fields = Record<string, Buffer | string>

const LINE = '^20.00^S^^200810248427067^20081024143652|'

/** The fields of a notify about one payout that succeeded. */
export function notifyFields(charset: Charset, more: Fields = {}): Fields {
  return {
    notify_time: '2009-08-12 11:08:32',
    notify_type: 'batch_trans_notify',
    notify_id: '70fec0c2730b27528665af4517c27b95',
    batch_no: '20080107001',
    pay_user_id: '2088002464631181',
    pay_user_name: NAMES[charset].bytes,
    pay_account_no: '20880024646311810156',
    success_details: Buffer.concat([
      Buffer.from('0315001^gonglei1@handsome.com.cn^'),
      NAMES[charset].bytes,
      Buffer.from(LINE),
    ]),
    ...more,
  }
}

/** The bytes that are signed: batch_trans_notify_no_pwd 1.3 §8.1. */
export function bytesToSign(fields: Fields): Buffer {
  const names = Object.keys(fields).filter((name) => name !== 'sign' && name !== 'sign_type' && fields[name]?.length)
  const parts = names
    .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
    .map((name) => Buffer.concat([Buffer.from(`${name}=`), Buffer.from(fields[name] ?? '')]))
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('&'), part])))
}

/** The fields with `sign_type` and `sign`. */
export function signed(signType: SignType, fields: Fields): Fields {
  const base = bytesToSign(fields)
  switch (signType) {
    case 'MD5':
      return { ...fields, sign_type: 'MD5', sign: createHash('md5').update(base).update(MD5_KEY).digest('hex') }
    case 'RSA':
      return { ...fields, sign_type: 'RSA', sign: sign('sha1', base, rsa.privateKey).toString('base64') }
    case 'DSA': {
      const plain = sign('sha1', base, { key: dsa.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64')
      return { ...fields, sign_type: 'DSA', sign: plain.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) }
    }
  }
}

/** A DSA signature in DER, another form that Alipay may send. */
export function signedDer(fields: Fields): Fields {
  const key = createPrivateKey(dsa.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return { ...fields, sign_type: 'DSA', sign: sign('sha1', bytesToSign(fields), key).toString('base64') }
}

const ENCODED = Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte)
  return /[0-9A-Za-z]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

/** The fields as a form: each byte that is not a letter or digit as `%XX`. */
export function form(fields: Fields): Buffer {
  const encode = (value: Buffer | string) => Array.from(Buffer.from(value), (byte) => ENCODED[byte]).join('')
  const segments = Object.entries(fields).map(([name, value]) => `${name}=${encode(value)}`)
  return Buffer.from(segments.join('&'), 'latin1')
}

/** A whole notify in a partner's sign type and charset. */
export function notifyBody(partner: Pick<AddressedPartner, 'signType' | 'charset'>, more: Fields = {}): Buffer {
  return form(signed(partner.signType, notifyFields(partner.charset, more)))
}
