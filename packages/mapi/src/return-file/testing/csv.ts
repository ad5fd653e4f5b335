import iconv from 'iconv-lite'

/** The name and the values of table 5-1 (bptb_refund_file 1.3 §5.2), and a second row beside them. */
export const CSV_NAME = 'ALIPAY_20101223_R_2088101000922193.csv'
export const HEAD = ['总金额', '总笔数', '支付宝账户']
export const TOTALS = ['0.03', '2', 'gongsi1@shoufei.com']
export const COLUMNS = [
  '商户批次号',
  '商户流水号',
  '收款银行户名',
  '收款银行账号',
  '收款开户银行',
  '收款银行所在省份',
  '收款银行所在市',
  '收款支行名称',
  '金额',
  '对公对私标志',
  '备注',
  '提现流水号',
  '退票日期',
  '退票原因',
]
export const ROW = [
  'bptb_20101220_4178',
  '1',
  '测试 1',
  '4402024301016406',
  '中国工商银行',
  '四川省',
  '成都',
  '',
  '0.01',
  '2',
  'ATS 批量代发',
  '84782488',
  '2010年12月18日 09:00:00',
  '账户名有误',
]
export const SECOND = ROW.with(8, '0.02').with(11, '84782489')

/** A line of plain cells, joined as they are. */
export function line(cells: readonly string[]): string {
  return cells.join(',')
}

/** A good file's lines, with these in place of the two rows. */
export function linesOf(rows: readonly (readonly string[])[], totals: readonly string[] = TOTALS): string[] {
  return [HEAD, totals, COLUMNS, ...rows].map(line)
}

/** Bytes as a Chinese merchant's file has them. */
export function gb18030(lines: readonly string[]): Buffer {
  return iconv.encode(lines.map((each) => `${each}\r\n`).join(''), 'gb18030')
}
