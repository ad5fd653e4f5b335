import { escapeUnprintable } from '@payout/mapi/text/printable-text'

/** Letters that take two columns of a terminal: those of China, Japan and Korea, full-width forms, pictures. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u{3000}-\u{303f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\p{Emoji_Presentation}]/u
const LEAST_COLUMNS = 40
const MOST_COLUMNS = 120
/** Of a terminal that nobody knows anything about. */
const STANDARD_COLUMNS = 80

/** How wide what is written for a person may be: as the terminal is, within reason. */
export function columnsOf(stream: { readonly columns?: number }, env: NodeJS.ProcessEnv = process.env): number {
  const columns = stream.columns || Number(env.COLUMNS) || STANDARD_COLUMNS
  return Math.min(Math.max(columns, LEAST_COLUMNS), MOST_COLUMNS)
}

/** How many columns a printable text takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += WIDE.test(character) ? 2 : 1
  return width
}

/**
 * A text in lines of at most `columns`, broken at blanks where there are some; what can't be seen is shown by its code
 * point.
 */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of escapeUnprintable(text).split(' ').filter(Boolean)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= columns) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = ''
    for (const character of word) {
      if (widthOf(line) + widthOf(character) > columns) {
        lines.push(line)
        line = ''
      }
      line += character
    }
  }
  return line === '' ? lines : [...lines, line]
}
