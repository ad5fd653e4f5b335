/** What a command says to a person or a program: the one way to its standard output and error. */
import { styleText } from 'node:util'
import { escapeUnprintable, escapeUnprintableLines, printableJson } from '@payout/mapi/text/printable-text'

/**
 * Words that are safe on a terminal. Only this file makes them: control characters are our own, or shown by their code
 * point.
 */
export class Words {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  /**
   * The template is ours, with its line breaks. What is put into it may be from outside, and stays in its line.
   */
  static of(template: readonly string[], parts: readonly Part[]): Words {
    const shown = parts.map((part) => (part instanceof Words ? part.#text : escapeUnprintable(String(part))))
    return new Words(template.flatMap((ours, index) => [ours, shown[index] ?? '']).join(''))
  }

  /** The words in a colour, bold or dim, as `styleText` names it, where the stream is a terminal that wants it. */
  styled(format: Style, stream?: NodeJS.WritableStream): Words {
    return new Words(styleText(format, this.#text, stream ? { stream } : {}))
  }

  toString(): string {
    return this.#text
  }
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow'

/** What is put into words: a text that may be from outside, a number, or words that were made before. */
export type Part = string | number | Words

/** Words with something put into them. */
export function words(template: TemplateStringsArray, ...parts: Part[]): Words {
  return Words.of(template, parts)
}

/** Several words, a line each. */
export function linesOf(all: readonly Words[]): Words {
  return Words.of(['', ...all.slice(1).map(() => '\n'), ''], all)
}

/** A value as one line of JSON. */
export function jsonWords(value: object): Words {
  return Words.of([printableJson(value)], [])
}

/** A text of several lines, an error's message. */
export function paragraph(text: string): Words {
  return Words.of([escapeUnprintableLines(text)], [])
}

/** Writes a line of results, to standard output. */
export function say(template: TemplateStringsArray, ...parts: Part[]): void {
  process.stdout.write(`${words(template, ...parts)}\n`)
}

/** Writes a line beside the results, to standard error. */
export function sayAside(template: TemplateStringsArray, ...parts: Part[]): void {
  process.stderr.write(`${words(template, ...parts)}\n`)
}

/** Resolves when everything that was said before has been handed to its readers. */
export async function allSaid(): Promise<void> {
  const streams = [process.stdout, process.stderr]
  await Promise.all(streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))))
}
