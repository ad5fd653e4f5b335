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
    expect(renderTable(columns, rows, false)).toBe('what  count\n毛毛      7\npaid    120')
  })

  it('has lines on a terminal', () => {
    const text = stripVTControlCharacters(renderTable(columns, rows, true))
    expect(text.split('\n')).toEqual([
      '┌──────┬───────┐',
      '│ what │ count │',
      '├──────┼───────┤',
      '│ 毛毛 │     7 │',
      '│ paid │   120 │',
      '└──────┴───────┘',
    ])
  })
})
