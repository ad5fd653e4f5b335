/**
 * The columns of table 5-1 (bptb_refund_file 1.3 §5.2), by what they are: first the names of the head, then those of
 * the rows.
 */
export const HEAD_COLUMNS = {
  total: ['总金额'],
  count: ['总笔数'],
  account: ['支付宝账户', '支付宝账号'],
} as const

export const ROW_COLUMNS = {
  batchNo: ['商户批次号'],
  serial: ['商户流水号'],
  payeeName: ['收款银行户名'],
  payeeAccount: ['收款银行账号'],
  bank: ['收款开户银行'],
  province: ['收款银行所在省份'],
  city: ['收款银行所在市'],
  branch: ['收款支行名称'],
  amount: ['金额'],
  corporate: ['对公对私标志'],
  memo: ['备注'],
  withdrawalSerial: ['提现流水号'],
  returnedAt: ['退票日期'],
  reason: ['退票原因'],
} as const

export type HeadColumn = keyof typeof HEAD_COLUMNS
export type RowColumn = keyof typeof ROW_COLUMNS

/** Where columns stand: their places, or the names of those that are missing or there twice. */
export type FoundColumns<Column extends string> =
  | { readonly ok: true; readonly places: ReadonlyMap<Column, number>; readonly width: number }
  | { readonly ok: false; readonly missing: readonly string[]; readonly twice: readonly string[] }

/**
 * Finds columns by their names, wherever they stand and whatever stands between them. Blanks, full width, a remark in
 * parentheses and the two ways to write 账 make no difference.
 */
export function findColumns<Column extends string>(
  cells: readonly string[],
  columns: Readonly<Record<Column, readonly string[]>>,
): FoundColumns<Column> {
  const names = cells.map(plainName)
  const places = new Map<Column, number>()
  const missing: string[] = []
  const twice: string[] = []
  for (const [column, spellings] of Object.entries(columns) as [Column, readonly string[]][]) {
    const found = names.flatMap((name, place) => (spellings.includes(name) ? [place] : []))
    const [place] = found
    if (place === undefined) missing.push(spellings[0] ?? column)
    else if (found.length > 1) twice.push(spellings[0] ?? column)
    else places.set(column, place)
  }
  if (missing.length > 0 || twice.length > 0) return { ok: false, missing, twice }
  return { ok: true, places, width: names.findLastIndex((name) => name !== '') + 1 }
}

function plainName(cell: string): string {
  return cell.normalize('NFKC').replace(/\s/gu, '').replace(/\(.*$/u, '').replaceAll('帐', '账')
}
