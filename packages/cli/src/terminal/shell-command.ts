import { escapeUnprintable } from '@payout/mapi/text/printable-text'

/** An option with its value: `true` for one without, `undefined` for one that is not given. */
export type ShellOption = readonly [option: string, value: string | true | undefined]

/**
 * A command as a person can copy it into a shell. Every word is one argument, whatever it holds. It works in sh, bash
 * and zsh; characters that can't be seen need bash or zsh.
 * @param words what comes first, in its order: `sign`, an id
 */
export function shellCommand(script: string, words: readonly string[], options: readonly ShellOption[]): string {
  const given = options.flatMap(([option, value]) => {
    if (value === undefined) return []
    return value === true ? [option] : [option, shellWord(value)]
  })
  return ['npm run', script, '--', ...words.map(shellWord), ...given].join(' ')
}

/** A text as one word of a shell. */
export function shellWord(text: string): string {
  // At the beginning zsh takes = for the name of a command.
  if (/^(?!=)[\w@%+=:,./-]+$/.test(text)) return text
  if (escapeUnprintable(text) === text) return `'${text.replaceAll("'", `'\\''`)}'`
  const escaped = [...text].map((character) => {
    if (character === '\\' || character === "'") return `\\${character}`
    if (escapeUnprintable(character) === character) return character
    return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`
  })
  return `$'${escaped.join('')}'`
}
