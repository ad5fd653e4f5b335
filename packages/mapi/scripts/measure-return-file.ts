import { fork } from 'node:child_process'
import { MIB } from '@payout/schemas/units'
import { readReturnFile } from '../src/return-file/read-return-file.ts'
import { sharedTexts, textCell, workbookOf } from '../src/return-file/testing/biff.ts'
import { COLUMNS, CSV_NAME, gb18030, HEAD, linesOf, ROW } from '../src/return-file/testing/csv.ts'
import { zipOf } from '../src/return-file/testing/zip.ts'
import { partnerId } from '../src/values/partner-id.ts'

/**
 * `npm run measure:return-file -- [rows]`: how long a return file with its workbook takes to read, and how much memory
 * (100,000 rows if not said otherwise). The file is made here, and read by a process of its own, whose peak is
 * measured.
 */
const READER = '--reader'

/** A sheet has room for 65,536. */
const SHEET_ROWS = 65_000

if (process.argv.includes(READER)) {
  process.once('message', (bytes) => void readAndTell(Buffer.from(bytes as Uint8Array)))
} else {
  measure(Number(process.argv[2] ?? 100_000))
}

function measure(rows: number): void {
  if (!Number.isInteger(rows) || rows < 1) throw new Error('say how many rows: npm run measure:return-file -- 100000')
  const bytes = makeFile(rows)
  const reader = fork(import.meta.filename, [READER], { serialization: 'advanced', execArgv: [] })
  reader.once('exit', (code) => {
    process.exitCode = code ?? 1
  })
  reader.send(bytes)
}

async function readAndTell(bytes: Buffer): Promise<void> {
  const before = process.resourceUsage().maxRSS / 1024
  const begin = performance.now()
  const reading = await readReturnFile(bytes, 'application/octet-stream', { partnerId: partnerId('2088101000922193') })
  const seconds = (performance.now() - begin) / 1000
  const peak = process.resourceUsage().maxRSS / 1024
  if (reading.kind !== 'taken') throw new Error(`the file was not taken: ${JSON.stringify(reading)}`)
  console.log(`rows        ${reading.rows.length}`)
  console.log(`bytes       ${bytes.length} (${(bytes.length / MIB).toFixed(1)} MiB), packed`)
  console.log(`seconds     ${seconds.toFixed(1)}`)
  console.log(`peak RSS    ${peak.toFixed(0)} MiB, ${(peak - before).toFixed(0)} MiB of it for the reading`)
  process.disconnect()
}

/**
 * Rows that differ in name, account, amount and serials, in a CSV and in a workbook with as many sheets as they need.
 */
function makeFile(count: number): Buffer {
  const rows = Array.from({ length: count }, (_, at) => {
    const name = String.fromCodePoint(0x4e00 + ((at * 7) % 20_000), 0x4e00 + ((at * 13) % 20_000))
    return ROW.with(1, String(at))
      .with(2, name)
      .with(3, String(6_222_000_000_000_000 + at * 104_729))
      .with(8, yuan(at + 1))
      .with(11, String(84_782_488 + at))
  })
  const totals = [yuan((count * (count + 1)) / 2), String(count), 'gongsi1@shoufei.com']
  return zipOf([
    { name: CSV_NAME, content: gb18030(linesOf(rows, totals)) },
    { name: CSV_NAME.replace('csv', 'xls'), content: makeWorkbook([HEAD, totals], rows) },
  ])
}

function makeWorkbook(head: readonly (readonly string[])[], rows: readonly (readonly string[])[]): Buffer {
  const places = new Map<string, number>()
  const placeOf = (text: string): number => {
    const place = places.get(text) ?? places.size
    places.set(text, place)
    return place
  }
  const sheets: Buffer[][] = []
  for (let at = 0; at < rows.length; at += SHEET_ROWS) {
    const lines = [...(at === 0 ? head : []), COLUMNS, ...rows.slice(at, at + SHEET_ROWS)]
    sheets.push(lines.flatMap((line, row) => line.map((text, column) => textCell(row, column, placeOf(text)))))
  }
  return workbookOf([sharedTexts([...places.keys()])], ...sheets)
}

function yuan(fen: number): string {
  return (fen / 100).toFixed(2)
}
