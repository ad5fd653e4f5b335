import { type PartnerId, partnerId } from '../values/partner-id.ts'
import type { Charset } from '../wire/charset.ts'
import { encodeParameters, type Parameter } from '../wire/parameter.ts'
import { BPTB_REFUND_FILE } from './bptb-refund-file.ts'
import { CUSTOMER_UNSIGN } from './customer-unsign.ts'
import { checkParameters, type InterfaceDefinition } from './interface-definition.ts'
import { QUERY_CUSTOMER_PROTOCOL } from './query-customer-protocol.ts'
import { SIGN_PROTOCOL_WITH_PARTNER } from './sign-protocol-with-partner.ts'

/**
 * The interfaces that the pipeline itself calls, other than the batch payout (batch-trans-notify-no-pwd.ts). A further
 * one has a file with its definition beside those, and its name here.
 */
const SERVICES = ['query_customer_protocol', 'customer_unsign', 'bptb_refund_file'] as const
export type ServiceName = (typeof SERVICES)[number]

/** Whether a text names one of them; exactly. */
export function isServiceName(text: string): text is ServiceName {
  return SERVICES.some((name) => name === text)
}

/** The definition of an interface; `sign_protocol_with_partner` is the one that a user's browser calls. */
export function interfaceOf(service: ServiceName | 'sign_protocol_with_partner'): InterfaceDefinition {
  switch (service) {
    case 'sign_protocol_with_partner':
      return SIGN_PROTOCOL_WITH_PARTNER
    case 'query_customer_protocol':
      return QUERY_CUSTOMER_PROTOCOL
    case 'customer_unsign':
      return CUSTOMER_UNSIGN
    case 'bptb_refund_file':
      return BPTB_REFUND_FILE
  }
}

export interface ServiceCaller {
  readonly definition: InterfaceDefinition
  readonly partner: PartnerId
  readonly charset: Charset
}

/**
 * The parameters of a call but `sign_type` and `sign`, which `buildRequest` adds; it checks them as well. `business`
 * are the interface's own parameters: what is empty is left out there (MAPI-4).
 */
export function serviceParameters(caller: ServiceCaller, business: Iterable<Parameter>): Parameter[] {
  return [
    ['service', caller.definition.service],
    ['partner', caller.partner],
    ['_input_charset', caller.charset],
    ...business,
  ]
}

/** Stands where a partner's number will be: what is checked are the other parameters. */
const ANY_PARTNER = partnerId(`2088${'0'.repeat(12)}`)

/**
 * Checks an interface's own parameters before there is a key to sign them with: the same checks as `buildRequest`, and
 * that the character set can hold them.
 * @throws MapiError what `buildRequest` would (MAPI-6, MAPI-11, MAPI-12), the parameter in `field`;
 *   MAPI_PARAMETER_TWICE for one of the basic parameters.
 */
export function checkBusinessParameters(
  definition: InterfaceDefinition,
  parameters: Iterable<Parameter>,
  charset: Charset,
): void {
  const given = serviceParameters({ definition, partner: ANY_PARTNER, charset }, parameters)
  encodeParameters(checkParameters(definition, [...given, ['sign_type', 'MD5']]), charset)
}
