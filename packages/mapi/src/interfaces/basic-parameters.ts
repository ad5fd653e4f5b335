import { SIGN_TYPES } from '../signature/key.ts'
import { isPartnerId } from '../values/partner-id.ts'
import { CHARSETS } from '../wire/charset.ts'
import type { ParameterDefinition } from './interface-definition.ts'

/** A row of an interface's table whose parameter must be given. */
export function required(name: string, format: string, accepts: (value: string) => boolean): ParameterDefinition {
  return { name, required: true, format, accepts }
}

/** A row of an interface's table whose parameter may be left out. */
export function optional(name: string, format: string, accepts: (value: string) => boolean): ParameterDefinition {
  return { name, required: false, format, accepts }
}

/**
 * The basic parameters but `sign`. Every interface has them, and they come first at the wire (batch_trans_notify_no_pwd
 * 1.3 §4.2, bptb_refund_file 1.3 §4.2).
 */
export function basicParameters(service: string): readonly ParameterDefinition[] {
  return [
    required('service', `must be ${service}`, (value) => value === service),
    required('partner', 'must be 16 digits that begin with 2088', isPartnerId),
    required('_input_charset', `must be ${CHARSETS.join(', ')}`, (value) => CHARSETS.some((name) => name === value)),
    required('sign_type', `must be ${SIGN_TYPES.join(', ')}`, (value) => SIGN_TYPES.some((name) => name === value)),
  ]
}
