import { csvColumns, type PayoutRow } from '@payout/cli/payout-file/payout-csv'
import { type Fen, fen, formatYuan } from '@payout/mapi/values/fen'

/** One line of a file of payouts, as text. */
export type CsvRow = { readonly [C in (typeof csvColumns)[number]]: string }

/** The partners of the sample: one for each sign type and each character set. */
export const samplePartners = ['shop-md5-utf8', 'shop-rsa-gbk', 'shop-dsa-gb2312'] as const

export const SAMPLE_SEED = 20_261_121

const SURNAMES = [...'王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹']
const GIVEN_NAMES = [
  '伟',
  '芳',
  '娜',
  '敏',
  '静',
  '丽',
  '强',
  '磊',
  '军',
  '洋',
  '勇',
  '艳',
  '杰',
  '娟',
  '涛',
  '明',
  '超',
  '秀英',
  '小红',
  '建国',
  '志强',
  '桂兰',
  '海燕',
  '玉梅',
]
const MEMOS = ['十一月工资', '稿费', '货款', '退款', '佣金', '差旅报销', 'refund 2026-11', '奖金']
/** Reasons that Alipay gives in a notify's failure line. */
const REASONS = ['RECEIVE_USER_NOT_EXIST', 'ERROR_RECEIVE_USER_NAME', 'RECEIVE_USER_STATUS_ERROR']

/** In GBK and not in GB2312. */
const NAME_BEYOND_GB2312 = '朱镕基'
/** In neither. */
const NAME_BEYOND_GBK = '王𠮷'
/** One fen over the limit that a partner has where its entry in the partners file names none. */
const OVER_THE_LIMIT = fen(100_000_001)

/** What makes a payout of the sample special. */
type Special = (row: PayoutRow) => PayoutRow

/**
 * Rows that Alipay does not pay, or that never reach it, and some that it is slow with or tells of twice; one each for
 * every 50 payouts.
 */
const SPECIALS: readonly (readonly Special[])[] = [
  [
    (row) => ({ ...row, to: `fail.${REASONS[0]}.${row.id}@example.com` }),
    (row) => ({ ...row, to: `slow.1s.${row.id}@example.com` }),
    (row) => ({ ...row, partner: 'shop-dsa-gb2312', name: NAME_BEYOND_GB2312 }),
  ],
  [
    (row) => ({ ...row, to: `fail.${REASONS[1]}.${row.id}@example.com` }),
    (row) => ({ ...row, to: `twice.${row.id}@example.com` }),
    (row) => ({ ...row, partner: 'shop-rsa-gbk', name: NAME_BEYOND_GBK }),
  ],
  [
    (row) => ({ ...row, to: `fail.${REASONS[2]}.${row.id}@example.com` }),
    (row) => ({ ...row, amountFen: OVER_THE_LIMIT }),
    (row) => ({ ...row, memo: 'June^July' }),
  ],
  [
    (row) => ({ ...row, to: `repeated.${row.id}@example.com` }),
    (row) => ({ ...row, partner: 'no-such-shop' }),
    (row) => ({ ...row, partner: 'shop-rsa-gbk', name: NAME_BEYOND_GB2312 }),
  ],
]

/**
 * Payouts for trying things out: Chinese names, every sign type and character set, payouts that must fail, and after
 * every hundredth payout the same command once more and the same id with another amount. The same count and seed always
 * give the same.
 * @param count how many different payouts; the rows are a few more
 */
export function samplePayouts(count: number, seed: number = SAMPLE_SEED): PayoutRow[] {
  const chance = new Chance(seed)
  const rows: PayoutRow[] = []
  for (let number = 1; number <= count; number++) {
    const row = special(ordinary(number, chance), number)
    rows.push(row)
    if (number % 100 === 50) rows.push(row)
    if (number % 100 === 0) rows.push({ ...row, amountFen: fen(row.amountFen + 100) })
  }
  return rows
}

function ordinary(number: number, chance: Chance): PayoutRow {
  const digits = String(number).padStart(5, '0')
  return {
    // Half of the ids can be Alipay's serial as they are, the others are hashed.
    id: number % 2 === 0 ? `nov26x${digits}` : `PAYROLL-2026-11:${digits}`,
    partner: chance.oneOf(samplePartners),
    to: number % 5 === 0 ? `138${digits.padStart(8, '0')}` : `user${digits}@example.com`,
    name: `${chance.oneOf(SURNAMES)}${chance.oneOf(GIVEN_NAMES)}`,
    amountFen: fen(100 + chance.below(200_000)),
    memo: chance.oneOf(MEMOS),
  }
}

function special(row: PayoutRow, number: number): PayoutRow {
  const kinds = SPECIALS[Math.trunc((number - 1) / 50) % SPECIALS.length]
  const place = (number - 1) % 50
  // Spread out, so that no two of them stand side by side in a batch.
  return place % 15 === 7 ? (kinds?.[Math.trunc(place / 15)]?.(row) ?? row) : row
}

/** Rows as the text of a file. */
export function csvRows(rows: readonly PayoutRow[]): CsvRow[] {
  return rows.map(({ id, partner, to, name, amountFen, memo }) => ({
    id,
    partner,
    to,
    name,
    amount: formatYuan(amountFen as Fen),
    memo,
  }))
}

/** Rows as a file that `npm run pay` reads. */
export function writePayoutCsv(rows: readonly CsvRow[]): string {
  const lines = rows.map((row) => csvColumns.map((column) => quoted(row[column])).join(','))
  return `${[csvColumns.join(','), ...lines].join('\n')}\n`
}

function quoted(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/** Chance that repeats itself (mulberry32). */
class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.trunc((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  oneOf<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)]
    if (choice === undefined) throw new RangeError('nothing to choose from')
    return choice
  }
}
