import { parentPort, workerData } from 'node:worker_threads'
import { type CellObject, read, type WorkSheet } from '@e965/xlsx'
import type { Cell } from './table.ts'
import type { XlsMessage } from './xls-rows.ts'

/** Rows that go to the other side in one message. */
const PORTION = 2000

/**
 * Reads a workbook and hands its rows over, sheet by sheet, portion by portion. It runs in a thread of its own: what it reads is somebody else's,
 * and the library was not made for that.
 */
function main(): void {
  const tell = (message: XlsMessage): void => parentPort?.postMessage(message)
  const workbook = read(workerData as Uint8Array, {
    type: 'array',
    dense: true,
    cellFormula: false,
    cellHTML: false,
    cellText: false,
    cellDates: false,
  })
  const names = workbook.SheetNames
  // Sheets are kept by name: of two with the same name only one would be seen.
  if (new Set(names).size !== names.length) throw new Error('two sheets have one name')
  tell({ kind: 'workbook', date1904: workbook.Workbook?.WBProps?.date1904 === true })
  for (const name of names) {
    const sheet = workbook.Sheets[name]
    tell({ kind: 'sheet' })
    if (sheet === undefined) throw new Error('a sheet is missing')
    for (const rows of portions(sheet)) tell({ kind: 'rows', rows })
  }
  tell({ kind: 'end' })
}

function* portions(sheet: WorkSheet): Generator<Cell[][], void, undefined> {
  let rows: Cell[][] = []
  for (const line of sheet['!data'] ?? []) {
    // An empty array is a blank line; the array of lines has holes.
    rows.push(Array.from(line ?? [], cellOf))
    if (rows.length < PORTION) continue
    yield rows
    rows = []
  }
  if (rows.length > 0) yield rows
}

function cellOf(cell: CellObject | undefined): Cell {
  if (cell === undefined || cell.v === undefined) return ''
  if (cell.t === 'n' && typeof cell.v === 'number') return cell.v
  // Neither text nor number: an error's code or a yes would otherwise look like one.
  return cell.t === 's' ? String(cell.v) : `#${cell.t}`
}

main()
