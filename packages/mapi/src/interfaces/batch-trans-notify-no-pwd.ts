import { MapiError } from '../error.ts'
import { type BatchNo, isBatchNo } from '../values/batch-no.ts'
import type { PayDate } from '../values/china-time.ts'
import { formatYuan, parseYuan, sumFen } from '../values/fen.ts'
import type { PartnerId } from '../values/partner-id.ts'
import type { Charset } from '../wire/charset.ts'
import type { Parameter } from '../wire/parameter.ts'
import { basicParameters, optional, required } from './basic-parameters.ts'
import { type DetailLine, formatDetailData, MAX_DETAIL_LINES, parseDetailData } from './detail-data.ts'
import type { InterfaceDefinition } from './interface-definition.ts'
import { doesNotThrow, isExistingDay, isPayer, isText, PAYER_FORMAT } from './parameter-format.ts'

const SERVICE = 'batch_trans_notify_no_pwd'

/** Batch payout to Alipay accounts without password, version 1.3 (BTN-1, batch_trans_notify_no_pwd 1.3 §4.2). */
export const BATCH_TRANS_NOTIFY_NO_PWD: InterfaceDefinition = {
  service: SERVICE,
  signsSignType: false,
  parameters: [
    ...basicParameters(SERVICE),
    optional('notify_url', 'must be an absolute http or https address without query and fragment', isNotifyUrl),
    required('account_name', 'must be 1 to 128 characters, none a control character', (value) => isText(value, 128)),
    required('detail_data', 'must be lines', () => true),
    required('batch_no', 'must be 11 to 32 letters and digits', isBatchNo),
    required('batch_num', `must be 1 to ${MAX_DETAIL_LINES}`, isBatchNum),
    required('batch_fee', 'must be yuan above zero, such as 20.00', isBatchFee),
    required('pay_date', 'must be an existing day, YYYYMMDD', isExistingDay),
    optional('email', PAYER_FORMAT, isPayer),
    optional('buyer_account_name', PAYER_FORMAT, isPayer),
    optional('extend_param', 'must be name^value|name^value, at most 200 characters', isExtendParam),
  ],
  checkTogether(values) {
    if (payingAccountOf(values) === undefined) {
      throw new MapiError(
        'MAPI_PARAMETER_MISSING',
        `${SERVICE} needs parameter email, or buyer_account_name in its place`,
        {
          field: 'email',
        },
      )
    }
    const lines = parseDetailData(values.get('detail_data') ?? '')
    if (Number(values.get('batch_num')) !== lines.length) {
      throw new MapiError('MAPI_PARAMETER_FORMAT', `parameter batch_num must be ${lines.length}, the number of lines`, {
        field: 'batch_num',
      })
    }
    if (parseYuan(values.get('batch_fee') ?? '') !== sumFen(lines.map(({ amount }) => amount))) {
      throw new MapiError('MAPI_PARAMETER_FORMAT', 'parameter batch_fee must be the sum of the amounts', {
        field: 'batch_fee',
      })
    }
  },
}

/** What a batch is made of. */
export interface BatchTransInput {
  readonly partner: PartnerId
  readonly charset: Charset
  /** Where Alipay reports the outcome; without it there is none. */
  readonly notifyUrl?: string
  /** The name of the paying account (`account_name`). */
  readonly accountName: string
  readonly lines: readonly DetailLine[]
  readonly batchNo: BatchNo
  /** The day in China at the moment of sending (BTN-5). */
  readonly payDate: PayDate
  /** The paying account; one of the two must be there, and `buyerAccountName` wins at Alipay (BTN-6). */
  readonly email?: string
  readonly buyerAccountName?: string
  /** Only where it was agreed with Alipay (BTN-7). */
  readonly extendParam?: readonly Parameter[]
}

/**
 * The parameters of a batch but `sign_type` and `sign`, which `buildRequest` adds; it checks them as well. Number of
 * lines and sum are counted here, exactly (BTN-4).
 * @throws MapiError what `formatDetailData` throws, and MAPI_FEN_RANGE for a sum above 2^53-1 fen.
 */
export function batchTransParameters(input: BatchTransInput): Parameter[] {
  const { extendParam = [] } = input
  if (extendParam.some((pair) => pair.some((part) => part === '' || /[\^|]/.test(part)))) {
    throw new MapiError('MAPI_PARAMETER_FORMAT', 'a name or value of extend_param is empty, or holds ^ or |', {
      field: 'extend_param',
    })
  }
  const parameters: Parameter[] = [
    ['service', SERVICE],
    ['partner', input.partner],
    ['_input_charset', input.charset],
    ['notify_url', input.notifyUrl ?? ''],
    ['account_name', input.accountName],
    ['detail_data', formatDetailData(input.lines)],
    ['batch_no', input.batchNo],
    ['batch_num', String(input.lines.length)],
    ['batch_fee', formatYuan(sumFen(input.lines.map(({ amount }) => amount)))],
    ['pay_date', input.payDate],
    ['email', input.email ?? ''],
    ['buyer_account_name', input.buyerAccountName ?? ''],
    ['extend_param', extendParam.map((pair) => pair.join('^')).join('|')],
  ]
  return parameters.filter(([, value]) => value !== '')
}

/** The account that pays: `buyer_account_name` wins over `email` (BTN-6). */
export function payingAccountOf(values: ReadonlyMap<string, string>): string | undefined {
  return values.get('buyer_account_name') ?? values.get('email')
}

function isNotifyUrl(value: string): boolean {
  // Alipay adds nothing to the address and reports by POST; an & in it has broken requests.
  return /^https?:\/\/[!-~]+$/.test(value) && !/[?#&@]/.test(value) && URL.canParse(value)
}

function isBatchNum(value: string): boolean {
  return /^[1-9][0-9]{0,3}$/.test(value) && Number(value) <= MAX_DETAIL_LINES
}

function isBatchFee(value: string): boolean {
  return doesNotThrow(() => parseYuan(value)) && /[1-9]/.test(value)
}

function isExtendParam(value: string): boolean {
  return isText(value, 200) && value.split('|').every((pair) => /^[^^]+\^[^^]+$/.test(pair))
}
