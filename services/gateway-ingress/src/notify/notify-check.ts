import {
  type Notify,
  type NotifyPartner,
  type NotifyRefusal,
  parseNotify,
  verifyNotify,
} from '@payout/mapi/notify/notify'
import { FORM_LIMITS } from '@payout/mapi/wire/form'
import { topics } from '@payout/schemas/topics'
import { KIB } from '@payout/schemas/units'
import { RefusalError, type RefusalReason } from '../http/refusal.ts'
import { NOTIFIES } from '../topology.ts'

/**
 * What a record adds to the body that it carries: alias, ids, hash and content type (a header line is at most 16 KiB),
 * CloudEvents headers, framing.
 */
const RECORD_OVERHEAD = 64 * KIB

/**
 * The largest body, in bytes as they come, percent-encoded: what fits into one record of `gateway.notifies` with its
 * raw bytes, a little under 4 MiB.
 *
 * A legal notify fits in any charset. Its longest line has 260 free characters and more (account 100, name 128; reason,
 * by the longest known, 64), at most 12 bytes each on the wire (four-byte UTF-8 or GB18030, each byte as `%XX`): 3,504;
 * and 32 for the serial, 21 for Alipay's, 14 for the time, 17 for the amount, 1 for S or F, 24 for seven `%5E` and one
 * `%7C`: 3,613 bytes. A thousand of them are 3,613,000; the other fields take less than 4,000.
 */
export const MAX_BODY_BYTES = topics[NOTIFIES].maxMessageBytes - RECORD_OVERHEAD

const LIMITS = { maxBytes: MAX_BODY_BYTES, maxFields: FORM_LIMITS.maxFields }

/**
 * Whether a body is a notify that the partner's Alipay signed (BTN-10, BTN-12): the form is read as bytes, the
 * signature verified with the partner's keys, sign type and character set, and only then its fields are looked at. It
 * needs nothing but the body, so that forged traffic costs no outgoing call. Lines of the details are not judged here:
 * the reconciler reports those that can't be read.
 * @throws RefusalError `too-large`, `not-a-form`, `duplicate-name`, `bad-signature`, `malformed-field`.
 */
export function checkNotify(body: Buffer, contentType: string | undefined, partner: NotifyPartner): Notify {
  const form = parseNotify(body, contentType, LIMITS)
  const notify = form.ok ? verifyNotify(form, partner) : form
  if (notify.ok) return notify
  const reason = refusalReason(notify)
  // Before the signature holds, a field's name is a stranger's text.
  const field = reason === 'malformed-field' && notify.field !== undefined ? ` (${notify.field})` : ''
  throw new RefusalError(reason, `the body is no notify of this partner: ${notify.reason}${field}`)
}

function refusalReason({ reason, field }: NotifyRefusal): RefusalReason {
  switch (reason) {
    case 'too-large':
    case 'not-a-form':
    case 'duplicate-name':
    case 'bad-signature':
      return reason
    case 'too-many-fields':
      return 'not-a-form'
    case 'sign-type':
      return 'bad-signature'
    case 'missing-field':
      // These two are missed before the signature is verified, all others after.
      return field === 'sign' || field === 'sign_type' ? 'bad-signature' : 'malformed-field'
    case 'wrong-format':
      return 'malformed-field'
  }
}
