import { printableText } from './printable-text.ts'

/** Whether a text holds anything that can't be seen, or stands for bytes that could not be read (U+FFFD). */
export function isOddText(text: string): boolean {
  return text.includes('\ufffd') || printableText(text) !== text
}

/**
 * A text from outside as events and records have it: printable, and cut where it is too long, with the length that it had. A text of a usual kind is given
 * back unchanged, the wide blank of Chinese texts among them.
 * @param limit UTF-16 units of the text that are kept at most; code points, and the note about the length, come on top
 */
export function shownText(text: string, limit: number): string {
  if (text.length <= limit) return shown(text)
  const cut = text.slice(0, limit)
  // Never half a character.
  const kept = cut.isWellFormed() ? cut : cut.replace(/[\ud800-\udbff]$/, '')
  return `${shown(kept)}… (cut, ${text.length} characters)`
}

const WIDE_BLANK = '\u3000'

function shown(text: string): string {
  return text.split(WIDE_BLANK).map(printableText).join(WIDE_BLANK)
}
