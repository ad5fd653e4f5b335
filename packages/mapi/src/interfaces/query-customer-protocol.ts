import { basicParameters, required } from './basic-parameters.ts'
import type { InterfaceDefinition } from './interface-definition.ts'
import { checkSigner, isSignerOrMobile, SIGNER_FORMAT } from './signer-account.ts'

const SERVICE = 'query_customer_protocol'

/** The business type of agreements that were made by sign_protocol_with_partner (UNS-2). */
export const PARTNER_AGREEMENT_BIZ_TYPE = '10004'

/** Asking how an agreement stands that was made by sign_protocol_with_partner (SGN-5). */
export const QUERY_CUSTOMER_PROTOCOL: InterfaceDefinition = {
  service: SERVICE,
  signsSignType: false,
  parameters: [
    ...basicParameters(SERVICE),
    required('biz_type', `must be ${PARTNER_AGREEMENT_BIZ_TYPE}`, (value) => value === PARTNER_AGREEMENT_BIZ_TYPE),
    required('user_email', SIGNER_FORMAT, isSignerOrMobile),
  ],
  checkTogether(values) {
    checkSigner(values.get('user_email'), 'user_email')
  },
}
