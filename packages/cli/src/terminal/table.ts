import Table from 'cli-table3'
import { Words, words } from './speech.ts'

/** A column of a table. */
export interface Column {
  readonly head: string
  readonly align?: 'left' | 'right'
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/**
 * A table, without a line break at its end. Chinese characters count as two columns wide.
 * @param terminal with lines and bold heads; else columns of blanks only, for logs and pipes
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
  terminal: boolean = process.stdout.isTTY === true,
): Words {
  const table = new Table({
    head: columns.map(({ head }) => String(terminal ? words`${head}`.styled('bold') : head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    // No colours of the library's own: whether there may be any is decided in one place.
    style: { head: [], border: [], compact: true, ...(terminal ? {} : { 'padding-left': 0, 'padding-right': 0 }) },
    ...(terminal ? {} : { chars: NO_LINES }),
  })
  table.push(...rows.map((row) => row.map((cell) => String(words`${cell}`))))
  const lines = table.toString().split('\n')
  // Its lines are the table's own: what was put into a cell has none.
  return Words.of([lines.map((line) => line.trimEnd()).join('\n')], [])
}
