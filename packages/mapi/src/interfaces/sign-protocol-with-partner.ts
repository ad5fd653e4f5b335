import { basicParameters, required } from './basic-parameters.ts'
import type { InterfaceDefinition } from './interface-definition.ts'
import { checkSigner, isSignerOrMobile, SIGNER_FORMAT } from './signer-account.ts'

const SERVICE = 'sign_protocol_with_partner'

/**
 * Signing an agreement on Alipay's own page (SGN-1, sign_protocol_with_partner 1.0 §3). It is sent by the user's
 * browser and has no answer (SGN-5). `email` may be left out at Alipay; here it must be given, since the outcome can be
 * asked for by it alone.
 */
export const SIGN_PROTOCOL_WITH_PARTNER: InterfaceDefinition = {
  service: SERVICE,
  signsSignType: false,
  parameters: [...basicParameters(SERVICE), required('email', SIGNER_FORMAT, isSignerOrMobile)],
  checkTogether(values) {
    checkSigner(values.get('email'), 'email')
  },
}
