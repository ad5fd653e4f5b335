import {
  type FoundColumns,
  findColumns,
  HEAD_COLUMNS,
  type HeadColumn,
  ROW_COLUMNS,
  type RowColumn,
} from './columns.ts'

/** A cell as it is stored: text, or, in a workbook, a number. */
export type Cell = string | number

/** What a line of the table is. */
export type TableLine<C extends Cell> =
  | { readonly kind: 'head'; readonly values: Readonly<Record<HeadColumn, C | ''>> }
  | {
      readonly kind: 'row'
      readonly values: Readonly<Record<RowColumn, C | ''>>
      /** Whether there are as many cells as columns. */
      readonly even: boolean
    }
  /** Blank, or names of columns. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'no-head' | 'no-columns'; readonly detail: string }

/**
 * Reads a return file's table line by line, the CSV's and the workbook's alike: the names of the head, its values, the
 * names of the columns, the rows. Blank lines are passed over wherever they stand.
 */
export class ReturnTable<C extends Cell> {
  #state: 'head-names' | 'head-values' | 'columns' | 'rows' = 'head-names'
  #head: ReadonlyMap<HeadColumn, number> = new Map()
  #columns: ReadonlyMap<RowColumn, number> = new Map()
  #width = 0
  #newSheet = false

  /** Whether the names of the columns have come: what has none is no return file. */
  get hasColumns(): boolean {
    return this.#state === 'rows'
  }

  /** The next line is the first of another sheet, which may begin with the names once more. */
  nextSheet(): void {
    this.#newSheet = true
  }

  take(cells: readonly C[]): TableLine<C> {
    if (cells.every((cell) => textOfCell(cell).replace(UNSEEN, '') === '')) return NOTHING
    if (this.#newSheet && this.#state === 'rows') this.#repeatNames(cells)
    this.#newSheet = false
    switch (this.#state) {
      case 'head-names': {
        const found = findColumns(cells.map(textOfCell), HEAD_COLUMNS)
        if (!found.ok) return { kind: 'no-head', detail: faultOf(found) }
        this.#head = found.places
        this.#state = 'head-values'
        return NOTHING
      }
      case 'head-values':
        this.#state = 'columns'
        return { kind: 'head', values: pick(cells, this.#head) }
      case 'columns': {
        const found = findColumns(cells.map(textOfCell), ROW_COLUMNS)
        if (!found.ok) return { kind: 'no-columns', detail: faultOf(found) }
        this.#columns = found.places
        this.#width = found.width
        this.#state = 'rows'
        return NOTHING
      }
      case 'rows':
        return { kind: 'row', values: pick(cells, this.#columns), even: this.#isEven(cells) }
    }
  }

  #repeatNames(cells: readonly C[]): void {
    const names = cells.map(textOfCell)
    if (findColumns(names, HEAD_COLUMNS).ok) this.#state = 'head-names'
    else if (findColumns(names, ROW_COLUMNS).ok) this.#state = 'columns'
  }

  /**
   * Further blank cells do no harm; any other means that a comma stands in a value, and that the cells are not what
   * they seem.
   */
  #isEven(cells: readonly C[]): boolean {
    return cells.length >= this.#width && cells.slice(this.#width).every((cell) => textOfCell(cell) === '')
  }
}

/** A mark of the file's end, say, which some programs write below the last row. */
const UNSEEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu

const NOTHING = { kind: 'nothing' } as const

/** The text of a cell, without blanks around it. */
export function textOfCell(cell: Cell): string {
  return String(cell).trim()
}

function pick<Column extends string, C extends Cell>(
  cells: readonly C[],
  places: ReadonlyMap<Column, number>,
): Record<Column, C | ''> {
  const values: Partial<Record<Column, C | ''>> = {}
  for (const [column, place] of places) values[column] = cells[place] ?? ''
  return values as Record<Column, C | ''>
}

function faultOf({ missing, twice }: Extract<FoundColumns<string>, { ok: false }>): string {
  const parts = [
    missing.length > 0 ? `there is no ${missing.join(', ')}` : '',
    twice.length > 0 ? `twice there is ${twice.join(', ')}` : '',
  ]
  return parts.filter((part) => part !== '').join('; ')
}
