import { isExistingDay } from '@payout/mapi/interfaces/parameter-format'
import { parseChinaDateTime14 } from '@payout/mapi/values/china-time'
import { z } from 'zod'

/** Ways in which a return file is not as it must be. */
export const HOSTILE_RETURN_FILES = [
  'html',
  'half-zip',
  'path',
  'bomb',
  'password',
  'no-csv',
  'two-csv',
  'bad-total',
  'bad-count',
  'three-decimals',
  'no-such-date',
  'unknown-flag',
  'twice-serial',
  'xls-differs',
  'other-partner',
  'missing-column',
] as const

export type HostileReturnFile = (typeof HOSTILE_RETURN_FILES)[number]

/** Only `serial` has no default: the other defaults are the sample of bptb_refund_file 1.3. */
const rowSchema = z.strictObject({
  batchNo: z.string().default('bptb_20101220_4178'),
  serial: z.string(),
  payeeName: z.string().default('测试1'),
  payeeAccount: z.string().default('4402024301016406'),
  bank: z.string().default('中国工商银行'),
  province: z.string().default('四川省'),
  city: z.string().default('成都'),
  branch: z.string().default(''),
  amountFen: z.int().min(0).default(1),
  corporate: z.boolean().default(false),
  memo: z.string().default('ATS批量代发'),
  /** Made of the day and the row's place by default. */
  withdrawalSerial: z.string().optional(),
  /** UTC milliseconds, whole seconds; after nine in the morning of the file's day by default. */
  returnedAt: z.int().optional(),
  reason: z.string().default('账户名有误'),
})

/** Rows that the named fault needs. */
const ROWS_NEEDED: Readonly<Partial<Record<HostileReturnFile, number>>> = {
  'three-decimals': 1,
  'no-such-date': 1,
  'unknown-flag': 1,
  'xls-differs': 1,
  'twice-serial': 2,
}

/** What the file of a partner and day is to be. */
export const returnFileSchema = z
  .strictObject({
    action: z.literal('return-file'),
    alias: z.string().min(1),
    date: z.string().refine(isExistingDay, 'must be an existing day, YYYYMMDD'),
    /** The rows, or how many to make up; by default the two of the document's sample. */
    rows: z.union([z.array(rowSchema), z.int().min(0).max(1_000_000)]).optional(),
    /** Whether the archive holds an XLS beside the CSV. */
    xls: z.boolean().default(true),
    /** The paying account in the file's head. */
    payer: z.string().default('gongsi1@shoufei.com'),
    hostile: z.enum(HOSTILE_RETURN_FILES).optional(),
    /** A text or code in place of a file. */
    failure: z.string().min(1).optional(),
  })
  .refine(({ rows, hostile, failure }) => failure === undefined || (rows === undefined && hostile === undefined), {
    message: 'a failure has no rows, and nothing that is hostile',
  })
  .refine(({ rows = 2, hostile }) => {
    const count = typeof rows === 'number' ? rows : rows.length
    return hostile === undefined || count >= (ROWS_NEEDED[hostile] ?? 0)
  }, 'there are too few rows for this fault')

export type ReturnFileCommand = z.infer<typeof returnFileSchema>
export type ReturnFileFixture = Omit<ReturnFileCommand, 'action'>

type GivenRow = z.output<typeof rowSchema>

/** One row of a return file, complete (bptb_refund_file 1.3 §5.2). */
export type ReturnFileRow = Omit<GivenRow, 'withdrawalSerial' | 'returnedAt'> & {
  readonly withdrawalSerial: string
  readonly returnedAt: number
}

const SAMPLE: GivenRow[] = ['1', '2'].map((serial) => rowSchema.parse({ serial }))
const ROWS_OF_A_BATCH = 400
/** The last two are in GB18030 only. */
const NAMES = ['测试', '毛毛', '常炜', '王小明', '𠮷野', '䶮先生']
const REASONS = ['账户名有误', '账号不存在', '账户已销户', '银行拒绝, 请联系"开户行"']

/** The rows of a file, complete; the same each time. */
export function rowsOf({ date, rows = SAMPLE }: ReturnFileFixture): ReturnFileRow[] {
  const nine = parseChinaDateTime14(`${date}090000`)
  const given = typeof rows === 'number' ? Array.from({ length: rows }, (_, place) => madeUp(date, place)) : rows
  return given.map((row, place) => ({
    ...row,
    withdrawalSerial: row.withdrawalSerial ?? `${date}${String(place + 1).padStart(7, '0')}`,
    returnedAt: row.returnedAt ?? nine + place * 1_000,
  }))
}

function madeUp(date: string, place: number): GivenRow {
  const name = NAMES[place % NAMES.length] ?? ''
  return rowSchema.parse({
    batchNo: `bptb_${date}_${Math.floor(place / ROWS_OF_A_BATCH) + 1}`,
    serial: String(place + 1),
    payeeName: `${name}${place + 1}`,
    payeeAccount: `6222${String(place).padStart(15, '0')}`,
    amountFen: 1 + ((place * 7_919) % 1_000_000),
    corporate: place % 5 === 0,
    reason: REASONS[place % REASONS.length],
  })
}
