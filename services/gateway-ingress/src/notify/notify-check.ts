import {
  type Notify,
  type NotifyPartner,
  type NotifyRefusal,
  parseNotify,
  verifyNotify,
} from '@payout/mapi/notify/notify'
import { FORM_LIMITS } from '@payout/mapi/wire/form'
import { RefusalError, type RefusalReason } from '../http/refusal.ts'
import { MAX_BODY_BYTES } from '../http/request-body.ts'

const LIMITS = { maxBytes: MAX_BODY_BYTES, maxFields: FORM_LIMITS.maxFields }

/**
 * Whether a body is a notify that the partner's Alipay signed (BTN-10, BTN-12): the form is read as bytes, the signature verified with
 * the partner's keys, sign type and character set, and only then its fields are looked at. It needs nothing but the body, so that forged
 * traffic costs no outgoing call. Lines of the details are not judged here: the reconciler reports those that can't be read.
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
