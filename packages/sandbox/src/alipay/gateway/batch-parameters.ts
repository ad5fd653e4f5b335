import { BASIC_PARAMETERS, type ServiceParameters } from './admission.ts'

/** Parameters of `batch_trans_notify_no_pwd` (batch_trans_notify_no_pwd 1.3 §4.2) and the codes for those that are missing (§10.1). */
export const BATCH_PARAMETERS: ServiceParameters = {
  names: new Set([
    ...BASIC_PARAMETERS,
    'notify_url',
    'account_name',
    'detail_data',
    'batch_no',
    'batch_num',
    'batch_fee',
    'pay_date',
    'email',
    'buyer_account_name',
    'extend_param',
  ]),
  missing: (present) => {
    if (!present.has('batch_no')) return 'batchNoIsNull'
    if (!present.has('account_name')) return 'baccountNameIsNull'
    if (!present.has('email') && !present.has('buyer_account_name')) return 'emailIsNull'
    if (!present.has('pay_date')) return 'payDateIsNull'
    if (!present.has('batch_num')) return 'batchNumsIsNull'
    if (!present.has('batch_fee')) return 'batchFeesIsNull'
    if (!present.has('detail_data')) return 'detailDataIsNull'
    return undefined
  },
}
