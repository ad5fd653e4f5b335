import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { renderTable } from './table.ts'

const columns = [{ head: 'what' }, { head: 'count', align: 'right' as const }]
const rows = [
  ['毛毛', 7],
  ['paid', 120],
]

describe('a table', () => {
  it('is columns of blanks where there is no terminal; a Chinese character is two columns wide', () => {
    expect(String(renderTable(columns, rows, false))).toBe('what  count\n毛毛      7\npaid    120')
  })

  it('has lines on a terminal', () => {
    const text = stripVTControlCharacters(String(renderTable(columns, rows, true)))
    expect(text.split('\n')).toEqual([
      '┌──────┬───────┐',
      '│ what │ count │',
      '├──────┼───────┤',
      '│ 毛毛 │     7 │',
      '│ paid │   120 │',
      '└──────┴───────┘',
    ])
  })

  it('shows what a cell may not do to a terminal, and keeps it in its line', () => {
    const cells = [['\u001b[2K\r毛毛\npaid', 7]]
    expect(String(renderTable(columns, cells, false))).toBe(
      'what                         count\n\\u{1b}[2K\\u{d}毛毛\\u{a}paid      7',
    )
    expect(stripVTControlCharacters(String(renderTable(columns, cells, true))).split('\n')).toHaveLength(5)
  })
})
