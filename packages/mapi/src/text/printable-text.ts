/**
 * Texts that come from outside, and what is done to them before a person, a log or an event gets them. Four things, by
 * what they take away:
 *
 * - `escapeUnprintable` (and its kin for lines and JSON) shows by its code point what nobody can see or what a terminal
 *   obeys; nothing is lost.
 * - `printableExcerpt` does so too, and shortens: for events and records, which have a limit.
 * - `stripMarkup` (markup.ts) leaves what a person would see of an HTML page.
 * - `redactPersonalData` (personal-data.ts) takes out names, accounts and numbers of people.
 */

/**
 * Whatever can't be seen, moves the cursor, ends a line or turns the direction of writing: control characters (C0, DEL,
 * C1), format characters (bidi, zero width, soft hyphen, byte order mark), what has no meaning of its own (halves of
 * pairs, private use, unassigned), fillers and variation selectors, the blank pattern of Braille, and every blank but
 * the plain one.
 */
const UNSEEN = /[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u{2800}]--[\u{20}]]/gv

/**
 * A text from outside as a person may see it: what can't be seen is shown by its code point, as in `\u{202e}`; all else
 * stays as it is. It has one line, and no character that a terminal obeys. The same text again where it is printable
 * already.
 */
export function escapeUnprintable(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/**
 * A text of several lines, as messages of errors are: line breaks stay, and all lines but the first are indented, so
 * that none of them looks like one that somebody else has begun.
 */
export function escapeUnprintableLines(text: string): string {
  const [first = '', ...others] = text.split('\n').map(escapeUnprintable)
  return [first, ...others.map((line) => (line.startsWith('  ') ? line : `  ${line}`))].join('\n')
}

/**
 * A value as JSON in one line, for programs and terminals: parsed it is the same as what `JSON.stringify` writes, and
 * what can't be seen is escaped as JSON escapes it.
 */
export function printableJson(value: object | string | number | boolean | null): string {
  return escapeUnprintableJson(JSON.stringify(value))
}

/** A line of JSON, with what can't be seen escaped: outside of its strings JSON in one line has none of it. */
export function escapeUnprintableJson(json: string): string {
  return json.replace(UNSEEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** Whether a text holds anything that can't be seen, or stands for bytes that could not be read (U+FFFD). */
export function hasUnprintable(text: string): boolean {
  return text.includes('\ufffd') || escapeUnprintable(text) !== text
}

/**
 * A text from outside as events and records have it: printable, and cut where it is too long, with the length that it
 * had. A text of a usual kind is given back unchanged, the wide blank of Chinese texts among them.
 * @param limit UTF-16 units of the text that are kept at most; code points, and the note about the length, come on top
 */
export function printableExcerpt(text: string, limit: number): string {
  if (text.length <= limit) return shown(text)
  const cut = text.slice(0, limit)
  // Never half a character.
  const kept = cut.isWellFormed() ? cut : cut.replace(/[\ud800-\udbff]$/, '')
  return `${shown(kept)}… (cut, ${text.length} characters)`
}

const WIDE_BLANK = '\u3000'

function shown(text: string): string {
  return text.split(WIDE_BLANK).map(escapeUnprintable).join(WIDE_BLANK)
}
