/** Notifies signed here by Node's own MD5, so that nothing under test signs what it verifies. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { System } from '../system.ts'

export type NotifyFields = Readonly<Record<string, string>>

let made = 0

/** The fields of a notify about one line that succeeded, but for `sign` and `sign_type`. */
export function notifyFields(more: NotifyFields = {}): NotifyFields {
  return {
    notify_time: '2026-11-21 11:08:32',
    notify_type: 'batch_trans_notify',
    notify_id: `made-${Date.now()}-${made++}`,
    batch_no: '20261121001',
    pay_user_id: '2088002464631181',
    pay_user_name: 'payer',
    pay_account_no: '20880024646311810156',
    success_details: '0315001^ok@example.com^Chang^20.00^S^^200810248427067^20261121110000|',
    ...more,
  }
}

/** The body of a notify signed with the MD5 key of a partner (batch_trans_notify_no_pwd 1.3 §8.1); values in UTF-8. */
export function md5Notify(system: Pick<System, 'folder'>, alias: string, fields: NotifyFields): string {
  const key = readFileSync(join(system.folder, 'keys', `${alias}.md5`), 'latin1').trim()
  const base = Object.entries(fields)
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const sign = createHash('md5').update(base).update(key).digest('hex')
  return Object.entries({ ...fields, sign_type: 'MD5', sign })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}

/** Posts a body as Alipay does. */
export async function postNotify(
  system: Pick<System, 'ingressUrl'>,
  alias: string,
  body: string,
): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await fetch(`${system.ingressUrl}/notify/${alias}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded; text/html; charset=utf-8' },
    body,
  })
  return { status: response.status, body: await response.text(), headers: response.headers }
}
