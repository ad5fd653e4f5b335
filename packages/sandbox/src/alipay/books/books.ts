import { chinaDate } from '@payout/mapi/values/china-time'
import type { Fen } from '@payout/mapi/values/fen'
import type { Charset } from '@payout/mapi/wire/charset'
import { payeeRule } from './payee-rule.ts'

/** One line of an accepted `detail_data`. */
export interface PayoutLine {
  readonly serial: string
  readonly account: string
  readonly name: string
  readonly amountFen: Fen
  readonly memo: string
}

/** A batch that Alipay took (`is_success` T). */
export interface AcceptedBatch {
  readonly alias: string
  readonly batchNo: string
  /** The paying account as the request named it: `buyer_account_name`, else `email`. */
  readonly payer: string
  readonly charset: Charset
  readonly notifyUrl: string | undefined
  /** UTC milliseconds by the sandbox's own clock. */
  readonly acceptedAt: number
  readonly lines: readonly PayoutLine[]
}

/** What the books say about one accepted line. */
export interface BookEntry extends PayoutLine {
  readonly alias: string
  readonly batchNo: string
  readonly payer: string
  readonly acceptedAt: number
  /** When Alipay was done with the line; UTC milliseconds. */
  readonly finishedAt: number
  /** Did money move? */
  readonly paid: boolean
  /** The reason of a line that was not paid; may be empty. */
  readonly reason: string
  /** Alipay's own serial, 18 digits. */
  readonly alipaySerial: string
}

/** How often the books hold one serial of a partner. */
export interface SerialCount {
  readonly alias: string
  readonly serial: string
  /** Accepted lines with this serial, whatever became of them. */
  readonly accepted: number
  /** Those of them for which money moved: 2 is a double payment. */
  readonly paid: number
}

/** The books as numbers. */
export interface BooksSummary {
  readonly batches: number
  readonly lines: number
  readonly paidLines: number
  readonly paidFen: number
  readonly unpaidLines: number
  /** Serials for which money moved more than once. */
  readonly paidTwice: readonly SerialCount[]
}

/**
 * What Alipay accepted, in the order in which it did, and the balances of the paying accounts. Everything that is asked
 * for each request is a look-up by key, so that the books stay fast when they are long.
 */
export class Books {
  readonly #entries: BookEntry[] = []
  readonly #batches = new Map<string, number>()
  readonly #serials = new Map<string, SerialCount>()
  readonly #balances = new Map<string, number>()
  readonly #timeScale: number

  /** @param timeScale how many times faster than real time a slow line is finished */
  constructor(timeScale = 1) {
    this.#timeScale = timeScale
  }

  /** How often this batch number was accepted; case counts. */
  batchCount(alias: string, batchNo: string): number {
    return this.#batches.get(keyOf(alias, batchNo)) ?? 0
  }

  /** True when a line with this serial was accepted from this partner before. */
  hasSerial(alias: string, serial: string): boolean {
    return this.#serials.has(keyOf(alias, serial))
  }

  /** What is left on a paying account, in fen; undefined is more than anyone asks for. */
  balanceFen(alias: string, payer: string): number | undefined {
    return this.#balances.get(keyOf(alias, payer))
  }

  setBalance(alias: string, payer: string, balanceFen: number | undefined): void {
    if (balanceFen === undefined) this.#balances.delete(keyOf(alias, payer))
    else this.#balances.set(keyOf(alias, payer), balanceFen)
  }

  /** Writes a batch down and takes what is paid from the payer's balance. Checks nothing. */
  accept(batch: AcceptedBatch): readonly BookEntry[] {
    this.#batches.set(keyOf(batch.alias, batch.batchNo), this.batchCount(batch.alias, batch.batchNo) + 1)
    const entries = batch.lines.map((line) => this.#enter(batch, line))
    const balance = this.balanceFen(batch.alias, batch.payer)
    if (balance !== undefined) this.setBalance(batch.alias, batch.payer, balance - paidFen(entries))
    return entries
  }

  /** Every accepted line, oldest first. */
  entries(): readonly BookEntry[] {
    return this.#entries
  }

  /** One count for each serial that was ever accepted. */
  paid(): readonly SerialCount[] {
    return [...this.#serials.values()]
  }

  summary(): BooksSummary {
    const paidLines = this.#entries.filter((entry) => entry.paid).length
    let batches = 0
    for (const count of this.#batches.values()) batches += count
    return {
      batches,
      lines: this.#entries.length,
      paidLines,
      paidFen: paidFen(this.#entries),
      unpaidLines: this.#entries.length - paidLines,
      paidTwice: this.paid().filter(({ paid }) => paid > 1),
    }
  }

  #enter(batch: AcceptedBatch, line: PayoutLine): BookEntry {
    const rule = payeeRule(line.account)
    const entry: BookEntry = {
      ...line,
      alias: batch.alias,
      batchNo: batch.batchNo,
      payer: batch.payer,
      acceptedAt: batch.acceptedAt,
      finishedAt: batch.acceptedAt + Math.round(rule.delayMs / this.#timeScale),
      paid: rule.paid,
      reason: rule.reason,
      alipaySerial: `${chinaDate(batch.acceptedAt)}${String(this.#entries.length + 1).padStart(10, '0')}`,
    }
    this.#entries.push(entry)
    const key = keyOf(batch.alias, line.serial)
    const count = this.#serials.get(key)
    this.#serials.set(key, {
      alias: batch.alias,
      serial: line.serial,
      accepted: (count?.accepted ?? 0) + 1,
      paid: (count?.paid ?? 0) + (rule.paid ? 1 : 0),
    })
    return entry
  }
}

// An alias has no blank in it, so that two parts can't run together.
function keyOf(alias: string, id: string): string {
  return `${alias} ${id}`
}

function paidFen(entries: readonly BookEntry[]): number {
  let sum = 0
  for (const entry of entries) if (entry.paid) sum += entry.amountFen
  return sum
}
