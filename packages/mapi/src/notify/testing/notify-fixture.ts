import { signingKey, verifyingKey } from '../../signature/key.ts'
import { signForm } from '../../signature/signed-form.ts'
import type { WireParameter } from '../../wire/base-string.ts'
import { encode } from '../../wire/charset.ts'
import { type NotifyPartner, parseNotify, verifyNotify } from '../notify.ts'
import { notifyDetails } from '../notify-details.ts'

export const MD5_KEY = 'n0tify'.padEnd(32, 'x')
export const signer = signingKey('MD5', MD5_KEY)
export const partner: NotifyPartner = {
  signType: 'MD5',
  charset: 'gbk',
  keys: [verifyingKey('MD5', MD5_KEY, 'current')],
}

/** The parameters of batch_trans_notify_no_pwd 1.3 §6.2, with the batch notify's own type. */
export const NOTIFY = {
  notify_time: '2009-08-12 11:08:32',
  notify_type: 'batch_trans_notify',
  notify_id: '70fec0c2730b27528665af4517c27b95',
  sign_type: 'MD5',
  batch_no: '20100101001',
  pay_user_id: '2088002464631181',
  pay_user_name: '毛毛',
  pay_account_no: '20880024646311810156',
  success_details: '0315001^gonglei1@handsome.com.cn^龚本林^20.00^S^null^200810248427067^20081024143652|',
  fail_details:
    '0315006^xinjie_xj@163.com^星辰公司1^20.00^F^TXN_RESULT_TRANSFER_OUT_CAN_NOT_EQUAL_IN^200810248427065^20081024143651|',
} as const

export type Changes = Readonly<Record<string, string | undefined>>

/** Texts of a notify as bytes, with changes; undefined takes a parameter out. */
export function wire(changes: Changes = {}, charset: 'utf-8' | 'gbk' | 'gb2312' = 'gbk'): WireParameter[] {
  return Object.entries({ ...NOTIFY, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, encode(value, charset)] as const],
  )
}

export const body = (changes?: Changes, charset?: 'utf-8' | 'gbk' | 'gb2312') =>
  Buffer.from(signForm(wire(changes, charset), signer).body)

export function check(raw: Buffer, settings: NotifyPartner = partner, contentType?: string) {
  const form = parseNotify(raw, contentType)
  return form.ok ? verifyNotify(form, settings) : form
}

export function accepted(raw: Buffer, settings?: NotifyPartner, contentType?: string) {
  const result = check(raw, settings, contentType)
  if (!result.ok) throw new Error(`refused: ${result.reason} ${result.field}`)
  return result
}

/** The lines of its details. */
export function lines(raw: Buffer, settings?: NotifyPartner, contentType?: string) {
  const form = parseNotify(raw, contentType)
  return notifyDetails(form.ok ? form.fields : [], accepted(raw, settings, contentType).charset)
}

export const refused = (reason: string, field?: string) =>
  field === undefined ? { ok: false, reason } : { ok: false, reason, field }
