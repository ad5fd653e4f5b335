import { type Action, ERROR_CODES } from './error-codes.ts'

/** What a code of the gateway itself asks for: the actions of `ERROR_CODES` that are about no batch. */
type GatewayAction = Exclude<Action, 'top-up' | 'already-submitted'>

/** A code that the gateway answers whatever the interface. */
export interface GatewayCode {
  readonly code: string
  readonly action: GatewayAction
  /** Whether the key or the signature is what is wrong. */
  readonly aboutKey: boolean
  /** In English. */
  readonly meaning: string
}

const KEY_CODES = [
  'ILLEGAL_SIGN',
  'ILLEGAL_DYN_MD5_KEY',
  'ILLEGAL_ENCRYPT',
  'ILLEGAL_SECURITY_PROFILE',
  'ILLEGAL_SIGN_TYPE',
] as const

const OTHER_CODES = [
  'ILLEGAL_ARGUMENT',
  'ILLEGAL_SERVICE',
  'ILLEGAL_USER',
  'ILLEGAL_PARTNER',
  'ILLEGAL_EXTERFACE',
  'ILLEGAL_PARTNER_EXTERFACE',
  'ILLEGAL_AGENT',
  'ILLEGAL_CHARSET',
  'ILLEGAL_CLIENT_IP',
  'HAS_NO_PRIVILEGE',
  'ILLEGAL_DIGEST_TYPE',
  'ILLEGAL_DIGEST',
  'ILLEGAL_FILE_FORMAT',
  'ILLEGAL_ENCODING',
  'ILLEGAL_REQUEST_REFERER',
  'ILLEGAL_ANTI_PHISHING_KEY',
  'ANTI_PHISHING_KEY_TIMEOUT',
  'ILLEGAL_EXTER_INVOKE_IP',
  'SYSTEM_ERROR',
  'SESSION_TIMEOUT',
  'ILLEGAL_TARGET_SERVICE',
  'ILLEGAL_ACCESS_SWITCH_SYSTEM',
  'ILLEGAL_SWITCH_SYSTEM',
  'EXTERFACE_IS_CLOSED',
] as const

/**
 * The gateway's own codes: they stand in the tables of batch_trans_notify_no_pwd 1.3 §10 and of bptb_refund_file 1.3 §8
 * alike.
 */
export const GATEWAY_CODES: ReadonlyMap<string, GatewayCode> = new Map(
  [...KEY_CODES.map((code) => [code, true] as const), ...OTHER_CODES.map((code) => [code, false] as const)].flatMap(
    ([code, aboutKey]) => {
      const entry = ERROR_CODES.get(code)
      if (entry === undefined || !isGatewayAction(entry.action)) return []
      return [[code, { code, action: entry.action, aboutKey, meaning: entry.meaning }] as const]
    },
  ),
)

function isGatewayAction(action: Action): action is GatewayAction {
  return action !== 'top-up' && action !== 'already-submitted'
}
