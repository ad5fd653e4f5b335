import { PipelineError } from '@payout/schemas/error'

/** Every code of this package and what it says. The text never holds a key, a partner id, a payee or an account. */
export const MAPI_ERRORS = {
  MAPI_ACCOUNT_FORMAT: 'the account of a payee is neither an e-mail address nor a mobile number as Alipay takes them',
  MAPI_BASE64_FORMAT: 'not strict base64: alphabet, padding or length is wrong',
  MAPI_BATCH_NO_FORMAT: 'a batch number is not 11 to 32 letters and digits',
  MAPI_BATCH_NO_LANE: 'the lane does not fit into a batch number',
  MAPI_BATCH_NO_DIGEST: 'the digest for a batch number is not a SHA-256',
  MAPI_CHARSET_CANNOT_HOLD: 'the character set has no bytes for a character',
  MAPI_CHARSET_BYTES: 'the bytes are not valid in the character set',
  MAPI_CHARSET_UNKNOWN: 'not a character set of this protocol (utf-8, gbk, gb2312)',
  MAPI_DATE_FORMAT: 'a date or time is not written as demanded, or does not exist',
  MAPI_DETAIL_AMOUNT: 'the amount of a line is not above zero',
  MAPI_DETAIL_FIELD_CHARACTER: 'a field of a line holds ^, | or a control character',
  MAPI_DETAIL_FIELD_EMPTY: 'a field of a line is empty',
  MAPI_DETAIL_FIELD_LENGTH: 'a field of a line is too long',
  MAPI_DETAIL_FORMAT: 'a line of detail_data does not have its five columns',
  MAPI_DETAIL_LINES: 'detail_data does not have 1 to 1,000 lines',
  MAPI_DETAIL_SERIAL_TWICE: 'two lines of one batch have the same serial',
  MAPI_FEN_RANGE: 'an amount is not a whole number of fen from 0 to 2^53-1',
  MAPI_FILE_CHARSET: 'a file is not written in the character set that was said, or in none that is read',
  MAPI_FORM_DUPLICATE_NAME: 'a form names a parameter twice',
  MAPI_FORM_NAME: 'the name of a form parameter is empty or not plain ASCII',
  MAPI_FORM_PERCENT: 'a percent sign of a form is not followed by two hex digits',
  MAPI_FORM_TOO_LARGE: 'a form has more bytes than allowed',
  MAPI_FORM_TOO_MANY_FIELDS: 'a form has more fields than allowed',
  MAPI_GATEWAY_URL: 'the gateway address may not be used in this mode',
  MAPI_KEY_FORMAT: 'key material cannot be read, or is not a key of the kind that was asked for',
  MAPI_PARAMETER_FORMAT: 'a parameter has the wrong format',
  MAPI_PARAMETER_MISSING: 'a required parameter is missing',
  MAPI_PARAMETER_TWICE: 'a parameter is given twice',
  MAPI_PARAMETER_UNKNOWN: 'a parameter is not in the list of its interface',
  MAPI_PARTNER_ID_FORMAT: 'a partner id is not 16 digits that begin with 2088',
  MAPI_PAYOUT_ID_FORMAT: 'a payout id is not 1 to 64 of A-Z a-z 0-9 . _ : -',
  MAPI_SIGN_TYPE: 'the sign type is not MD5, RSA or DSA, or not that of the key',
  MAPI_SIGNER_IS_MOBILE: 'the account of a signer is a mobile number, not an e-mail address',
  MAPI_UNSIGN_ACCOUNT_MISSING: 'a cancelling names neither the agreement nor its account',
  MAPI_UNSIGN_BIZ_TYPE: 'a cancelling by biz_type and user_email has another biz_type than 10004',
  MAPI_UNSIGN_KIND_MISSING: 'a cancelling names neither the agreement nor its kind',
  MAPI_YUAN_FORMAT: 'an amount in yuan is not written as demanded',
} as const

export type MapiErrorCode = keyof typeof MAPI_ERRORS

/**
 * What this package throws. `field` names the parameter or the column that is at fault (`batch_no`, `name`), where
 * there is one.
 */
export class MapiError extends PipelineError {
  declare readonly code: MapiErrorCode
  readonly field: string | undefined

  constructor(code: MapiErrorCode, message: string, options: ErrorOptions & { field?: string } = {}) {
    super(code, message, options)
    this.field = options.field
  }
}
