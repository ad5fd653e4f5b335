import { MapiError } from '../error.ts'
import { isEmailAccount } from '../values/account.ts'

/**
 * Whether a text is a mobile number, or digits alone in place of an e-mail address (SGN-4): `13800000000`, `+86 138
 * 0000 0000`, `86-13800000000`, in full-width digits too. Blanks, hyphens, dots, brackets, `+` and what can't be seen
 * don't count.
 */
export function isMobileAccount(text: string): boolean {
  return /^[0-9]+$/.test(text.normalize('NFKC').replace(/[\s\p{C}\p{Z}\p{Pd}.()+]/gu, ''))
}

/** What the address of a signer must be, in words that follow the parameter's name. */
export const SIGNER_FORMAT =
  "must be an e-mail address of at most 100 characters, without blanks or anything else that can't be seen: name@example.com"

/** Whether a text is an e-mail address, or a mobile number, which `checkSigner` refuses by its own name. */
export function isSignerOrMobile(text: string): boolean {
  return isEmailAccount(text) || isMobileAccount(text)
}

/**
 * Refuses a mobile number as the account of a signer: it does not identify its holder, and Alipay's page takes none
 * (SGN-4, sign_protocol_with_partner 1.0 §4).
 * @throws MapiError MAPI_SIGNER_IS_MOBILE, the parameter in `field`; the message does not repeat the number.
 */
export function checkSigner(account: string | undefined, field: string): void {
  if (account === undefined || !isMobileAccount(account)) return
  throw new MapiError(
    'MAPI_SIGNER_IS_MOBILE',
    `parameter ${field} is a mobile number: an agreement is signed by an account that is an e-mail address`,
    { field },
  )
}
