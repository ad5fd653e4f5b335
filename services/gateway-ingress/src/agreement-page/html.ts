/** A piece of a page, safe to be shown. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * Markup as it is written, with every text in it escaped: as content, and as the value of an attribute in double
 * quotes.
 */
export function html(
  written: TemplateStringsArray,
  ...values: readonly (string | Markup | readonly Markup[])[]
): Markup {
  const parts = values.map((value) => {
    if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    return value instanceof Markup ? value.text : value.map(({ text }) => text).join('')
  })
  return new Markup(String.raw({ raw: written }, ...parts))
}
