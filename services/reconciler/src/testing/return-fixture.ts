import type { GatewayReturnFile, GatewayReturnRow, GatewayServiceAnswer } from '@payout/schemas/generated/records'
import { NOON } from './reconciler-bench.ts'

export const FILE_HASH = 'a'.repeat(64)

/** The last word on a request for a return file. */
export function fileAnswer(requestId: string, changes: Partial<GatewayServiceAnswer> = {}): GatewayServiceAnswer {
  return {
    partner: 'acme',
    requestId,
    service: 'bptb_refund_file',
    attempt: 1,
    outcome: 'accepted',
    code: null,
    final: true,
    httpStatus: 200,
    contentType: 'application/octet-stream;charset=iso-8859-1',
    body: null,
    file: null,
    sentAt: NOON,
    answeredAt: NOON,
    ...changes,
  }
}

/** A file of two rows that was taken. */
export function takenFile(changes: Partial<GatewayReturnFile> = {}): GatewayReturnFile {
  return {
    fileDate: '20261120',
    hash: FILE_HASH,
    size: 1_000,
    rows: 2,
    totalFen: 2_468,
    problems: [],
    setAside: 0,
    problemCount: 0,
    ...changes,
  }
}

/** A row of 12.34 yuan to zhang@example.com. */
export function returnRow(withdrawalSerial: string, changes: Partial<GatewayReturnRow> = {}): GatewayReturnRow {
  return {
    serial: 'p1',
    payeeName: '张三',
    payeeAccount: 'zhang@example.com',
    bank: '中国工商银行',
    province: '四川省',
    city: '成都',
    branch: '',
    amountFen: 1_234,
    corporate: false,
    memo: '',
    withdrawalSerial,
    returnedAt: NOON - 86_400_000,
    reason: '账户名有误',
    ...changes,
  }
}
