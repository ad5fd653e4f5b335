import { createHash } from 'node:crypto'
import { archiveOf } from './archive.ts'
import { type HostileReturnFile, type ReturnFileFixture, type ReturnFileRow, rowsOf } from './fixture.ts'

/** Rows that `/sandbox/return-files` shows of one file; a longer file is shown without. */
const SHOWN_ROWS = 5_000

/** The file of a partner and day, as the books show it. */
export interface ReturnFileView {
  readonly alias: string
  readonly date: string
  /** Undefined for a good file and for a failure. */
  readonly hostile?: HostileReturnFile | undefined
  readonly failure?: string | undefined
  /** Of a good file, and of what a hostile one began as. */
  readonly rowCount: number
  readonly totalFen: number
  /** SHA-256 of the archive, hexadecimal; undefined for a failure, and for a file that was not made yet. */
  readonly fileHash?: string | undefined
  /** How often it was asked for since the start, or since it was set last. */
  readonly asked: number
  /** Left out where there are more than 5,000. */
  readonly rows?: readonly ReturnFileRow[] | undefined
}

interface Entry {
  readonly fixture: ReturnFileFixture
  archive?: Buffer
  fileHash?: string
  asked: number
}

/** What `bptb_refund_file` has for each partner and day. */
export class ReturnFiles {
  readonly #entries = new Map<string, Entry>()
  readonly #write: (fixture: ReturnFileFixture) => void

  /** @param write called with a new fixture before it counts: for what must survive a restart */
  constructor(write: (fixture: ReturnFileFixture) => void) {
    this.#write = write
  }

  set(fixture: ReturnFileFixture): void {
    this.#write(fixture)
    this.restore(fixture)
  }

  /** Takes what a former life of the sandbox has written. */
  restore(fixture: ReturnFileFixture): void {
    this.#entries.set(keyOf(fixture.alias, fixture.date), { fixture, asked: 0 })
  }

  /**
   * What there is for a day: an archive, the text of a failure, or nothing. The archive is made when it is first asked
   * for.
   */
  answerFor(alias: string, date: string, partnerId: string): Buffer | string | undefined {
    const entry = this.#entries.get(keyOf(alias, date))
    if (entry === undefined) return undefined
    entry.asked += 1
    return entry.fixture.failure ?? this.#archive(entry, partnerId)
  }

  /** Makes the archive before anybody asks for it; its SHA-256. */
  make(alias: string, date: string, partnerId: string): string | undefined {
    const entry = this.#entries.get(keyOf(alias, date))
    if (entry === undefined || entry.fixture.failure !== undefined) return undefined
    this.#archive(entry, partnerId)
    return entry.fileHash
  }

  *all(): Iterable<ReturnFileView> {
    for (const { fixture, fileHash, asked } of this.#entries.values()) {
      const { alias, date, hostile, failure } = fixture
      const rows = failure === undefined ? rowsOf(fixture) : []
      const totalFen = rows.reduce((sum, { amountFen }) => sum + amountFen, 0)
      const shown = rows.length > SHOWN_ROWS ? {} : { rows }
      yield { alias, date, hostile, failure, rowCount: rows.length, totalFen, fileHash, asked, ...shown }
    }
  }

  #archive(entry: Entry, partnerId: string): Buffer {
    const archive = entry.archive ?? archiveOf(entry.fixture, partnerId)
    entry.archive = archive
    entry.fileHash ??= createHash('sha256').update(archive).digest('hex')
    return archive
  }
}

// An alias has no blank in it, so that two parts can't run together.
function keyOf(alias: string, date: string): string {
  return `${alias} ${date}`
}
