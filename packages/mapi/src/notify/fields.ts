import type { WireParameter } from '../wire/base-string.ts'
import { FORM_LIMITS, type FormLimits, parseForm } from '../wire/form.ts'

/**
 * What every notify has that decides: about which batch it is, when and by whom it was paid, and what Alipay is asked
 * about.
 */
export const REQUIRED_FIELDS = [
  'notify_time',
  'notify_type',
  'notify_id',
  'sign_type',
  'sign',
  'batch_no',
  'pay_user_id',
] as const

/** The parameters that hold lines. */
export const DETAILS: ReadonlySet<string> = new Set(['success_details', 'fail_details'])

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

const DECIDING: ReadonlySet<string> = new Set([...REQUIRED_FIELDS, ...DETAILS, '_input_charset'])

/**
 * The parameters of a notify, as bytes (BTN-10). One that decides nothing may stand there twice with the same value,
 * and counts once; a byte order mark before the first one is passed over, since no name can begin with it.
 * @throws MapiError as `parseForm` does.
 */
export function notifyFields(body: Buffer, limits: FormLimits = FORM_LIMITS): WireParameter[] {
  const start = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0
  return parseForm(body.subarray(start), { ...limits, mayRepeat: (name) => !DECIDING.has(name) })
}
