import { zipOf } from '@payout/mapi/return-file/testing/zip'

/** A row of a test's return file: 0.01 yuan sent back to one of many. */
export interface TestRow {
  readonly batchNo: string
  readonly serial: string
  readonly withdrawalSerial: string
}

const NAMES =
  '商户批次号,商户流水号,收款银行户名,收款银行账号,收款开户银行,收款银行所在省份,收款银行所在市,收款支行名称,金额,对公对私标志,备注,提现流水号,退票日期,退票原因'

/**
 * The CSV of bptb_refund_file 1.3 §5.2, in UTF-8 with a byte order mark. `total`, in yuan, where it is not that of the
 * rows.
 */
export function returnCsv(rows: readonly TestRow[], total = (rows.length / 100).toFixed(2)): Buffer {
  const lines = rows.map(
    ({ batchNo, serial, withdrawalSerial }) =>
      `${batchNo},${serial},测试,4402024301016406,中国工商银行,四川省,成都,,0.01,2,,${withdrawalSerial},2010年12月18日 09:00:00,账户名有误`,
  )
  const head = `总金额,总笔数,支付宝账户\r\n${total},${rows.length},gongsi1@shoufei.com`
  return Buffer.from(`\ufeff${[head, NAMES, ...lines].join('\r\n')}\r\n`)
}

/** A return file of the tests' partner and day. */
export function returnFile(rows: readonly TestRow[], total?: string): Buffer {
  return zipOf([{ name: 'ALIPAY_20101223_R_2088101000922193.csv', content: returnCsv(rows, total) }])
}
