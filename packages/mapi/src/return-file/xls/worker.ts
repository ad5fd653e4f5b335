import { once } from 'node:events'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { MIB } from '@payout/schemas/units'
import type { Cell } from '../table.ts'
import type { XlsMessage } from './rows.ts'
import { readWorkbook } from './workbook.ts'

/** Rows, and cells, that go to the other side in one message, about. */
const PORTION_ROWS = 1000
const PORTION_CHARACTERS = MIB

/** Sheets of one workbook, by far. The same sheet named a thousand times would be a thousand times the work. */
const MAX_SHEETS = 255

/**
 * Reads a workbook and hands its rows over, sheet by sheet, portion by portion, each when the other side has asked for
 * it: what was read and not yet looked at is one portion. What is thrown ends the thread, which the other side hears.
 */
async function main(port: MessagePort): Promise<void> {
  const tell = async (message: XlsMessage): Promise<void> => {
    const asked = once(port, 'message')
    port.postMessage(message)
    await asked
  }
  const bytes = workerData as Uint8Array<ArrayBuffer>
  const { date1904, sheets } = readWorkbook(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  if (sheets.length > MAX_SHEETS) throw new Error('more sheets than a workbook has')
  await tell({ kind: 'workbook', date1904 })
  for (const sheet of sheets) {
    await tell({ kind: 'sheet' })
    for (const rows of portions(sheet)) await tell({ kind: 'rows', rows })
  }
  await tell({ kind: 'end' })
}

function* portions(sheet: Iterable<readonly Cell[]>): Generator<(readonly Cell[])[], void, undefined> {
  let rows: (readonly Cell[])[] = []
  let characters = 0
  for (const row of sheet) {
    rows.push(row)
    for (const cell of row) characters += String(cell).length
    if (rows.length < PORTION_ROWS && characters < PORTION_CHARACTERS) continue
    yield rows
    rows = []
    characters = 0
  }
  yield rows
}

if (parentPort !== null) await main(parentPort)
