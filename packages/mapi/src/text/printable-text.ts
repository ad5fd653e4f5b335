/**
 * Whatever can't be seen, moves the cursor, ends a line or turns the direction of writing: control characters (C0, DEL, C1), format characters
 * (bidi, zero width, soft hyphen, byte order mark), what has no meaning of its own (halves of pairs, private use, unassigned), fillers and
 * variation selectors, the blank pattern of Braille, and every blank but the plain one.
 */
const UNSEEN = /[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u{2800}]--[\u{20}]]/gv

/**
 * A text from outside as a person may see it: what can't be seen is shown by its code point, as in `\u{202e}`; all else stays as it is. It has
 * one line, and no character that a terminal obeys. The same text again where it is printable already.
 */
export function printableText(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/**
 * A text of several lines, as messages of errors are: line breaks stay, and all lines but the first are indented, so that none of them
 * looks like one that somebody else has begun.
 */
export function printableLines(text: string): string {
  const [first = '', ...others] = text.split('\n').map(printableText)
  return [first, ...others.map((line) => (line.startsWith('  ') ? line : `  ${line}`))].join('\n')
}

/**
 * A value as JSON in one line, for programs and terminals: parsed it is the same as what `JSON.stringify` writes, and what can't be seen is
 * escaped as JSON escapes it.
 */
export function printableJson(value: object | string | number | boolean | null): string {
  return printableJsonText(JSON.stringify(value))
}

/** A line of JSON, with what can't be seen escaped: outside of its strings JSON in one line has none of it. */
export function printableJsonText(json: string): string {
  return json.replace(UNSEEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
