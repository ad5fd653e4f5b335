/** A value that a source spells; undefined for what it computes. */
export type Cell = string | number | readonly Cell[] | ReadonlyMap<string, Cell> | undefined

/** An array as it stands in a source, and where it ends. */
export interface ArrayLiteral {
  readonly items: readonly Cell[]
  readonly end: number
}

/** Reads the array that begins at this place; undefined where there is none, or where something in it is spread. */
export function readArray(source: string, at: number): ArrayLiteral | undefined {
  const reader = new Reader(source, at)
  try {
    if (!reader.takes(/\[/y)) return undefined
    const items = reader.items(']')
    return { items, end: reader.at }
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}

/** What is no literal, and can't be passed over either. */
class Unreadable extends Error {}

const STRING = /'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\$])*)`/y
const NUMBER = /-?\d[\d_]*(?:\.\d+)?/y
const END_OF_VALUE = /\s*(?:as const\s*)?(?=[,\]}])/y
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

class Reader {
  readonly #source: string
  at: number

  constructor(source: string, at: number) {
    this.#source = source
    this.at = at
  }

  /** The text that stands here, after white space and comments; undefined where another one stands here. */
  takes(pattern: RegExp): RegExpExecArray | undefined {
    const blank = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
    blank.lastIndex = this.at
    blank.exec(this.#source)
    pattern.lastIndex = blank.lastIndex
    const found = pattern.exec(this.#source)
    if (found === null) return undefined
    this.at = pattern.lastIndex
    return found
  }

  items(end: string): Cell[] {
    const items: Cell[] = []
    while (!this.takes(end === ']' ? /\]/y : /\}/y)) {
      if (this.takes(/\.\.\./y)) throw new Unreadable()
      items.push(this.value())
      this.takes(/,/y)
    }
    return items
  }

  value(): Cell {
    const start = this.at
    const cell = this.#literal()
    if (this.takes(END_OF_VALUE)) return cell
    this.at = start
    this.#pass()
    return undefined
  }

  #literal(): Cell {
    const text = this.takes(STRING)
    if (text) return unescaped(text[1] ?? text[2] ?? text[3] ?? '')
    const number = this.takes(NUMBER)
    if (number) return Number(number[0].replaceAll('_', ''))
    if (this.takes(/\[/y)) return this.items(']')
    if (this.takes(/\{/y)) return this.#fields()
    return undefined
  }

  #fields(): Map<string, Cell> {
    const fields = new Map<string, Cell>()
    while (!this.takes(/\}/y)) {
      const name = this.takes(/(\w+)\s*:/y)?.[1]
      if (name === undefined) throw new Unreadable()
      fields.set(name, this.value())
      this.takes(/,/y)
    }
    return fields
  }

  /** Goes past an expression, to the comma or bracket behind it. */
  #pass(): void {
    const open: string[] = []
    while (this.at < this.#source.length) {
      if (this.takes(STRING)) continue
      const next = this.takes(/[\s\S]/y)?.[0] ?? ''
      if (next === '`' || next === '/') throw new Unreadable()
      const closing = CLOSING[next]
      if (closing !== undefined) open.push(closing)
      else if (next === open.at(-1)) open.pop()
      else if (open.length === 0 && /[,\]}]/.test(next)) {
        this.at -= 1
        return
      }
    }
    throw new Unreadable()
  }
}

/** Escapes other than those of quotes and backslashes stay as they are: such a value is not shown. */
function unescaped(text: string): string {
  return text.replace(/\\(['"`\\])/g, '$1')
}
