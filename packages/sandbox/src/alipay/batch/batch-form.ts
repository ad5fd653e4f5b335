import { isBatchNo } from '@payout/mapi/values/batch-no'
import { type Fen, parseYuan } from '@payout/mapi/values/fen'
import type { PayoutLine } from '../books/books.ts'
import { type AdmittedRequest, BASIC_PARAMETERS, type ServiceParameters } from '../gateway/admission.ts'
import { accountNamed, type SandboxAccount } from '../partners/sandbox-partner.ts'

/** The parameters of batch_trans_notify_no_pwd 1.3 (§4.2), and the codes for those that are missing (§10.1). */
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

/** A batch request whose parameters are all there and well formed; whether they are true is another question. */
export interface BatchForm {
  readonly admitted: AdmittedRequest
  readonly batchNo: string
  readonly batchNum: number
  readonly batchFee: Fen
  readonly payDate: string
  readonly accountName: string
  /** The account as named, and the partner's account of that name, if there is one. */
  readonly payerName: string
  readonly account: SandboxAccount | undefined
  readonly notifyUrl: string | undefined
  readonly lines: readonly PayoutLine[]
}

/** Lengths in characters that Alipay's own texts for errors of a line name (reference: the documents give none). */
const LIMITS = { serial: 32, account: 100, name: 128, memo: 100 } as const

/**
 * Reads the business parameters of a batch request.
 *
 * @returns the form, or the code with which Alipay refuses it
 */
export function readBatchForm(admitted: AdmittedRequest): BatchForm | string {
  const { fields, partner } = admitted
  const missing = BATCH_PARAMETERS.missing(fields)
  if (missing !== undefined) return missing
  const batchNo = fields.get('batch_no') ?? ''
  if (!isBatchNo(batchNo)) return 'BATCH_NO_ERROR'
  const batchFee = yuan(fields.get('batch_fee') ?? '')
  if (batchFee === undefined) return 'batchFeeIllegal'
  const batchNum = fields.get('batch_num') ?? ''
  const payDate = fields.get('pay_date') ?? ''
  if (!/^[1-9]\d{0,5}$/.test(batchNum) || !/^\d{8}$/.test(payDate)) return 'ILLEGAL_ARGUMENT'
  const notifyUrl = fields.get('notify_url')
  if (notifyUrl !== undefined && !isNotifyUrl(notifyUrl)) return 'ILLEGAL_ARGUMENT'
  const extendParam = fields.get('extend_param')
  if (extendParam !== undefined && !isExtendParam(extendParam)) return 'ILLEGAL_ARGUMENT'
  const lines = readLines(fields.get('detail_data') ?? '')
  if (typeof lines === 'string') return lines
  const payerName = fields.get('buyer_account_name') ?? fields.get('email') ?? ''
  return {
    admitted,
    batchNo,
    batchNum: Number(batchNum),
    batchFee,
    payDate,
    accountName: fields.get('account_name') ?? '',
    payerName,
    account: accountNamed(partner, fields.get('email'), fields.get('buyer_account_name')),
    notifyUrl,
    lines,
  }
}

function readLines(detailData: string): PayoutLine[] | string {
  // A bar behind the last line is used by real clients, and taken.
  const rows = (detailData.endsWith('|') ? detailData.slice(0, -1) : detailData).split('|')
  const lines: PayoutLine[] = []
  for (const row of rows) {
    const columns = row.split('^')
    const [serial = '', account = '', name = '', amount = '', memo = ''] = columns
    if (columns.length !== 5) return 'ILLEGAL_FILE_FORMAT'
    if (memo === '') return 'REASON_NOT_NULL'
    const amountFen = yuan(amount)
    if (amountFen === undefined || amountFen === 0) return 'ILLEGAL_FILE_FORMAT'
    if (!fits(serial, LIMITS.serial) || !fits(account, LIMITS.account)) return 'ILLEGAL_FILE_FORMAT'
    if (!fits(name, LIMITS.name) || !fits(memo, LIMITS.memo)) return 'ILLEGAL_FILE_FORMAT'
    lines.push({ serial, account, name, amountFen, memo })
  }
  return lines
}

function fits(text: string, limit: number): boolean {
  return text !== '' && (text.length <= limit || [...text].length <= limit)
}

function yuan(text: string): Fen | undefined {
  try {
    return parseYuan(text)
  } catch {
    return undefined
  }
}

function isNotifyUrl(text: string): boolean {
  return /^https?:\/\/[^\s?#&]+$/.test(text) && URL.canParse(text)
}

function isExtendParam(text: string): boolean {
  return [...text].length <= 200 && text.split('|').every((pair) => /^[^^|]+\^[^^|]+$/.test(pair))
}
