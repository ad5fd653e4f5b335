import { type Cell, readArray } from './literals.ts'

/** How many cases of one title are shown. */
const MOST_CASES = 4
const PLACEHOLDER = /%[sdifjoOc$]|\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\$[A-Za-z_][\w.]*/g
/** What stands for a value that the source does not spell. */
const ANY = '…'

/**
 * Titles of a test as a person reads them: placeholders of `it.each` are replaced by the cases where the source spells
 * them, at most four of them, and by "…" elsewhere.
 *
 * @param source the whole test file
 * @param at where the title begins in it
 * @param title the title without its rule ids, which may hold `%s`, `$name` and `${…}`
 */
export function readableTitles(source: string, at: number, title: string): string[] {
  if (title.search(PLACEHOLDER) < 0) return [title]
  const general = /^[…\s:,.]*$/.test(withAny(title)) ? 'each case of a table' : withAny(title)
  const rows = casesBefore(source, at)
  if (rows === undefined) return [general]
  const filled = rows.map((row) => fill(title, row)).filter((text) => !/^[…\s:,.]*$/.test(text))
  const titles = [...new Set(filled)]
  if (titles.length === 0 || titles.length !== rows.length) return [general]
  if (titles.length <= MOST_CASES) return titles
  return [...titles.slice(0, MOST_CASES - 1), `and ${titles.length - MOST_CASES + 1} more of this kind`]
}

function withAny(title: string): string {
  return title.replace(PLACEHOLDER, ANY)
}

/** The title of one case. Values that a Markdown page would show otherwise than they are stand as "…". */
function fill(title: string, row: Cell): string {
  const cells = Array.isArray(row) ? row : [row]
  let next = 0
  return title.replace(PLACEHOLDER, (placeholder) => {
    const cell = placeholder.startsWith('%') ? cells[next++] : named(row, placeholder)
    if (typeof cell === 'number') return placeholder === '%o' ? ANY : String(cell)
    if (typeof cell !== 'string' || cell.length > 100 || !/^[\p{L}\p{N} .,:;/@'’?!()=+-]*$/u.test(cell)) return ANY
    return placeholder === '%j' ? `"${cell}"` : cell || ANY
  })
}

function named(row: Cell, placeholder: string): Cell {
  return row instanceof Map ? row.get(placeholder.slice(1)) : undefined
}

/** The table of the `.each(…)` whose title begins at this place; undefined where it is none, or not spelled. */
function casesBefore(source: string, at: number): readonly Cell[] | undefined {
  const opening = source.lastIndexOf('.each(', at)
  if (opening < 0) return undefined
  const start = opening + '.each('.length
  const name = /^(\w+)\)\(\s*$/.exec(source.slice(start, at))?.[1]
  if (name !== undefined) {
    const declared = new RegExp(`\\bconst ${name}\\b[^=\\n]*=\\s*(?=\\[)`).exec(source)
    return declared === null ? undefined : readArray(source, declared.index + declared[0].length)?.items
  }
  const array = readArray(source, start)
  if (array === undefined || !/^(?:\s+as const)?\s*\)\(\s*$/.test(source.slice(array.end, at))) return undefined
  return array.items
}
