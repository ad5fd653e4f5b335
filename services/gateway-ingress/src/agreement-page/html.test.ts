import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { html, Markup } from './html.ts'

describe('html', () => {
  it('keeps what is written, markup and lists of it, and escapes texts', () => {
    const items = ['a', '<b>'].map((text) => html`<li>${text}</li>`)
    expect(html`<ul title="${`"'&`}">${items}${new Markup('<hr>')}</ul>`.text).toBe(
      '<ul title="&quot;&#39;&amp;"><li>a</li><li>&lt;b&gt;</li><hr></ul>',
    )
  })

  it('makes a text that holds no markup, and means the same', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('&', '<', '>', '"', "'", 'a', ';', '#') }),
    )
    fc.assert(
      fc.property(text, (written) => {
        const shown = html`${written}`.text
        expect(shown).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/)
        const meant = shown
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&quot;', '"')
          .replaceAll('&#39;', "'")
          .replaceAll('&amp;', '&')
        expect(meant).toBe(written)
      }),
    )
  })
})
