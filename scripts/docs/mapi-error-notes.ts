import { MAPI_ERRORS, type MapiErrorCode } from '@payout/mapi/error'

/** What a code means, and what to do. */
export interface ErrorNote {
  readonly meaning: string
  readonly todo: string
}

export const SETTING = 'Correct the setting or the key file that the message names, and start again.'
export const WRITER = 'A defect of the caller: nothing was sent. Report it with the message and the stack.'
const PUT_RIGHT = 'Correct the command and send it under a new `payoutId`: the id of a payout that failed is used up.'
const NEW_COMMAND = 'Send the command under a new `commandId`: nothing was signed.'
const SENDER = 'The sender is at fault. Nothing to do, unless the sender is Alipay: then compare with the raw bytes.'

const MAPI_TODO: Readonly<Record<MapiErrorCode, string>> = {
  MAPI_ACCOUNT_FORMAT: `The explanation says what is wrong with it. ${PUT_RIGHT}`,
  MAPI_BASE64_FORMAT: SENDER,
  MAPI_BATCH_NO_FORMAT: SENDER,
  MAPI_BATCH_NO_LANE: WRITER,
  MAPI_BATCH_NO_DIGEST: WRITER,
  MAPI_CHARSET_CANNOT_HOLD: `${PUT_RIGHT} A partner whose contract allows utf-8 can be switched to it.`,
  MAPI_CHARSET_BYTES: SENDER,
  MAPI_CHARSET_UNKNOWN: SETTING,
  MAPI_DATE_FORMAT: SENDER,
  MAPI_DETAIL_AMOUNT: PUT_RIGHT,
  MAPI_DETAIL_FIELD_CHARACTER: PUT_RIGHT,
  MAPI_DETAIL_FIELD_EMPTY: PUT_RIGHT,
  MAPI_DETAIL_FIELD_LENGTH: PUT_RIGHT,
  MAPI_DETAIL_FORMAT: WRITER,
  MAPI_DETAIL_LINES: WRITER,
  MAPI_DETAIL_SERIAL_TWICE: WRITER,
  MAPI_FEN_RANGE: PUT_RIGHT,
  MAPI_FILE_CHARSET: 'Save the file as UTF-8, or name the character set as the message says.',
  MAPI_FORM_DUPLICATE_NAME: SENDER,
  MAPI_FORM_NAME: SENDER,
  MAPI_FORM_PERCENT: SENDER,
  MAPI_FORM_TOO_LARGE: SENDER,
  MAPI_FORM_TOO_MANY_FIELDS: SENDER,
  MAPI_GATEWAY_URL: 'In production mode leave `GATEWAY_URL` out; only sandbox mode may have another address.',
  MAPI_KEY_FORMAT: SETTING,
  MAPI_PARAMETER_FORMAT: `${WRITER} Where the parameter is one of the partners file, correct it there.`,
  MAPI_PARAMETER_MISSING: WRITER,
  MAPI_PARAMETER_TWICE: WRITER,
  MAPI_PARAMETER_UNKNOWN: WRITER,
  MAPI_PARTNER_ID_FORMAT: SETTING,
  MAPI_PAYOUT_ID_FORMAT: PUT_RIGHT,
  MAPI_SIGN_TYPE: SETTING,
  MAPI_SIGNER_IS_MOBILE: `Ask the user for an Alipay account that is an e-mail address. ${NEW_COMMAND}`,
  MAPI_UNSIGN_ACCOUNT_MISSING: `Give \`customerCode\`, or \`transAccountOut\` or \`userEmail\` (UNS-1). ${NEW_COMMAND}`,
  MAPI_UNSIGN_BIZ_TYPE: `Write \`10004\`, or name the agreement by \`typeCode\` or \`customerCode\` (UNS-2). ${NEW_COMMAND}`,
  MAPI_UNSIGN_KIND_MISSING: `Give \`customerCode\`, or \`typeCode\` or \`bizType\` (UNS-1). ${NEW_COMMAND}`,
  MAPI_YUAN_FORMAT: 'Write the amount in yuan with at most two decimals: `12.34`.',
}

/** What packages/mapi says of its codes, and what to do. */
export const mapiErrorNotes: Readonly<Record<string, ErrorNote>> = Object.fromEntries(
  Object.entries(MAPI_ERRORS).map(([code, meaning]) => [
    code,
    { meaning: `${meaning.slice(0, 1).toUpperCase()}${meaning.slice(1)}.`, todo: MAPI_TODO[code as MapiErrorCode] },
  ]),
)
