import { hash } from 'node:crypto'
import { MapiError } from '../error.ts'
import type { SignType, VerifyingKey } from '../signature/key.ts'
import { verify } from '../signature/signature.ts'
import { type BatchNo, isBatchNo } from '../values/batch-no.ts'
import { parseChinaDateTime } from '../values/china-time.ts'
import { isPartnerId } from '../values/partner-id.ts'
import { baseString, joined, type WireParameter } from '../wire/base-string.ts'
import { type Charset, charsetOfContentType, type ReadableCharset } from '../wire/charset.ts'
import { FORM_LIMITS, type FormLimits } from '../wire/form.ts'
import { DETAILS, notifyFields, REQUIRED_FIELDS } from './fields.ts'
import { type CharsetSource, readNotifyText } from './notify-text.ts'

/** Why a notify is not believed. `field` names the parameter, where it is one. */
export interface NotifyRefusal {
  readonly ok: false
  readonly reason: NotifyRefusalReason
  readonly field?: string
}

export type NotifyRefusalReason =
  /** More bytes than allowed. */
  | 'too-large'
  /** No `application/x-www-form-urlencoded`: a bad percent sequence, a name that can't be one. */
  | 'not-a-form'
  | 'too-many-fields'
  | 'duplicate-name'
  /** A parameter that every notify has, and that decides, is absent or empty. */
  | 'missing-field'
  /** `sign_type` is not the partner's. */
  | 'sign-type'
  | 'bad-signature'
  /**
   * Well signed, but a field that decides is not written as it must be: perhaps split in other places than the sender
   * did.
   */
  | 'wrong-format'

/** A notify's parameters as they arrived. */
export interface NotifyForm {
  readonly ok: true
  readonly fields: readonly WireParameter[]
  /** What the content type names, if it is a character set of ours. */
  readonly declaredCharset: ReadableCharset | undefined
}

/** The settings of the partner to whom a notify is addressed. */
export interface NotifyPartner {
  readonly signType: SignType
  readonly charset: Charset
  /** Alipay's keys: several during a rotation. Those of another sign type are not tried. */
  readonly keys: readonly VerifyingKey[]
}

/**
 * A notify whose signature holds and whose fields are in order. Alipay has not yet been asked about its id (BTN-12).
 */
export interface Notify {
  readonly ok: true
  readonly notifyId: string
  /** UTC milliseconds. */
  readonly notifyTime: number
  readonly batchNo: BatchNo
  readonly payUserId: string
  /** The payer's name and account, whatever they hold; empty where there is none. They decide nothing. */
  readonly payUserName: string
  readonly payAccountNo: string
  /**
   * All parameters that have a value, unknown ones too; U+FFFD for bytes that are valid in no character set; without
   * the details, which `notifyDetails` reads from the form's bytes.
   */
  readonly fields: ReadonlyMap<string, string>
  /** In which character set the details are read, and who named it. */
  readonly charset: ReadableCharset
  readonly charsetSource: CharsetSource
  /** The name of the key that verified. */
  readonly key: string
  /** `notifyContentHash` of the fields. */
  readonly contentHash: string
}

/**
 * Reads the body of a notify to parameters, all as bytes (BTN-10). The content type decides nothing, since it comes
 * malformed: only the character set that it names, wherever in it, is kept.
 */
export function parseNotify(
  body: Buffer,
  contentType: string | undefined,
  limits: FormLimits = FORM_LIMITS,
): NotifyForm | NotifyRefusal {
  try {
    return { ok: true, fields: notifyFields(body, limits), declaredCharset: charsetOfContentType(contentType) }
  } catch (error) {
    if (!(error instanceof MapiError)) throw error
    return refusal(FORM_REASONS.get(error.code) ?? 'not-a-form', error.field)
  }
}

const FORM_REASONS = new Map<string, NotifyRefusalReason>([
  ['MAPI_FORM_TOO_LARGE', 'too-large'],
  ['MAPI_FORM_TOO_MANY_FIELDS', 'too-many-fields'],
  ['MAPI_FORM_DUPLICATE_NAME', 'duplicate-name'],
])

/**
 * Verifies a notify and reads its fields (BTN-10, batch_trans_notify_no_pwd 1.3 §6 and §8). First the signature, over
 * the percent-decoded bytes of every parameter that arrived, known or not, but `sign`, `sign_type` and the empty ones;
 * only then is the format of each field that decides checked, since the signed string says nothing of where one
 * parameter ends and the next begins. All else is kept as it came, whatever it holds: Alipay would send the same again.
 * What it gives is well signed, not yet confirmed by Alipay.
 */
export function verifyNotify(form: NotifyForm, partner: NotifyPartner): Notify | NotifyRefusal {
  const bytes = new Map(form.fields.filter(([, value]) => value.length > 0))
  const signType = bytes.get('sign_type')
  const signature = bytes.get('sign')
  if (signType === undefined) return refusal('missing-field', 'sign_type')
  if (signature === undefined) return refusal('missing-field', 'sign')
  if (signType.toString('latin1') !== partner.signType) return refusal('sign-type')
  const keys = partner.keys.filter((key) => key.signType === partner.signType)
  const verification = verify(baseString(bytes), signature.toString('latin1'), keys)
  if (!verification.ok) return refusal('bad-signature')

  const wrong = checkFields(bytes)
  if (wrong !== undefined) return wrong
  const text = readNotifyText(bytes, form.declaredCharset, partner.charset)
  const { fields } = text
  return {
    ok: true,
    notifyId: fields.get('notify_id') ?? '',
    notifyTime: parseChinaDateTime(fields.get('notify_time') ?? ''),
    batchNo: fields.get('batch_no') as BatchNo,
    payUserId: fields.get('pay_user_id') ?? '',
    payUserName: fields.get('pay_user_name') ?? '',
    payAccountNo: fields.get('pay_account_no') ?? '',
    fields,
    charset: text.charset,
    charsetSource: text.source,
    key: verification.key,
    contentHash: notifyContentHash(form.fields),
  }
}

/**
 * SHA-256, in hex, over a notify's parameters without `notify_time`, `sign` and `sign_type`, which change each time it
 * is sent again, and without the empty ones. Names sorted; each name and value with its length before it, so that no
 * two contents share a hash. The same `notify_id` with another hash is new evidence.
 */
export function notifyContentHash(fields: Iterable<WireParameter>): string {
  const content = [...fields].filter(([name, value]) => value.length > 0 && !RESENT.has(name))
  const parts: (string | Buffer)[] = ['notify:1']
  for (const [name, value] of content.sort(([left], [right]) => (left < right ? -1 : 1))) {
    parts.push(`;${name.length}:${name}=${value.length}:`, value)
  }
  return hash('sha256', joined(parts), 'hex')
}

const RESENT = new Set(['notify_time', 'sign', 'sign_type'])

/**
 * The formats of table 6-1 of what decides, all of it ASCII. `success_details` and `fail_details` are judged line by
 * line, elsewhere.
 */
const FORMATS = new Map<string, (value: string) => boolean>([
  ['notify_time', isTime],
  ['notify_type', (value) => value === 'batch_trans_notify'],
  ['notify_id', (value) => /^[!-%'-~]{1,128}$/.test(value)],
  ['batch_no', isBatchNo],
  ['pay_user_id', isPartnerId],
])

/**
 * Bytes are compared, as they are in every character set: none of ours has `&` or `=` as a part of a longer character.
 */
function checkFields(fields: ReadonlyMap<string, Buffer>): NotifyRefusal | undefined {
  for (const name of REQUIRED_FIELDS) {
    if (!fields.has(name)) return refusal('missing-field', name)
  }
  for (const [name, bytes] of fields) {
    if (FORMATS.get(name)?.(bytes.toString('latin1')) === false) return refusal('wrong-format', name)
    if (DETAILS.has(name) || !bytes.includes(AMPERSAND)) continue
    if (SWALLOWED.test(bytes.toString('latin1'))) return refusal('wrong-format', name)
  }
  return undefined
}

const AMPERSAND = 0x26

/**
 * A value that holds another parameter of the notify, which would then be missing without anyone noticing: the details
 * may be absent. Within the details themselves this may be a part of a name; there each column is checked.
 */
const SWALLOWED = new RegExp(`&(?:${[...REQUIRED_FIELDS, ...DETAILS, 'pay_user_name', 'pay_account_no'].join('|')})=`)

function isTime(value: string): boolean {
  try {
    parseChinaDateTime(value)
    return true
  } catch {
    return false
  }
}

function refusal(reason: NotifyRefusalReason, field?: string): NotifyRefusal {
  return field === undefined ? { ok: false, reason } : { ok: false, reason, field }
}
