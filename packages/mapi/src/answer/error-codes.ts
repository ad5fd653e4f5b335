/**
 * What a code asks for:
 * - `fix-request`: this request is wrong and was not taken; others may be good.
 * - `fix-contract`: the contract, the account, the key or a setting of the partner is wrong; every request would fail.
 * - `top-up`: the paying account has too little money.
 * - `already-submitted`: Alipay has this batch number or a serial of it already.
 * - `outcome-unknown`: nobody knows whether the batch was taken; the identical request may be sent again.
 */
export type Action = 'fix-request' | 'fix-contract' | 'top-up' | 'already-submitted' | 'outcome-unknown'

/** A code of batch_trans_notify_no_pwd 1.3 §10. */
export interface ErrorCode {
  readonly code: string
  readonly table: '10-1' | '10-2'
  readonly action: Action
  /** In English. */
  readonly meaning: string
  /** The words of the document. */
  readonly original: string
  /** Whether the partner's other batches would meet the same: contract, account, key, setting or balance. */
  readonly stopsPartner: boolean
  /** What Alipay has already, for `already-submitted`. */
  readonly duplicate: 'batch' | 'serial' | null
}

type Row = readonly [code: string, action: Action, meaning: string, original: string]

/** Table 10-1. Scan faults are put right: `batchFeeIllegal`, `emailIsNull`; BATCH_NO_NOT_UNIQUE stands there twice. */
const BUSINESS_CODES: readonly Row[] = [
  [
    'ACCOUNT_NOT_MATCH',
    'fix-contract',
    'the file does not fit the account, or the paying account is not in a normal state',
    '文件信息和账户信息不匹配或付款账户非正常状态',
  ],
  ['USER_NOT_EXIST', 'fix-contract', 'the user does not exist', '用户不存在'],
  ['USER_BLOCKED', 'fix-contract', 'the user is frozen', '用户被冻结'],
  ['batchFeeIllegal', 'fix-request', 'the total must be an amount of money', '总金额只能为货币类型'],
  ['batchFeesIsNull', 'fix-request', 'the total is empty', '总金额为空'],
  ['detailDataIsNull', 'fix-request', 'the lines are empty', '单笔数据集为空'],
  [
    'ERROR_SELF_CERTIFY_LEVEL_LIMIT',
    'fix-contract',
    'this account must complete its certification first',
    '您暂时无法使用此功能,请立即补全您的认证信息',
  ],
  ['TOTAL_NUMS_LIMIT', 'fix-request', 'more lines than allowed', '超过最大笔数限制'],
  ['SELLER_NOT_CERTIFY', 'fix-contract', 'the payer has not proved its real name', '付款方没有通过实名认证'],
  // Says that something broke, not that the request was wrong: the batch may or may not have been taken.
  ['UPLOAD_FAIL', 'outcome-unknown', 'the upload failed', '上传失败'],
  ['BATCH_NO_NOT_UNIQUE', 'already-submitted', 'this batch was submitted before', '商户提交的该批次已存在'],
  ['REASON_NOT_NULL', 'fix-request', 'the reason of a payment must not be empty', '付款原因不能为空'],
  ['emailIsNull', 'fix-request', 'the email of the payer is empty', '付款人 Email 为空'],
  ['baccountNameIsNull', 'fix-request', 'the account name is empty', '账户名称为空'],
  [
    'PAY_EMAIL_NAME_NOT_MATCH',
    'fix-contract',
    'email and name of the payer do not belong together',
    '付款人 email 账号与姓名不匹配',
  ],
  ['batchNoIsNull', 'fix-request', 'the batch number is empty', '批次号为空'],
  ['MAX_SINGLE_FEE', 'fix-request', 'a line is above the limit for one payment', '单笔最大金额超出限制'],
  ['NOT_ENOUGH_AMOUNT', 'top-up', 'the paying account has too little money', '付款账号余额不足'],
  [
    'BATCH_MONEY_ADD_NOT_MATCH_AMOUNT',
    'fix-request',
    'the sum of the lines is not the total',
    '批次累加金额和付款总额不匹配',
  ],
  [
    'MAX_SINGLE_FEE_FOR_CERT',
    'fix-request',
    'both are certified merchants, and the limit is exceeded',
    '都是认证商家并超过限额',
  ],
  ['TRANS_NO_NOT_UNIQUE', 'already-submitted', 'a serial of the merchant is not unique', '商户批次流水号不唯一'],
  [
    'partnerORPayEmailError',
    'fix-contract',
    'email of the partner and email of the payer differ',
    '合作伙伴 Email 和付款人 Email 不一致',
  ],
  ['PROFILE_BATCH_PAYMENT', 'fix-contract', 'the payer may not make batch payments', '付款方没有批量付款权限'],
  ['BATCH_NO_ERROR', 'fix-request', 'the batch number is wrong', '文件批次号错误'],
  [
    'BATCH_COUNT_ADD_NOT_MATCH_AMOUNT',
    'fix-request',
    'the number of lines is not the number given',
    '批次累加笔数和付款笔数不匹配',
  ],
  ['batchNumsIsNull', 'fix-request', 'the number of lines is empty', '付款总比数为空'],
  ['payDateIsNull', 'fix-request', 'the date is empty', '付款日期为空'],
  ['ILLEGAL_SIGN', 'fix-contract', 'the signature is wrong', '签名不正确'],
  ['ILLEGAL_DYN_MD5_KEY', 'fix-contract', 'the dynamic key is wrong', '动态密钥信息错误'],
  ['ILLEGAL_ENCRYPT', 'fix-contract', 'the encryption is wrong', '加密不正确'],
  ['ILLEGAL_ARGUMENT', 'fix-request', 'a parameter is wrong', '参数不正确'],
  ['ILLEGAL_SERVICE', 'fix-contract', 'the service name is not allowed', '非法服务名称'],
  ['ILLEGAL_USER', 'fix-contract', 'the user id is wrong', '用户 ID 不正确'],
  ['ILLEGAL_PARTNER', 'fix-contract', 'the partner is wrong', '合作伙伴信息不正确'],
  ['ILLEGAL_EXTERFACE', 'fix-contract', 'the interface is not set up rightly', '接口配置不正确'],
  ['ILLEGAL_PARTNER_EXTERFACE', 'fix-contract', "the partner's interface is wrong", '合作伙伴接口信息不正确'],
  ['ILLEGAL_SECURITY_PROFILE', 'fix-contract', 'no matching key is set up', '未找到匹配的密钥配置'],
  ['ILLEGAL_AGENT', 'fix-contract', 'the agent id is wrong', '代理 ID 不正确'],
  ['ILLEGAL_SIGN_TYPE', 'fix-contract', 'the sign type is wrong', '签名类型不正确'],
  ['ILLEGAL_CHARSET', 'fix-contract', 'the character set is not allowed', '字符集不合法'],
  [
    'ILLEGAL_CLIENT_IP',
    'fix-contract',
    "the client's IP address may not use the service",
    '客户端 IP 地址无权访问服务',
  ],
  ['HAS_NO_PRIVILEGE', 'fix-contract', 'this interface is not opened for the partner', '未开通此接口权限'],
  ['ILLEGAL_DIGEST_TYPE', 'fix-request', 'the type of digest is wrong', '摘要类型不正确'],
  ['ILLEGAL_DIGEST', 'fix-request', "the file's digest is wrong", '文件摘要不正确'],
  ['ILLEGAL_FILE_FORMAT', 'fix-request', "the file's format is wrong", '文件格式不正确'],
  ['ILLEGAL_ENCODING', 'fix-contract', 'this encoding is not supported', '不支持该编码类型'],
  [
    'ILLEGAL_REQUEST_REFERER',
    'fix-contract',
    'the check against phishing does not allow this source',
    '防钓鱼检查不支持该请求来源',
  ],
  [
    'ILLEGAL_ANTI_PHISHING_KEY',
    'fix-contract',
    'the time stamp of the check against phishing is illegal',
    '防钓鱼检查非法时间戳参数',
  ],
  [
    'ANTI_PHISHING_KEY_TIMEOUT',
    'fix-contract',
    'the time stamp of the check against phishing has expired',
    '防钓鱼检查时间戳超时',
  ],
  [
    'ILLEGAL_EXTER_INVOKE_IP',
    'fix-contract',
    'the check against phishing does not allow this IP address',
    '防钓鱼检查非法调用 IP',
  ],
]

/** Table 10-2: Alipay's support must help, and the outcome is unknown (MAPI-19). */
const SYSTEM_CODES: readonly Row[] = [
  ['SYSTEM_ERROR', 'outcome-unknown', 'a fault in the system of Alipay', '支付宝系统错误'],
  ['SESSION_TIMEOUT', 'outcome-unknown', 'the session timed out', 'session 超时'],
  ['ILLEGAL_TARGET_SERVICE', 'outcome-unknown', 'wrong target_service', '错误的 target_service'],
  [
    'ILLEGAL_ACCESS_SWITCH_SYSTEM',
    'outcome-unknown',
    'the partner may not reach this type of system',
    'partner 不允许访问该类型的系统',
  ],
  ['ILLEGAL_SWITCH_SYSTEM', 'outcome-unknown', 'switching systems went wrong', '切换系统异常'],
  ['EXTERFACE_IS_CLOSED', 'outcome-unknown', 'the interface is closed', '接口已关闭'],
]

/**
 * Every code of tables 10-1 and 10-2, by its name (BTN-9). Names are compared exactly. A code that is not here counts
 * as outcome unknown.
 */
export const ERROR_CODES: ReadonlyMap<string, ErrorCode> = new Map(
  [...BUSINESS_CODES.map((row) => errorCode('10-1', row)), ...SYSTEM_CODES.map((row) => errorCode('10-2', row))].map(
    (entry) => [entry.code, entry],
  ),
)

function errorCode(table: ErrorCode['table'], [code, action, meaning, original]: Row): ErrorCode {
  return {
    code,
    table,
    action,
    meaning,
    original,
    stopsPartner: action === 'fix-contract' || action === 'top-up',
    duplicate: code === 'BATCH_NO_NOT_UNIQUE' ? 'batch' : code === 'TRANS_NO_NOT_UNIQUE' ? 'serial' : null,
  }
}
