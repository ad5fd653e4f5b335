import { styleText } from 'node:util'
import Table from 'cli-table3'

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
 * A table as text, without a line break at its end. Chinese characters count as two columns wide.
 * @param terminal with lines and bold heads; else columns of blanks only, for logs and pipes
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
  terminal: boolean = process.stdout.isTTY === true,
): string {
  const table = new Table({
    head: columns.map(({ head }) => (terminal ? styleText('bold', head) : head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    // No colours of the library's own: whether there may be any is decided in one place.
    style: { head: [], border: [], compact: true, ...(terminal ? {} : { 'padding-left': 0, 'padding-right': 0 }) },
    ...(terminal ? {} : { chars: NO_LINES }),
  })
  table.push(...rows.map((row) => row.map(String)))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
