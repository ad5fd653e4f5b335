/**
 * The form of a known batch in Redis: JSON without names, and what its payouts have in common once. It takes a third of
 * what the plain one would.
 */

import { StateUnreadableError } from '../errors.ts'
import type { Finding, Status } from '../payout-state/finding.ts'
import type { PayoutState, Transition } from '../payout-state/payout-state.ts'
import type { BatchState } from './batch-state.ts'
import type { KnownBatch } from './known-batch.ts'
import { parseBatchKey } from './state-keys.ts'

/** Version of the form. */
const FORM = 2

/** A place in the list of texts. */
type Text = number

type WrittenTransition = readonly [
  cause: Text,
  version: number,
  batchNo: Text,
  /** A place in the list of findings. */
  finding: number,
  mismatches?: readonly string[],
]

type WrittenPayout = readonly [
  payoutId: string,
  status: Text,
  version: number,
  /** 0: this batch alone. */
  batchNos: 0 | readonly Text[],
  serial: string,
  payeeAccount: string,
  payeeName: string,
  amountFen: number,
  memo: string,
  contentHash: string,
  topic: Text,
  partition: number,
  offset: number,
  line: number,
  timestamp: number,
  claimedAt: number,
  transitions: readonly WrittenTransition[],
]

/** A line whose payout is at home here: its place. Elsewhere: with the batch number of its home, where it has one. */
type WrittenLine = number | readonly [serial: string, payoutId: string, home?: string]

type Written = readonly [
  form: typeof FORM,
  settled: 0 | 1,
  batch: Omit<BatchState, 'lines'>,
  lines: readonly WrittenLine[],
  payouts: readonly WrittenPayout[],
  texts: readonly string[],
  findings: readonly Finding[],
]

/** A known batch as it stands in Redis, under this key. */
export function formatBatch(key: string, { batch, payouts, elsewhere, settled }: KnownBatch): string {
  const { batchNo } = parseBatchKey(key)
  const { lines, ...rest } = batch
  const texts = new Places<string>()
  const findings = new Places<Finding>()
  const writtenPayouts: WrittenPayout[] = []
  const places = new Map<string, number>()
  for (const [payoutId, { status, version, batchNos, line, transitions }] of payouts) {
    places.set(payoutId, writtenPayouts.length)
    const [topic, ...source] = line.source
    writtenPayouts.push([
      payoutId,
      texts.of(status),
      version,
      batchNos.length === 1 && batchNos[0] === batchNo ? 0 : batchNos.map((each) => texts.of(each)),
      line.serial,
      line.payeeAccount,
      line.payeeName,
      line.amountFen,
      line.memo,
      line.contentHash,
      texts.of(topic),
      ...source,
      line.claimedAt,
      transitions.map(({ cause, version: of, batchNo: about, finding, mismatches }) => {
        const written = [texts.of(cause), of, texts.of(about), findings.of(finding)] as const
        return mismatches === undefined ? written : [...written, mismatches]
      }),
    ])
  }
  const writtenLines = lines.map(([serial, payoutId]): WrittenLine => {
    const place = places.get(payoutId)
    if (place !== undefined && payouts.get(payoutId)?.line.serial === serial) return place
    const home = elsewhere.get(payoutId)
    return home === undefined ? [serial, payoutId] : [serial, payoutId, home]
  })
  const written: Written = [FORM, settled ? 1 : 0, rest, writtenLines, writtenPayouts, texts.list, findings.list]
  return JSON.stringify(written)
}

/** @throws StateUnreadableError where something else, or another release, wrote it. */
export function parseBatch(key: string, text: string): KnownBatch {
  const [, settled, rest, lines, writtenPayouts, texts, findings] = parseWritten(key, text)
  const { batchNo } = parseBatchKey(key)
  const own = [batchNo]
  const textAt = (place: Text) => at(key, texts, place)
  const payouts = new Map<string, PayoutState>()
  for (const written of writtenPayouts) {
    const [payoutId, status, version, batchNos, serial, payeeAccount, payeeName, amountFen, memo, contentHash] = written
    const [, , , , , , , , , , topic, partition, offset, line, timestamp, claimedAt, transitions] = written
    payouts.set(payoutId, {
      status: textAt(status) as Status,
      version,
      batchNos: batchNos === 0 ? own : batchNos.map(textAt),
      line: {
        serial,
        payeeAccount,
        payeeName,
        amountFen,
        memo,
        contentHash,
        source: [textAt(topic), partition, offset, line, timestamp],
        claimedAt,
      },
      transitions: transitions.map(([cause, of, about, finding, mismatches]): Transition => {
        const transition = {
          cause: textAt(cause),
          version: of,
          batchNo: textAt(about),
          finding: at(key, findings, finding),
        }
        return mismatches === undefined ? transition : { ...transition, mismatches }
      }),
    })
  }
  const elsewhere = new Map<string, string>()
  const readLines = lines.map((line) => {
    if (typeof line === 'number') {
      const [payoutId, , , , serial] = at(key, writtenPayouts, line)
      return [serial, payoutId] as const
    }
    const [serial, payoutId, home] = line
    if (home !== undefined) elsewhere.set(payoutId, home)
    return [serial, payoutId] as const
  })
  return { batch: { ...rest, lines: readLines }, payouts, elsewhere, settled: settled === 1 }
}

function parseWritten(key: string, text: string): Written {
  try {
    const written: Written = JSON.parse(text)
    if (Array.isArray(written) && written[0] === FORM && written.length === 7) return written
  } catch {
    // Falls through to the named error: the text may hold personal data, so it is not repeated.
  }
  throw new StateUnreadableError(key)
}

function at<T>(key: string, list: readonly T[], place: number): T {
  const value = list[place]
  if (value === undefined) throw new StateUnreadableError(key)
  return value
}

/** Gives each value that comes again the same place in a list. */
class Places<T> {
  readonly list: T[] = []
  readonly #places = new Map<T, number>()

  of(value: T): number {
    const known = this.#places.get(value)
    if (known !== undefined) return known
    this.#places.set(value, this.list.length)
    return this.list.push(value) - 1
  }
}
