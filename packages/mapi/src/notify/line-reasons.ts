/**
 * The reasons of an F line that are known to mean "this line was looked at and not paid" (BTN-11), by their exact code,
 * with what each says. batch_trans_notify_no_pwd 1.3 shows one, TXN_RESULT_TRANSFER_OUT_CAN_NOT_EQUAL_IN, and has no
 * table of them; the others were seen in notifies of this interface. Not here:
 * - what is about the serial (USER_SERIAL_NO_REPEATE, USER_SERIAL_NO_ERROR, TRANS_NO_NOT_UNIQUE): an earlier copy of
 *   the line may have been paid;
 * - what says that something broke (SYSTEM_ERROR), and the codes of whole batches in tables 10-1 and 10-2;
 * - words: they mean what a person reads into them.
 */
export const LINE_FAILURES: ReadonlyMap<string, string> = new Map([
  ['TXN_RESULT_TRANSFER_OUT_CAN_NOT_EQUAL_IN', 'payer and payee are the same'],
  ['RECEIVE_USER_NOT_EXIST', 'the payee does not exist'],
  ['RECEIVE_ACCOUNT_ERROR', "the payee's account is wrong or does not exist"],
  ['RECEIVE_EMAIL_ERROR', "the payee's account is empty or too long"],
  ['RECEIVE_NAME_ERROR', "the payee's name is empty or too long"],
  ['RECEIVE_REASON_ERROR', 'the memo is empty or too long'],
  ['RECEIVE_MONEY_ERROR', 'the amount is written wrongly'],
  ['RECEIVE_SINGLE_MONEY_ERROR', 'the amount is above the limit for one payment'],
  ['RECEIVE_EMAIL_NAME_NOT_MATCH', "the payee's account and name do not belong together"],
  ['ACCOUN_NAME_NOT_MATCH', "the payee's account and name do not belong together"],
  ['ILLEGAL_USER_STATUS', "the payee's account is not in a normal state"],
  ['ERROR_OTHER_CERTIFY_LEVEL_LIMIT', "the payee's certification is not complete"],
  ['ERROR_OTHER_NOT_REALNAMED', 'the payee has not proved its real name'],
  ['PAYEE_ACCOUNT_IS_RELEASED', "the payee's account name is somebody else's too"],
  ['PERMIT_NON_BANK_LIMIT_PAYEE_L0_FORBIDDEN', 'the payee may not receive: its identity is not complete'],
  ['PERMIT_CHECK_PERM_AML_CERT_MISS_4_TRANS_LIMIT', 'a certificate is missing, and the limit is reached'],
  ['TRANSFER_AMOUNT_NOT_ENOUGH', 'the paying account has too little money'],
  ['DAILY_QUOTA_LIMIT_EXCEED', 'the limit of the day is exceeded'],
  ['LINE_LENGTH_ERROR', 'the line has the wrong number of columns'],
  ['SYSTEM_DISUSE_FILE', 'nobody released the batch in time'],
  ['MERCHANT_DISUSE_FILE', 'the batch was not released'],
])
