import { MapiError } from '../error.ts'

/**
 * A merchant's number at Alipay: 16 digits that begin with 2088 (MAPI-13). It is written at the wire and nowhere else.
 */
export type PartnerId = string & { readonly __brand: 'PartnerId' }

/** Whether a text is written like a partner id. */
export function isPartnerId(text: string): text is PartnerId {
  return /^2088[0-9]{12}$/.test(text)
}

/**
 * Takes a text as a partner id.
 * @throws MapiError MAPI_PARTNER_ID_FORMAT; the message does not repeat the text, since partner ids stay private
 *   (MAPI-14).
 */
export function partnerId(text: string): PartnerId {
  if (!isPartnerId(text)) {
    throw new MapiError('MAPI_PARTNER_ID_FORMAT', 'a partner id must be 16 digits that begin with 2088', {
      field: 'partner',
    })
  }
  return text
}
