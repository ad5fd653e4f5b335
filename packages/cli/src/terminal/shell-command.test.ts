import { spawnSync } from 'node:child_process'
import { escapeUnprintable } from '@payout/mapi/text/printable-text'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shellCommand, shellWord } from './shell-command.ts'

/** What a shell makes of words: its arguments. */
function asShellReads(words: string): string[] {
  const program = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
  const { stdout } = spawnSync('bash', ['-c', `exec '${process.execPath}' -e '${program}' -- ${words}`], {
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8' },
  })
  return JSON.parse(stdout)
}

describe('a command to be typed again', () => {
  it('leaves plain words as they are, and quotes the others', () => {
    const options = [
      ['--id', '20261121abc'],
      ['--name', "毛 O'Neill"],
      ['--memo', undefined],
      ['--skip-bad', true],
    ] as const
    expect(shellCommand('pay', ['x y'], options)).toBe(
      "npm run pay -- 'x y' --id 20261121abc --name '毛 O'\\''Neill' --skip-bad",
    )
  })

  it('quotes what begins with =, which zsh takes for the name of a command', () => {
    expect(shellWord('=1+1')).toBe("'=1+1'")
    expect(shellWord('a=1')).toBe('a=1')
  })

  it('is read by a shell as the same arguments, whatever they hold, and shows nothing that cannot be seen', () => {
    // NUL is in no argument, and half a character is no text.
    const text = fc.string({ unit: 'grapheme' }).map((one) => one.replaceAll('\0', '').toWellFormed())
    const nasty = fc.constantFrom(
      '',
      "'",
      '\\',
      "\\'",
      '$HOME',
      '`id`',
      '!!',
      '-x',
      '\u202d1\u202c',
      '\n',
      '\u001b[2K',
      '~',
      '*',
      '𠮷',
      '\u{e0041}a1',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(text, nasty), { minLength: 1, maxLength: 20 }), (all) => {
        const words = all.map(shellWord)
        for (const word of words) expect(escapeUnprintable(word)).toBe(word)
        expect(asShellReads(words.join(' '))).toEqual(all)
      }),
      { numRuns: 40 },
    )
  })
})
