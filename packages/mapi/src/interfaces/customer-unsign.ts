import { MapiError } from '../error.ts'
import { isAccount } from '../values/account.ts'
import { basicParameters, optional } from './basic-parameters.ts'
import type { InterfaceDefinition } from './interface-definition.ts'
import { PARTNER_AGREEMENT_BIZ_TYPE } from './query-customer-protocol.ts'
import { checkSigner, isSignerOrMobile, SIGNER_FORMAT } from './signer-account.ts'

const SERVICE = 'customer_unsign'

const CODE_FORMAT = 'must be 1 to 64 letters and digits'

const SIGNED_ACCOUNT_FORMAT =
  'must be an account: an e-mail address, a mobile number (from abroad with its country code, 852-61234567), or 16 or 20 digits that begin with 2088'

/** The account that signed may also be given by Alipay's own number, with or without the 0156 of its balance. */
function isSignedAccount(value: string): boolean {
  return isAccount(value) || /^2088[0-9]{12}(?:0156)?$/.test(value)
}

function isCode(value: string): boolean {
  return /^[0-9A-Za-z]{1,64}$/.test(value)
}

/** Cancelling an agreement (UNS-1 to UNS-3, customer_unsign 1.0 §3 and §4). */
export const CUSTOMER_UNSIGN: InterfaceDefinition = {
  service: SERVICE,
  signsSignType: false,
  parameters: [
    ...basicParameters(SERVICE),
    optional('customer_code', CODE_FORMAT, isCode),
    optional('type_code', CODE_FORMAT, isCode),
    optional('biz_type', CODE_FORMAT, isCode),
    optional('trans_account_out', SIGNED_ACCOUNT_FORMAT, isSignedAccount),
    optional('user_email', SIGNER_FORMAT, isSignerOrMobile),
  ],
  checkTogether(values) {
    checkNamed(values)
    const bizType = values.get('biz_type')
    const userEmail = values.get('user_email')
    if (bizType === undefined || userEmail === undefined) return
    if (bizType !== PARTNER_AGREEMENT_BIZ_TYPE) {
      throw new MapiError(
        'MAPI_UNSIGN_BIZ_TYPE',
        `parameter biz_type must be ${PARTNER_AGREEMENT_BIZ_TYPE} where user_email is given`,
        { field: 'biz_type' },
      )
    }
    checkSigner(userEmail, 'user_email')
  },
}

/** Without the agreement's own number its kind and its account must be named (UNS-1). */
function checkNamed(values: ReadonlyMap<string, string>): void {
  if (values.has('customer_code')) return
  if (!values.has('type_code') && !values.has('biz_type')) {
    throw new MapiError(
      'MAPI_UNSIGN_KIND_MISSING',
      `${SERVICE} without customer_code needs parameter type_code or biz_type`,
      { field: 'type_code' },
    )
  }
  if (!values.has('trans_account_out') && !values.has('user_email')) {
    throw new MapiError(
      'MAPI_UNSIGN_ACCOUNT_MISSING',
      `${SERVICE} without customer_code needs parameter trans_account_out or user_email`,
      { field: 'trans_account_out' },
    )
  }
}
