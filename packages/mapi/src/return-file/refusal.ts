import type { Fen } from '../values/fen.ts'

/** One thing that is wrong, or odd, in a return file. */
export interface ReturnFileProblem {
  /** The line of the CSV, from 1, on which the row ends; 0 for the file as a whole. */
  readonly row: number
  readonly code: ReturnFileProblemCode
  /** In words, without the payee's data. */
  readonly explanation: string
}

/** What can be wrong with a row, or with the rows together. */
export type ReturnFileProblemCode =
  | 'ROW_CELLS'
  /** A text that decides: batch number, serial, account. */
  | 'ROW_TEXT'
  /** A text that decides nothing is cut, or holds what can't be seen or read: its row counts. */
  | 'ROW_TEXT_CUT'
  | 'ROW_TEXT_ODD'
  | 'ROW_WITHDRAWAL_SERIAL'
  | 'ROW_AMOUNT'
  | 'ROW_CORPORATE'
  | 'ROW_DATE'
  | 'WITHDRAWAL_SERIAL_TWICE'
  | 'TOTAL_COUNT'
  | 'TOTAL_AMOUNT'

/** A file that can't be taken: nothing of it counts. */
export interface RefusedReturnFile {
  readonly kind: 'refused'
  readonly code: ReturnFileRefusalCode
  readonly explanation: string
  /** Whether fetching it again may help. */
  readonly again: boolean
  /** The first 1,000. */
  readonly problems: readonly ReturnFileProblem[]
  /** How many there are in all. */
  readonly problemCount: number
}

/** Every reason for which a return file is refused; `again` where fetching it once more may help. */
const RETURN_FILE_REFUSALS = {
  FILE_EMPTY: { again: true, meaning: 'nothing came' },
  FILE_TOO_LARGE: { again: false, meaning: 'more bytes came than a return file may have' },
  FILE_NOT_A_ZIP: { again: true, meaning: 'neither an archive nor a text that says what is wrong' },
  FILE_TYPE_HTML: { again: true, meaning: 'an archive, but its content type says that it is the text of a failure' },
  ARCHIVE_BROKEN: { again: true, meaning: 'the archive is cut off or damaged' },
  ARCHIVE_ENTRIES: { again: false, meaning: 'the archive has more entries than allowed' },
  ARCHIVE_ENCRYPTED: { again: false, meaning: 'the archive is locked with a password' },
  ARCHIVE_METHOD: { again: false, meaning: 'an entry is compressed in a way that is not in use' },
  ENTRY_NAME: { again: false, meaning: 'the name of an entry has a path or a character that no file name has' },
  ENTRY_UNKNOWN: { again: false, meaning: 'an entry is neither .csv nor .xls' },
  ENTRY_TOO_LARGE: { again: false, meaning: 'an entry, or all together, would unpack to more bytes than allowed' },
  ENTRY_RATIO: { again: false, meaning: 'an entry would unpack to more times its size than any return file does' },
  ENTRY_SIZE: { again: false, meaning: 'an entry does not unpack to the size that the archive declares' },
  CSV_MISSING: { again: false, meaning: 'the archive has no .csv' },
  CSV_TWICE: { again: false, meaning: 'the archive has more than one .csv' },
  XLS_TWICE: { again: false, meaning: 'the archive has more than one .xls' },
  PARTNER_DIFFERS: { again: false, meaning: 'the name of an entry names another partner' },
  CSV_BYTES: {
    again: false,
    meaning: 'the head of the CSV is valid neither in the GBK family nor, with a byte order mark, in UTF-8',
  },
  CSV_FORMAT: { again: false, meaning: 'the CSV has a broken quote or an endless line' },
  CSV_HEAD: { again: false, meaning: 'the head of the CSV is missing, or one of its values can not be read' },
  CSV_COLUMNS: { again: false, meaning: 'a column of the CSV is missing, or there twice' },
  ROWS_TOO_MANY: { again: false, meaning: 'the file has more rows than allowed' },
  ROWS_INVALID: {
    again: false,
    meaning: 'rows of the file are wrong, so that its totals say nothing, or none is left',
  },
  TOTALS_DIFFER: { again: true, meaning: 'the totals of the head are not those of the rows' },
  XLS_UNREADABLE: { again: true, meaning: 'the .xls can not be read, or not within the limits of time and memory' },
  XLS_DIFFERS: { again: true, meaning: 'the .xls does not hold what the CSV holds' },
} as const satisfies Readonly<Record<string, { readonly again: boolean; readonly meaning: string }>>

export type ReturnFileRefusalCode = keyof typeof RETURN_FILE_REFUSALS

/** What a code means that stands in a record; undefined where it is none of these. */
export function returnFileRefusal(code: string): Pick<RefusedReturnFile, 'again' | 'explanation'> | undefined {
  if (!isRefusalCode(code)) return undefined
  const { again, meaning } = RETURN_FILE_REFUSALS[code]
  return { again, explanation: meaning }
}

function isRefusalCode(code: string): code is ReturnFileRefusalCode {
  return Object.hasOwn(RETURN_FILE_REFUSALS, code)
}

/** Ends the reading of a file, from wherever in it; it never leaves `readReturnFile`. */
export class ReturnFileRefusal extends Error {
  readonly code: ReturnFileRefusalCode
  readonly problems: readonly ReturnFileProblem[]
  readonly problemCount: number

  /** @param detail what exactly, without anybody's data; after the code's own meaning */
  constructor(code: ReturnFileRefusalCode, detail?: string, problems: ReturnFileProblems = new ReturnFileProblems()) {
    const { meaning } = RETURN_FILE_REFUSALS[code]
    super(detail === undefined ? meaning : `${meaning}: ${detail}`)
    this.code = code
    this.problems = problems.first
    this.problemCount = problems.count
  }

  toReading(): RefusedReturnFile {
    const { code, message, problems, problemCount } = this
    return {
      kind: 'refused',
      code,
      explanation: message,
      again: RETURN_FILE_REFUSALS[code].again,
      problems,
      problemCount,
    }
  }
}

/** How many problems of one file are kept; all are counted. */
const KEPT_PROBLEMS = 1000

/** What leaves its row as good as it is. */
const ODD: ReadonlySet<ReturnFileProblemCode> = new Set(['ROW_TEXT_CUT', 'ROW_TEXT_ODD'])

/** What is wrong with the rows of one file, and what is odd in them: what is wrong comes first. */
export class ReturnFileProblems {
  readonly #wrong: ReturnFileProblem[] = []
  readonly #odd: ReturnFileProblem[] = []
  #count = 0

  add(row: number, code: ReturnFileProblemCode, explanation: string): void {
    this.#count++
    const kept = ODD.has(code) ? this.#odd : this.#wrong
    if (kept.length < KEPT_PROBLEMS) kept.push({ row, code, explanation })
  }

  get first(): readonly ReturnFileProblem[] {
    return [...this.#wrong, ...this.#odd].slice(0, KEPT_PROBLEMS)
  }

  get count(): number {
    return this.#count
  }
}

/** What the head of a file says of its rows. */
export interface ReturnFileHead {
  readonly totalFen: Fen
  readonly count: number
  readonly payerAccount: string
}
